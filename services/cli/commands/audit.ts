import type { ModuleName } from '@holdfast/core';
import { parseXname } from '@holdfast/events/cray/xname';
import type { Command } from 'commander';
import { ServerError } from '../client.js';
import { counted, paint, rowsShownMax, table } from '../tables.js';
import { type ModuleOptions, moduleOption, type PastPlacement, showAllocations, showPlacement } from './placement.js';
import { requireCollections, type SelectionOptions, selected, selectionBody, withSelection } from './selection.js';
import { clientOf, get, noteFailures, type ServerOptions, say, toServer } from './server.js';
import { type Status, showStatus } from './status.js';
import { type Fenced, tokenCell } from './tokens.js';

type Shown = ServerOptions & { json?: boolean; all?: boolean };
type HistoryOptions = Shown & { from?: string; to?: string; types?: string; actor?: string };
type HoldersOptions = Shown &
  ModuleOptions & {
    role?: string;
    group?: string;
    actor?: string;
    age?: string;
    kind?: string;
    provider?: string;
    class?: string;
    project?: string;
  };

interface Event {
  Sequence: number;
  Time: string;
  Type: string;
  Text: string;
  ReservationID?: string;
}

export interface Held {
  Since?: string;
  ExpirationTime?: string;
  Request?: { Actor: { Name: string }; Reason?: string };
}

interface Holder {
  ID: string;
  Lock: (Held & Fenced) | null;
  Reservation: (Held & Fenced & { ReservationID: string }) | null;
}

/** Rows that are asked for at once where all are wanted. */
const pageRows = 1_000;

/** `history`, `holders` and `at`: what the audit says. */
export function addAuditCommands(program: Command): void {
  shown(program.command('history').description('show what happened to one thing, the newest first'))
    .argument('<id>', 'a component by its xname, or a provider or consumer by its UUID')
    .option('--from <time|sequence>', 'what happened then and later')
    .option('--to <time|sequence>', 'what happened before')
    .option('--types <type,...>', 'only these events, e.g. cray.ReservationCreated')
    .option('--actor <name>', 'only what this one asked for')
    .action(async (id: string, { from, to, types, actor, ...options }: HistoryOptions) => {
      requireKnownKind(id);
      const path = `/audit/${isUuid(id) ? 'consumers' : 'components'}/${encodeURIComponent(id)}/history`;
      const asked = { options, path, member: 'Entries', parameters: { from, to, types, actor } };
      if (options.json) return printWhole(asked);
      const { rows, more } = await firstRows<Event>(asked);
      showHistory(rows, more);
    });
  shown(program.command('holders').description('show who holds what, since when, until when, and why'))
    .option('--role <role>', 'only components of this role')
    .option('--group <name>', 'only members of this group')
    .option('--actor <name>', 'only what this one holds')
    .option('--age <duration>', 'only what is held for so long or longer, e.g. 90m or 7d')
    .option('--kind <lock|reservation>', 'only locks, or only reservations')
    .addOption(moduleOption())
    .option('--provider <uuid>', 'with --module placement: only what is allocated of this provider')
    .option('--class <name>', 'with --module placement: only what is allocated of this resource class')
    .option('--project <id>', 'with --module placement: only what consumers of this project have')
    .action(async (given: HoldersOptions) => {
      const { role, group, actor, age, kind, module, provider, class: resourceClass, project, ...options } = given;
      const query = { role, group, actor, age, kind, module: named(module), provider, resourceClass, project };
      await requireCollections(clientOf(options), group === undefined ? {} : { group: [group] });
      const asked = { options, path: '/audit/holders', member: 'Holders', parameters: query };
      if (options.json) return printWhole(asked);
      const { rows, more } = await firstRows(asked);
      byModule[module].showHolders(rows as never, more);
      showMore(more);
    });
  const at = program.command('at').description('show locks and reservations, or what was allocated, at a past moment');
  withSelection(shown(at).argument('<time|sequence>', 'the moment, e.g. 2026-01-31T12:00:00Z or 1200'))
    .addOption(moduleOption())
    .action(async (moment: string, ids: string[], options: Shown & SelectionOptions & ModuleOptions) => {
      const { module } = options;
      const query = queryOf({ at: moment, module: named(module) });
      const { idsBy, selection, showPast } = byModule[module];
      for (const [field, values] of Object.entries(selection(ids, options))) {
        for (const value of values as string[]) query.append(field === 'ComponentIDs' ? idsBy : field, value);
      }
      const answer = (await get(options, `/audit/status?${query}`)) as Status & PastPlacement;
      noteFailures(answer.NotFound);
      // It may be that one was there then, and is not now.
      if (answer.Components?.length === 0) await requireCollections(clientOf(options), options);
      if (options.json) say(JSON.stringify(answer, null, 2));
      else showPast(answer, options.all ?? false);
    });
}

