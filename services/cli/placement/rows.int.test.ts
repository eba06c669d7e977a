import type { ShardState } from '@holdfast/core';
import { createPlacementDecider } from '@holdfast/core/placement/decider';
import type { PlacementState } from '@holdfast/core/placement/state';
import type { Event } from '@holdfast/events';
import type { PlacementEvent } from '@holdfast/events/placement/messages';
import { atOnce } from '@holdfast/events/steps';
import { beginning } from '@holdfast/log';
import { PostgresStore } from '@holdfast/projections';
import { type PlacementRows, queryPlacementRows } from '@holdfast/projections/placement/all-rows';
import { shardName as shard } from '@holdfast/shard/shard-name';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { placementEvents } from '../../../test/modules/placement/events.js';
import { databaseBackends, type TestDatabase } from '../../../test/support/databases.js';
import { decided, groupOf } from '../../../test/support/groups.js';
import { placementRows } from './rows.js';

let opened: TestDatabase;
beforeAll(async () => {
  opened = await databaseBackends[0]!.open();
});
afterAll(() => opened?.remove());

/** The rows and the state that these events leave. */
async function left(all: readonly Event[][]): Promise<{ rows: PlacementRows; state: ShardState }> {
  const { database } = opened;
  const store = new PostgresStore({ database, shard });
  const changes = all.flatMap((events, n) =>
    atOnce(store.project(groupOf([...events, decided('placement.X')], { sequence: 1 + n * 100 }))),
  );
  const next = { log: 'log', read: 1, checkpoint: { ...beginning, resume: 1 } };
  await store.apply(changes, await store.reset('stale'), next);
  const decider = createPlacementDecider();
  const placement = all
    .flat()
    .reduce<PlacementState>(
      (state, event) => decider.evolve(state, event as PlacementEvent, null) as PlacementState,
      decider.initial as PlacementState,
    );
  const { answer } = await queryPlacementRows(database, shard);
  return { rows: answer, state: { states: { 'placement/default': placement } } as unknown as ShardState };
}

test('rows are as the fold of the log says, and one that is not is named', async () => {
  const property = fc.asyncProperty(placementEvents, async (all) => {
    const { rows, state } = await left(all);
    expect(() => placementRows(7, rows).compare(state)).not.toThrow();
    const moved = rows.inventories.map(([provider, used, { resourceClass, ...inventory }], n) => {
      const inventories = rows.inventories.with(n, [provider, used + 1, { resourceClass, ...inventory }]);
      return [{ inventories }, `inventory of ${resourceClass} of ${provider}`] as [Partial<PlacementRows>, string];
    });
    const [first, ...providers] = rows.providers;
    const changed: [Partial<PlacementRows>, string][] = [
      ...moved,
      // All of them may be gone.
      ...(first === undefined
        ? []
        : [[{ providers }, `provider ${first[0]}`] satisfies [Partial<PlacementRows>, string]]),
      [{ classes: [...rows.classes, 'CUSTOM_NEW'] }, 'resource class CUSTOM_NEW'],
      [{ traits: [...rows.traits, 'CUSTOM_NEW'] }, 'trait CUSTOM_NEW'],
      [{ marks: [...rows.marks, ['p9', ['a9'], []]] }, 'aggregates of p9'],
      [{ marks: [...rows.marks, ['p9', [], ['CUSTOM_NEW']]] }, 'traits of p9'],
      [{ allocations: [...rows.allocations, ['p9', 'c9', []]] }, 'allocation of p9 to c9'],
    ];
    for (const [change, subject] of changed) {
      expect(() => placementRows(7, { ...rows, ...change }).compare(state)).toThrow(subject);
    }
  });
  await fc.assert(property, { numRuns: 30 });
});
