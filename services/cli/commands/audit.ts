import { type Command, Option } from 'commander';
import { ServerError } from '../client.js';
import { cliModules } from '../modules.js';
import { paint, rowsShownMax, table } from '../tables.js';
import { addPastFilters, filterAdder, filtersIn, filtersOf, moduleOf } from './module-filters.js';
import { clientOf, get, isThere, noteFailures, type ServerOptions, say, toServer } from './server.js';

type AuditOptions = ServerOptions & { json?: boolean; all?: boolean };
type HistoryOptions = AuditOptions & { from?: string; to?: string; types?: string; actor?: string; module?: string };
type ModuleOptions = AuditOptions & { module: string };

type AuditEventLine = { Sequence: number; Time: string; Type: string; Text: string } & Readonly<
  Record<string, unknown>
>;

/** Rows that are asked for at once where all are wanted. */
const pageRows = 1_000;

const [first, ...others] = cliModules;
const either = (texts: readonly string[]) => texts.join(', or ');

/** `history`, `holders` and `at`: what the audit says. */
export function addAuditCommands(program: Command): void {
  addHistory(program);
  addHolders(program);
  addAt(program);
}

function addHistory(program: Command): void {
  shown(program.command('history').description('show what happened to one thing, the newest first'))
    .argument('<id>', either(cliModules.map(({ audit }) => audit.history.id)))
    .option('--from <time|sequence>', 'what happened then and later')
    .option('--to <time|sequence>', 'what happened before')
    .option('--types <type,...>', `only these events, e.g. ${first.audit.event}`)
    .option('--actor <name>', 'only what this one asked for')
    .addOption(moduleOption('where several have such an id; '))
    .action(async (id: string, { from, to, types, actor, ...options }: HistoryOptions) => {
      const path = await historyOf(id, options);
      const asked = { options, path, member: 'Entries', parameters: { from, to, types, actor } };
      if (options.json) return printWhole(asked);
      const { rows, more } = await firstRows<AuditEventLine>(asked);
      showHistory(rows, more);
    });
}

function addHolders(program: Command): void {
  const command = shown(program.command('holders').description('show who holds what, since when, until when, and why'));
  const add = filterAdder(command);
  for (const filter of first.audit.holders.things) add(filter);
  command
    .option('--actor <name>', 'only what this one holds')
    .option('--age <duration>', 'only what is held for so long or longer, e.g. 90m or 7d');
  for (const filter of first.audit.holders.ways) add(filter);
  command.addOption(moduleOption().default(first.name));
  for (const { name, audit } of others) for (const filter of filtersOf(audit)) add(filter, `with --module ${name}: `);
  command.action(async (given: ModuleOptions & { actor?: string; age?: string }) => {
    const { actor, age, module } = given;
    const { audit } = moduleOf(module);
    const filters = filtersIn(given, audit);
    await audit.checkHolders(clientOf(given), filters);
    const parameters = { ...filters, actor, age, module: named(module) };
    const asked = { options: given, path: '/audit/holders', member: 'Holders', parameters };
    if (given.json) return printWhole(asked);
    const { rows, more } = await firstRows(asked);
    audit.showHolders(rows as never, more);
    showMore(more);
  });
}

function addAt(program: Command): void {
  const what = either(cliModules.map(({ audit }) => audit.past.shows));
  const at = program.command('at').description(`show ${what}, at a past moment`);
  shown(at)
    .argument('<time|sequence>', 'the moment, e.g. 2026-01-31T12:00:00Z or 1200')
    .argument(...first.audit.past.ids);
  const pastFilters = addPastFilters(at);
  at.addOption(moduleOption().default(first.name)).action(
    async (moment: string, ids: string[], options: ModuleOptions) => {
      const { past } = moduleOf(options.module).audit;
      past.checkIds(ids);
      const query = queryOf({ at: moment, module: named(options.module) });
      for (const id of ids) query.append(past.idsBy, id);
      for (const [name, values] of Object.entries(pastFilters(options))) {
        for (const value of values) query.append(name, value);
      }
      const answer = (await get(options, `/audit/status?${query}`)) as { NotFound: unknown[] };
      noteFailures(answer.NotFound);
      await past.check(clientOf(options), options, answer as never);
      if (options.json) say(JSON.stringify(answer, null, 2));
      else past.show(answer as never, options.all ?? false);
    },
  );
}