/** What is asked of each module, and how people see it: one without that does not compile. */
const byModule: {
  readonly [Name in ModuleName]: {
    showHolders(holders: readonly never[], more: boolean): void;
    /** The parameter that names ids. */
    idsBy: string;
    selection(ids: readonly string[], options: SelectionOptions): Record<string, unknown>;
    showPast(answer: Status & PastPlacement, all: boolean): void;
  };
} = {
  cray: { showHolders, idsBy: 'xname', selection: selectionBody, showPast: showStatus },
  placement: { showHolders: showAllocations, idsBy: 'ids', selection: selected, showPast: showPlacement },
};

/** The default is not sent: a server that knows of one module only takes no such parameter. */
function named(module: ModuleOptions['module']): string | undefined {
  return module === 'cray' ? undefined : module;
}

function isUuid(id: string): boolean {
  return /^[0-9a-f]{32}$/i.test(id.replaceAll('-', ''));
}

/** Throws ServerError `invalid` for what nothing has for a name that has a history. */
function requireKnownKind(id: string): void {
  if (isUuid(id) || parseXname(id) !== null) return;
  const what = 'a component by its xname, such as x0c0s0b0n0, or a provider or consumer of Placement by its UUID';
  throw new ServerError(`history ${id}: give ${what}`, 'invalid');
}

function shown(command: Command): Command {
  return toServer(command)
    .option('--json', 'print all of it as JSON')
    .option('--all', 'print every row of a long list');
}

function queryOf(parameters: Record<string, string | undefined>): URLSearchParams {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given as [string, string][]);
}

interface Asked {
  options: Shown;
  path: string;
  /** The member of the answer that holds the rows. */
  member: string;
  parameters: Record<string, string | undefined>;
}

/** Page by page, so many rows each. */
async function* pages<Row>({ options, path, member, parameters }: Asked, rows: number): AsyncGenerator<Page<Row>> {
  for (let cursor: string | undefined; ; ) {
    const page = await get(options, `${path}?${queryOf({ ...parameters, limit: String(rows), cursor })}`);
    const { [member]: found, Next } = page as Record<string, Row[]> & { Next: string | null };
    yield { rows: found!, more: Next !== null };
    if (Next === null) return;
    cursor = Next;
  }
}

interface Page<Row> {
  rows: Row[];
  /** Whether there are more. */
  more: boolean;
}

/** The first rows, or all of them where these are asked for. */
async function firstRows<Row>(asked: Asked): Promise<Page<Row>> {
  const { all } = asked.options;
  const rows: Row[] = [];
  for await (const page of pages<Row>(asked, all ? pageRows : rowsShownMax)) {
    rows.push(...page.rows);
    if (!all) return { rows, more: page.more };
  }
  return { rows, more: false };
}

/** One list of all rows: what a script reads must not be a part that looks like the whole. Printed page by page, as it may be long. */
async function printWhole(asked: Asked): Promise<void> {
  let before = '[';
  for await (const { rows } of pages<unknown>(asked, pageRows)) {
    for (const row of rows) {
      process.stdout.write(`${before}\n${JSON.stringify(row, null, 2).replaceAll(/^/gm, '  ')}`);
      before = ',';
    }
  }
  say(before === '[' ? '[]' : '\n]');
}

function showHistory(entries: readonly Event[], more: boolean): void {
  const rows = entries.map(({ Time, Sequence, Text, Type, ReservationID }) => [
    Time,
    String(Sequence),
    ReservationID ?? '-',
    Type.endsWith('Refused') ? paint('red', Text) : Text,
  ]);
  say(rows.length === 0 ? 'nothing of that' : table(['TIME', 'SEQUENCE', 'RESERVATION', 'WHAT'], rows, true));
  showMore(more);
}

function showHolders(holders: readonly Holder[], more: boolean): void {
  const row = (ID: string, kind: string, held: (Held & Fenced & { ReservationID?: string }) | null) =>
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

function showMore(more: boolean): void {
  if (more) say('... and more (--all shows them)');
}
