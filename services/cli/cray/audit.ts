import { crayHolderFilters, crayResource } from '@holdfast/api/cray/filters';
import { parseXname } from '@holdfast/events/cray/xname';
import { say } from '../commands/server.js';
import type { CliAudit } from '../module.js';
import { counted, table } from '../tables.js';
import { requireXname } from './import.js';
import { requireCollections, type SelectionOptions, selectionBody, withFilters, xnamesArgument } from './selection.js';
import { type Status, showStatus } from './status.js';
import { type FencedEntry, tokenCell } from './tokens.js';

interface ShownHold {
  Since?: string;
  ExpirationTime?: string;
  Request?: { Actor: { Name: string }; Reason?: string };
}

interface ShownHolder {
  ID: string;
  Lock: (ShownHold & FencedEntry) | null;
  Reservation: (ShownHold & FencedEntry & { ReservationID: string }) | null;
}

/** What is asked of the audit about components. */
export const crayCliAudit: CliAudit = {
  asks: 'components',
  history: {
    path: 'components',
    id: 'a component by its xname',
    example: 'a component by its xname, such as x0c0s0b0n0',
    isId: (text) => parseXname(text) !== null,
    columns: [['RESERVATION', 'ReservationID']],
  },
  resource: crayResource,
  event: 'cray.ReservationCreated',
  holders: crayHolderFilters,
  checkHolders: (client, { group }) => requireCollections(client, group === undefined ? {} : { group: [group] }),
  showHolders,
  past: {
    shows: 'locks and reservations',
    ids: xnamesArgument,
    idsBy: 'xname',
    // The server says that one is wrong, and not which.
    checkIds(xnames) {
      for (const xname of xnames) requireXname('argument', xname.replace(/^!/, ''));
    },
    withFilters,
    filtersIn: (options) => selectionBody([], options) as Record<string, string[]>,
    async check(client, options, { Components }: Partial<Status>) {
      // It may be that one was there then, and is not now.
      if (Components?.length === 0) await requireCollections(client, options as SelectionOptions);
    },
    show: showStatus,
  },
};

function showHolders(holders: readonly ShownHolder[], more: boolean): void {
  const row = (ID: string, kind: string, held: (ShownHold & FencedEntry & { ReservationID?: string }) | null) =>
    held === null
      ? []
      : [
          [
            ID,
            kind,
            held.Since ?? '-',
            held.ExpirationTime ?? '-',
            held.Request?.Actor.Name ?? '-',
            held.Request?.Reason ?? '-',
            tokenCell(held.FencingToken),
            held.ReservationID ?? '-',
          ],
        ];
  const rows = holders.flatMap(({ ID, Lock, Reservation }) => [
    ...row(ID, 'lock', Lock),
    ...row(ID, 'reservation', Reservation),
  ]);
  say(`${counted(holders.length, 'component')} locked or reserved${more ? ', and more' : ''}`);
  if (rows.length > 0)
    say(table(['COMPONENT', 'KIND', 'SINCE', 'UNTIL', 'BY', 'WHY', 'TOKEN', 'RESERVATION'], rows, true));
}
