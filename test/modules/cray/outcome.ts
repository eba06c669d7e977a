import type { Present } from '@holdfast/projections';
import type { CollectionRow, InventoryRow, StatusRow } from '@holdfast/projections/cray/port';
import type { HistoryPart } from '../../history/module.js';

export const crayOutcome: Pick<HistoryPart, 'outcome' | 'asRecorded'> = {
  async outcome({ cray: rows }: Present) {
    const { components } = await rows.status({ ids: [], criteria: [] });
    return {
      status: components,
      reservations: [...(await rows.reservations(components.map(({ xname }) => xname)))],
      components: asInStatus(await rows.components(null), components),
      groups: (await rows.collections('group')).map(withoutNothing),
      partitions: (await rows.collections('partition')).map(withoutNothing),
    };
  },
  /** Rows had no fencing tokens at first. */
  asRecorded(outcome, recorded) {
    if (JSON.stringify(recorded).includes('"lockToken"')) return outcome;
    const added = new Set(['lockToken', 'token']);
    return JSON.parse(JSON.stringify(outcome, (name, value) => (added.has(name) ? undefined : value)));
  },
};

/** The inventory says of locks what the status says; older recordings have it there alone. */
function asInStatus(rows: InventoryRow[], status: StatusRow[]): Pick<InventoryRow, 'xname' | 'properties'>[] {
  const ofLocks = (all: (InventoryRow | StatusRow)[]) =>
    JSON.stringify(all.map(({ xname, locked, disabled }) => [xname, locked, disabled]));
  if (ofLocks(rows) !== ofLocks(status)) throw new Error('the inventory and the status say different things of locks');
  return rows.map(({ xname, properties }) => ({ xname, properties }));
}

/** Recordings from before there were tags and exclusive sets say nothing of them. */
function withoutNothing({ tags, exclusiveGroup, ...row }: CollectionRow): object {
  return { ...row, ...(tags.length > 0 && { tags }), ...(exclusiveGroup !== '' && { exclusiveGroup }) };
}
