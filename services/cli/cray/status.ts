import type { Command } from 'commander';
import { clientOf, noteFailures, read, type ServerOptions, say, toServer } from '../commands/server.js';
import { counted, paint, table } from '../tables.js';
import { requireCollections, type SelectionOptions, selectionBody, withSelection } from './selection.js';
import { bySelection, type FencedEntry, fenced, tokenCell } from './tokens.js';

export interface Status {
  Components: ({
    ID: string;
    Locked: boolean;
    Reserved: boolean;
    ReservationDisabled: boolean;
    ExpirationTime?: string;
  } & FencedEntry)[];
  NotFound: string[];
}

/** `status`. */
export function addStatus(program: Command): void {
  withSelection(toServer(program.command('status').description('show locks and reservations')))
    .option('--json', 'print the answer as JSON')
    .option('--all', 'print every row of a long list')
    .action(async (xnames: string[], options: ServerOptions & SelectionOptions & { json?: boolean; all?: boolean }) => {
      const body = selectionBody(xnames, options);
      await requireCollections(clientOf(options), options);
      const answer = (await read(options, '/v1/locks/status', body, fenced(bySelection(body)))) as Status;
      noteFailures(answer.NotFound);
      if (options.json) say(JSON.stringify(answer, null, 2));
      else showStatus(answer, options.all ?? false);
    });
}

export function showStatus({ Components, NotFound }: Status, all: boolean): void {
  const count = (holds: (one: Status['Components'][number]) => boolean) =>
    Components.filter(holds).length.toLocaleString('en');
  const kinds = `${count((one) => one.Locked)} locked, ${count((one) => one.Reserved)} reserved, ${count((one) => one.ReservationDisabled)} disabled`;
  say(`${counted(Components.length, 'component')}: ${kinds}`);
  // A past moment has none.
  const fenced = Components.some(({ FencingToken }) => FencingToken !== undefined);
  const rows = Components.map(({ ID, Locked, Reserved, ReservationDisabled, ExpirationTime, FencingToken }) => [
    ID,
    Locked ? 'locked' : '-',
    Reserved ? 'reserved' : ReservationDisabled ? 'disabled' : '-',
    ExpirationTime ?? '-',
    ...(fenced ? [tokenCell(FencingToken)] : []),
  ]);
  const headings = ['COMPONENT', 'LOCK', 'RESERVATION', 'EXPIRES', ...(fenced ? ['TOKEN'] : [])];
  if (rows.length > 0) say(table(headings, rows, all));
  if (NotFound.length === 0) return;
  say(paint('red', `${counted(NotFound.length, 'component')} not found`));
  say(
    table(
      ['COMPONENT'],
      NotFound.map((id) => [id]),
      all,
    ),
  );
}
