import { type ShardState, settlingLevel } from '@holdfast/core';
import { type Codec, isStray } from '@holdfast/events';
import { type Group, LogError, type LogRecord, type Runtime, type ShardLog, type StreamName } from '@holdfast/log';
import { beginCommandLog, controlRecord, GroupWriter } from '@holdfast/processor';
import { foldingDecider } from '@holdfast/shard';
import { LogDiffers } from './difference.js';
import { ToolError } from './errors.js';
import { folded } from './fold.js';
import { inParts, requireEmpty, sealOfAll } from './import.js';
import { heldCommandLog } from './redecide.js';
import { type Seal, sealOf } from './seal.js';
import type { LogSource } from './source.js';
import { LogWalk } from './walk.js';

export interface CopyOptions {
  /** The log that its readers stop at. */
  source: LogSource;
  /** Reads its records. */
  from: Codec;
  /** Empty. */
  log: ShardLog;
  /** Frames records for `log`. */
  to: Codec;
  /** Positions in `events` to leave out. */
  past: ReadonlySet<number>;
  /** The first position in `events` that is not copied; null: all are. */
  until: number | null;
  /** The operator's word for it, kept for ever. */
  reason: string;
  by: string;
  /** Is called before the first record is written; throws where the secret with this fingerprint is not at hand. */
  prepare(fingerprint: string): Promise<void>;
  /** Runs what writes, so that a copy that ends early is known as one. */
  whole?<T>(work: () => Promise<T>): Promise<T>;
  runtime: Runtime;
  onProgress(position: number): void;
}

export interface Copied {
  events: number;
  /** Commands that nobody had decided, asked for again in the new command log. */
  commands: number;
  seal: Seal;
}

/** What a sound copy would hold. */
interface SoundCopy {
  state: ShardState;
  seal: Seal;
  commandLog: string;
  commandPosition: number;
}

/**
 * Copies a log that a damaged record, or a stranger's that looks like one of ours, has stopped. What is left out keeps
 * its place as a record without bytes; everything else is as it was. The copy is another log: it begins with a claim of
 * its own, which counts for nobody and gives it another identity, and after the events it says for ever who left out
 * what, and why. Then a new command log begins, with what was asked and not decided.
 *
 * Throws LogDiffers where what is behind a position that is left out does not follow without it: a group was lost with
 * it, and what was decided after that was decided on a state that nobody can make again. Only what is before can then
 * be copied (`until`).
 */
export async function copyLog(options: CopyOptions): Promise<Copied> {
  const { log, to, whole = (work) => work() } = options;
  await requireEmpty(log, options.source.shard);
  requireRange(options);
  const source = without(options);
  const found = await read(source, options.from);
  await options.prepare(found.state.secretFingerprint);
  // The copy says what ids mean, as the log does.
  to.adopt(found.state.schemas);
  return whole(() => write(options, source, found));
}

async function write(options: CopyOptions, source: LogSource, found: SoundCopy): Promise<Copied> {
  const { log, to, runtime, onProgress } = options;
  await log.append('events', [claim(to, log.shard, { epoch: 0, owner: runtime.uuid() }, runtime)]);
  for await (const records of inParts(source.read('events', 0))) {
    await log.append('events', reframed(options, records));
    onProgress(records.at(-1)!.position);
  }
  await log.append('events', restored(options, found));
  const { domains, secretFingerprint } = found.state;
  await beginCommandLog(log, to, runtime, { domains: [...domains], secretFingerprint });
  const commands = await appendUndecided(options, found);
  const seal = await sealOfAll(log, to);
  if (seal.sequence !== found.seal.sequence + 1) {
    const expected = `an end at sequence ${found.seal.sequence + 1}`;
    throw new LogDiffers({ where: 'events', expected, found: `one at ${seal.sequence}` });
  }
  return { events: source.ranges.events.head - options.past.size, commands, seal };
}

function requireRange({ source, past, until }: CopyOptions): void {
  const { head } = source.ranges.events;
  for (const position of [...past, ...(until === null ? [] : [until])]) {
    if (position >= head) throw new ToolError(`the log has no position ${position}: its events end at ${head}`);
  }
}

