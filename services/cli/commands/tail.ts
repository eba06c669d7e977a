import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { type Client, ServerError } from '../client.js';
import { cliModules } from '../modules.js';
import { endWithReader } from '../output.js';
import { paint } from '../tables.js';
import { clientOf, complain, type ServerOptions, say, toServer } from './server.js';

interface TailCommandOptions extends ServerOptions {
  from: string;
  types?: string;
  follow: boolean;
  json?: boolean;
  ticks?: boolean;
}

interface TailEvent {
  Sequence: number;
  Time: string;
  Type: string;
  ID?: string;
  Text: string;
  Request?: { Command: string };
}

/**
 * How many events are looked at first for the last that are to be shown, and at most: an idle log has a tick a minute.
 */
const backFirst = 100;
const backMax = 200_000;
/** Pause before a lost connection is tried again. */
const pauseMs = 1_000;

/** What the resource of an event is named by, in each module. */
const resources = cliModules.map(({ audit }) => audit.resource);

/** `tail`. */
export function addTail(program: Command): void {
  const command = toServer(program.command('tail').description('show what the log says, and go on as it grows'))
    .option('--from <sequence>', 'the first event; -10 means the last ten of those that are shown', '-10')
    .option('--types <type,...>', `only these events, e.g. ${cliModules[0].audit.event}`);
  for (const { option } of resources) command.option(option.flags, option.description);
  command
    .option('--no-follow', 'end at the end of the log')
    .option('--ticks', 'show what the service does for itself too, such as the ticks of its clock')
    .option('--json', 'print each event as a line of JSON, ticks too')
    .action((options: TailCommandOptions) => {
      if (options.follow) endWithReader();
      return tail(options);
    });
}

/** Goes on until it is ended, or with `follow` false until the end of the log. Throws ServerError. */
export async function tail(given: TailCommandOptions, againMs = pauseMs): Promise<void> {
  const { follow, json } = given;
  const client = clientOf(given);
  const shows = shownBy(given);
  const show = (line: string, event: TailEvent) => say(json ? line : inColumns(event));
  let from = isOfShown(given) ? await showLast(client, given, show) : null;
  if (from !== null && !follow) return;
  let told = false;
  for (;;) {
    try {
      const { headers, lines } = await client.lines(pathOf(given, { from: from ?? given.from, follow }));
      from ??= firstOf(given.from, Number(headers.get('holdfast-sequence')));
      told = false;
      for await (const line of lines) {
        const event = JSON.parse(line) as TailEvent;
        from = event.Sequence + 1;
        if (shows(event)) show(line, event);
      }
      if (!follow) return;
    } catch (error) {
      // Before the first answer, there may be no server at all.
      const lost = error instanceof ServerError && error.code === 'unreachable' && from !== null && follow;
      if (!lost) throw error;
    }
    if (!told) complain('the connection was lost: trying again');
    told = true;
    await sleep(againMs);
  }
}

/** The sequence that `--from` means where the log ends at `last`. */
function firstOf(begin: string, last: number): number {
  return begin.startsWith('-') ? Math.max(1, last + 1 + Number(begin)) : Number(begin);
}

/** Whether `--from` counts back over what is shown, of which the server does not know. */
function isOfShown(given: TailCommandOptions): boolean {
  const { from, types, json, ticks } = given;
  const some = types !== undefined || resourceIn(given).length > 0 || !(json || ticks);
  return /^-[1-9]\d*$/.test(from) && some;
}

/**
 * Shows the last events that are to be shown, however many others stand between them. Gives the sequence to go on from.
 */
async function showLast(client: Client, given: TailCommandOptions, show: (line: string, event: TailEvent) => void) {
  const [count, shows] = [-Number(given.from), shownBy(given)];
  const { headers, lines } = await client.lines(pathOf(given, { from: -1, follow: false }));
  for await (const _ of lines);
  const last = Number(headers.get('holdfast-sequence'));
  let found: [line: string, event: TailEvent][] = [];
  for (let back = Math.max(count, backFirst); ; back *= 4) {
    const from = Math.max(1, last - Math.min(back, backMax) + 1);
    found = [];
    if (last === 0) break;
    const part = await client.lines(pathOf(given, { from, follow: false, until: last }));
    for await (const line of part.lines) {
      const event = JSON.parse(line) as TailEvent;
      if (!shows(event)) continue;
      found.push([line, event]);
      if (found.length > count) found.shift();
    }
    if (found.length === count || from === 1) break;
    if (back < backMax) continue;
    complain(`the last ${backMax.toLocaleString('en')} events have ${found.length} of that: --from 1 shows all`);
    break;
  }
  for (const [line, event] of found) show(line, event);
  return last + 1;
}

function pathOf(options: TailCommandOptions, more: Record<string, string | number | boolean>): string {
  const { types } = options;
  const parameters = { ...more, types, ...Object.fromEntries(resourceIn(options)) };
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]));
  return `/audit/events?${query}`;
}

/** The resource that is asked about, by its parameter. */
function resourceIn(given: object): [parameter: string, id: string][] {
  return resources.flatMap(({ parameter, option }): [string, string][] => {
    const id = (given as Record<string, string | undefined>)[new Option(option.flags).attributeName()];
    return id === undefined ? [] : [[parameter, id]];
  });
}

/**
 * People see nothing in ticks, and in what else the service does for itself. What somebody asked for is none of that.
 */
function shownBy({ json, ticks }: TailCommandOptions): (event: TailEvent) => boolean {
  if (json || ticks) return () => true;
  return ({ Type, Request }) => {
    const command = Request?.Command ?? '';
    return !(Type.startsWith('engine.') && command.startsWith('engine.') && command !== 'engine.LevelRaiseRequested');
  };
}

function inColumns({ Sequence, Time, ID = '-', Type, Text }: TailEvent): string {
  const text = Type.endsWith('Refused') ? paint('red', Text) : Text;
  return `${String(Sequence).padStart(8)}  ${Time}  ${ID.padEnd(14)}  ${text}`;
}
