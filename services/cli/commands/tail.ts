import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { ServerError } from '../client.js';
import { paint } from '../tables.js';
import { clientOf, complain, type ServerOptions, say, toServer } from './server.js';

interface TailOptions extends ServerOptions {
  from: string;
  types?: string;
  xname?: string;
  uuid?: string;
  follow: boolean;
  json?: boolean;
}

interface Event {
  Sequence: number;
  Time: string;
  Type: string;
  ID?: string;
  Text: string;
  Request: { Command: string };
}

/** Pause before a lost connection is tried again. */
const pauseMs = 1_000;

/** `tail`. */
export function addTail(program: Command): void {
  toServer(program.command('tail').description('show what the log says, and go on as it grows'))
    .option('--from <sequence>', 'the first event; -10 means the last ten', '-10')
    .option('--types <type,...>', 'only these events, e.g. cray.ReservationCreated')
    .option('--xname <xname>', 'only what happens to this component')
    .option('--uuid <uuid>', 'only what happens to this provider or consumer')
    .option('--no-follow', 'end at the end of the log')
    .option('--json', 'print each event as a line of JSON')
    .action((options: TailOptions) => {
      process.stdout.on('error', endWithReader);
      return tail(options);
    });
}

/** Goes on until it is ended, or with `follow` false until the end of the log. Throws ServerError. */
export async function tail(
  { from: begin, types, xname, uuid, follow, json, ...options }: TailOptions,
  againMs = pauseMs,
): Promise<void> {
  const client = clientOf(options);
  let from: number | null = null;
  let told = false;
  for (;;) {
    const given = { from: String(from ?? begin), types, xname, uuid, follow: String(follow) };
    const query = Object.entries(given).filter(([, value]) => value !== undefined) as [string, string][];
    try {
      const { headers, lines } = await client.lines(`/audit/events?${new URLSearchParams(query)}`);
      from ??= firstOf(begin, Number(headers.get('holdfast-sequence')));
      told = false;
      for await (const line of lines) {
        const event = JSON.parse(line) as Event;
        from = event.Sequence + 1;
        if (json) say(line);
        else if (!isOfEngine(event)) say(inColumns(event));
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

/** Ticks and the like, which say nothing to people. */
function isOfEngine({ Type, Request }: Event): boolean {
  return Type.startsWith('engine.') && Request.Command.startsWith('engine.');
}

function inColumns({ Sequence, Time, ID = '-', Type, Text }: Event): string {
  const text = Type.endsWith('Refused') ? paint('red', Text) : Text;
  return `${String(Sequence).padStart(8)}  ${Time}  ${ID.padEnd(14)}  ${text}`;
}

/** Whoever reads has seen enough. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
}