/** The source, with a record without bytes for each that is left out, up to where it is copied. */
function without({ source, past, until }: CopyOptions): LogSource {
  const head = until ?? source.ranges.events.head;
  const events = { start: source.ranges.events.start, head };
  async function* readEvents(position: number): AsyncGenerator<LogRecord[]> {
    for await (const records of source.read('events', position)) {
      const wanted = records.filter((record) => record.position < head);
      if (wanted.length > 0) yield wanted.map((record) => (past.has(record.position) ? emptied(record) : record));
      // What comes next may be what cannot be read.
      if (records.at(-1)!.position >= head - 1) return;
    }
  }
  const readFrom = (stream: StreamName, position: number) =>
    stream === 'events' ? readEvents(position) : source.read(stream, position);
  return { shard: source.shard, ranges: { ...source.ranges, events }, read: readFrom };
}

function emptied(record: LogRecord): LogRecord {
  return { ...record, value: new Uint8Array() };
}

/** Reads it as every reader will. Throws LogDiffers, ToolError where there is nothing to go on from. */
async function read(source: LogSource, codec: Codec): Promise<SoundCopy> {
  const decider = foldingDecider();
  const walk = new LogWalk(source, codec);
  let state = decider.initial;
  let last: Group | null = null;
  for await (const group of walk.groups()) {
    state = folded(decider, state, group);
    last = group;
  }
  if (last === null) throw new ToolError('nothing was decided before that position: begin with a new log');
  const commandLog = await heldCommandLog(source, codec);
  return { state, seal: sealOf(walk, last), commandLog, commandPosition: walk.reader.commandPosition };
}

/** The ids of one registry mean nothing elsewhere. */
function reframed({ from, to }: CopyOptions, records: LogRecord[]): LogRecord[] {
  if (from === to) return records;
  return records.map((record) => {
    const known = isStray(record.value) ? null : from.unframe(record.value);
    if (known === null) return emptied(record);
    return { ...record, value: to.frame(known.fingerprint, known.body) };
  });
}

function claim(codec: Codec, shard: string, me: { epoch: number; owner: string }, runtime: Runtime) {
  return controlRecord(codec, { type: 'engine.EpochStarted' }, { shard, ...me, time: runtime.now() });
}

/** An epoch of its own, with one group: what was left out, by whom and why. */
function restored(
  { source, log, to, past, until, reason, by, runtime }: CopyOptions,
  { state, seal, ...found }: SoundCopy,
) {
  const me = { epoch: seal.epoch + 1, owner: runtime.uuid() };
  const what = [
    ...(past.size === 0 ? [] : [`without the events at ${[...past].sort((a, b) => a - b).join(', ')}`]),
    ...(until === null ? [] : [`up to position ${until}, of ${source.ranges.events.head}`]),
  ];
  const writer = new GroupWriter(to, log.shard, me.epoch, me.owner, seal.sequence, seal.hash);
  const { records } = writer.write(
    {
      events: [
        {
          ...{ type: 'engine.RequestDecided', command: 'engine.LogRestored', status: 'accepted', total: 0 },
          reason: `a copy of the log ${seal.log}, ${what.join(', ')}: ${reason}`,
          ...{ digest: '', keyed: false, settled: state.level < settlingLevel ? 0 : state.settled },
          origin: {
            actor: { name: by, authenticated: false, address: '', userAgent: '' },
            ...{ reason, idempotencyKey: '', traceparent: '' },
          },
        },
      ],
      now: state.time,
      level: state.level,
      commandId: `restored.${me.owner}`,
      actor: 'anonymous',
    },
    found.commandPosition + 1,
  );
  const ended = controlRecord(to, { type: 'engine.EpochEnded' }, { shard: log.shard, ...me, time: runtime.now() });
  return [claim(to, log.shard, me, runtime), ...records, ended];
}

/** Those behind the last group that is copied, where the command log that is held is the one that it names. */
async function appendUndecided(
  options: CopyOptions,
  { state, commandLog, commandPosition }: SoundCopy,
): Promise<number> {
  const { source, from, log, until } = options;
  // What the events that are not copied decided was answered: to decide it once more is for whoever asked.
  if (until !== null || state.commandLog !== commandLog) return 0;
  const { start, head } = source.ranges.commands;
  if (commandPosition + 1 > head) throw new LogError('corrupt', `the commands end at ${head}: they are another log's`);
  let count = 0;
  for await (const records of source.read('commands', Math.max(start, commandPosition + 1))) {
    const wanted = records.filter(({ value }) => from.unframe(value)?.type.startsWith('engine.') === false);
    if (wanted.length > 0) await log.append('commands', reframed(options, wanted));
    count += wanted.length;
  }
  return count;
}