function moduleOption(when = ''): Option {
  const words = cliModules.map(({ name, audit }) => `${name}: ${audit.asks}`);
  return new Option('--module <name>', when + words.join('; ')).choices(cliModules.map(({ name }) => name));
}

/** The default is not sent: a server that knows of one module only takes no such parameter. */
function named(module: string): string | undefined {
  return module === first.name ? undefined : module;
}

/**
 * Where the history of an id is: of the module that is named, or of the only one that has such ids; where several have,
 * of the one whose log has something on it. Throws ServerError `invalid` for what nothing has for a name that has a
 * history, and where several have one.
 */
async function historyOf(id: string, options: HistoryOptions): Promise<string> {
  const named = cliModules.filter(({ name }) => (options.module ?? name) === name);
  const fitting = named.filter(({ audit }) => audit.history.isId(id));
  const wrong = (why: string) => new ServerError(`history ${id}: ${why}`, 'invalid');
  if (fitting.length === 0) throw wrong(`give ${either(named.map(({ audit }) => audit.history.example))}`);
  const pathIn = ({ audit }: (typeof fitting)[number]) =>
    `/audit/${audit.history.path}/${encodeURIComponent(id)}/history`;
  const [only, another] = fitting;
  if (another === undefined) return pathIn(only!);
  const having = [];
  for (const module of fitting) {
    if (await isThere(options, `${pathIn(module)}?limit=1`)) having.push(module);
  }
  const [first, second] = having;
  if (second === undefined) return pathIn(first ?? only!);
  throw wrong(`several have it, so say which: --module ${having.map(({ name }) => name).join(', or --module ')}`);
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

interface PageQuery {
  options: AuditOptions;
  path: string;
  /** The member of the answer that holds the rows. */
  member: string;
  parameters: Record<string, string | undefined>;
}

/** Page by page, so many rows each. */
async function* pages<Row>(
  { options, path, member, parameters }: PageQuery,
  rows: number,
): AsyncGenerator<AnswerPage<Row>> {
  for (let cursor: string | undefined; ; ) {
    const page = await get(options, `${path}?${queryOf({ ...parameters, limit: String(rows), cursor })}`);
    const { [member]: found, Next } = page as Record<string, Row[]> & { Next: string | null };
    yield { rows: found!, more: Next !== null };
    if (Next === null) return;
    cursor = Next;
  }
}

interface AnswerPage<Row> {
  rows: Row[];
  /** Whether there are more. */
  more: boolean;
}

/** The first rows, or all of them where these are asked for. */
async function firstRows<Row>(asked: PageQuery): Promise<AnswerPage<Row>> {
  const { all } = asked.options;
  const rows: Row[] = [];
  for await (const page of pages<Row>(asked, all ? pageRows : rowsShownMax)) {
    rows.push(...page.rows);
    if (!all) return { rows, more: page.more };
  }
  return { rows, more: false };
}

/**
 * One list of all rows: what a script reads must not be a part that looks like the whole. Printed page by page, as it
 * may be long.
 */
async function printWhole(asked: PageQuery): Promise<void> {
  let before = '[';
  for await (const { rows } of pages<unknown>(asked, pageRows)) {
    for (const row of rows) {
      process.stdout.write(`${before}\n${JSON.stringify(row, null, 2).replaceAll(/^/gm, '  ')}`);
      before = ',';
    }
  }
  say(before === '[' ? '[]' : '\n]');
}

function showHistory(entries: readonly AuditEventLine[], more: boolean): void {
  const columns = cliModules.flatMap(({ audit }) => audit.history.columns);
  const rows = entries.map(({ Time, Sequence, Text, Type, ...members }) => [
    Time,
    String(Sequence),
    ...columns.map(([, member]) => String(members[member] ?? '-')),
    Type.endsWith('Refused') ? paint('red', Text) : Text,
  ]);
  const headings = ['TIME', 'SEQUENCE', ...columns.map(([heading]) => heading), 'WHAT'];
  say(rows.length === 0 ? 'nothing of that' : table(headings, rows, true));
  showMore(more);
}

function showMore(more: boolean): void {
  if (more) say('... and more (--all shows them)');
}
