import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Codec } from '@holdfast/events';
import { type Group, type LogRecord, type Runtime, recordBytes, type ShardLog, streamNames } from '@holdfast/log';
import { beginCommandLog } from '@holdfast/processor';
import { LogDiffers, shown } from './difference.js';
import { ToolError } from './errors.js';
import { type Export, exportSource } from './read-export.js';
import { type Seal, sealOf } from './seal.js';
import { logSource } from './source.js';
import { LogWalk } from './walk.js';

export interface ImportOptions {
  /** Verified. */
  exported: Export;
  /** Empty. */
  log: ShardLog;
  /** Frames records for `log`. */
  codec: Codec;
  runtime: Runtime;
  onProgress(position: number): void;
}

export interface Imported {
  events: number;
  /** Commands that nobody had decided, asked for again in the new command log. */
  commands: number;
  seal: Seal;
}

const appendRecordsMax = 10_000;
const appendBytesMax = 4 * 1024 * 1024;

/**
 * Appends all events at the positions that they had, begins a new command log (SPEC rule 8), and appends to it what was
 * not yet decided. Then reads the events back, and throws LogDiffers where they are not what was exported. The times at
 * which the log took records are new.
 */
export async function importLog(options: ImportOptions): Promise<Imported> {
  const { exported, log, codec, runtime, onProgress } = options;
  const { manifest } = exported;
  await requireEmpty(log, manifest.shard);
  codec.adopt(manifest.recorded ?? []);
  const source = exportSource(exported, codec);
  for await (const records of inParts(source.read('events', 0))) {
    await log.append('events', records);
    onProgress(records.at(-1)!.position);
  }
  const { domains, secretFingerprint } = manifest;
  await beginCommandLog(log, codec, runtime, { domains: [...domains], secretFingerprint });
  const commands = await appendUndecided(options);
  const seal = await sealOfAll(log, codec);
  if (!isDeepStrictEqual(seal, manifest.seal)) {
    throw new LogDiffers({ where: 'events', expected: `the seal ${shown(manifest.seal)}`, found: shown(seal) });
  }
  return { events: manifest.files.events.rows, commands, seal };
}

/** Throws ToolError where the target holds something already. */
export async function requireEmpty(log: ShardLog, shard: string): Promise<void> {
  if (log.shard !== shard) throw new ToolError(`the export is of ${shard}, and the target of ${log.shard}`);
  for (const stream of streamNames) {
    const head = await log.head(stream);
    if (head > 0)
      throw new ToolError(`the target is not empty: its ${stream} reach position ${head}. Import into a new one`);
  }
}

/** Ticks of the old command log say nothing in the new one, and what cannot be decoded nobody waits for. */
async function appendUndecided({ exported, log, codec }: ImportOptions): Promise<number> {
  const { undecidedFrom } = exported.manifest;
  let count = 0;
  for await (const records of exportSource(exported, codec).read('commands', undecidedFrom)) {
    const wanted = records.filter(({ value }) => codec.unframe(value)?.type.startsWith('engine.') === false);
    if (wanted.length > 0) await log.append('commands', wanted);
    count += wanted.length;
  }
  return count;
}

export async function sealOfAll(log: ShardLog, codec: Codec): Promise<Seal> {
  const walk = new LogWalk(await logSource(log), codec);
  let last: Group | null = null;
  for await (const group of walk.groups()) last = group;
  return sealOf(walk, last);
}

export async function* inParts(batches: AsyncIterable<LogRecord[]>): AsyncGenerator<LogRecord[]> {
  let part: LogRecord[] = [];
  let bytes = 0;
  for await (const batch of batches) {
    for (const record of batch) {
      part.push(record);
      bytes += recordBytes(record);
      if (part.length < appendRecordsMax && bytes < appendBytesMax) continue;
      yield part;
      [part, bytes] = [[], 0];
    }
  }
  if (part.length > 0) yield part;
}

/**
 * Snapshots in the target's directory are of what was served from it before. They only spare work, so they are put
 * beside; gives where, or null where there are none.
 */
export async function setSnapshotsAside(data: string, runtime: Pick<Runtime, 'now'>): Promise<string | null> {
  const directory = join(data, 'snapshots');
  if (!(await stat(directory).catch(() => null))) return null;
  const aside = `${directory}.before-import-${runtime.now()}`;
  await rename(directory, aside);
  return aside;
}
