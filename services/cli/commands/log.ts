import { stat } from 'node:fs/promises';
import type { Codec } from '@holdfast/events';
import { LogError, lostLog, nodeRuntime, type ShardLog, silentLogger } from '@holdfast/log';
import { KafkaProblems } from '@holdfast/log-kafka';
import { openCodec, placeKnown } from '../codec.js';
import { whyFile } from '../files.js';
import { embeddedLogFile, hasEmbeddedLog, type LogSettings, openLog } from '../log.js';
import { readNote } from '../log-note.js';
import { ToolError } from '../log-tools/errors.js';
import { requireNoted } from '../lost-log.js';
import { Progress } from '../progress.js';
import { logSettings, type ServeOptions } from '../settings.js';
import { requireFinished } from '../unfinished.js';

export interface OpenedLog {
  settings: LogSettings;
  log: ShardLog;
  codec: Codec;
}

/**
 * Opens a log that exists, and closes it after the work. Throws ToolError where there is none, and LogError `lost`
 * where it is not the one that was served from this directory.
 */
export async function withLog<T>(options: ServeOptions, work: (opened: OpenedLog) => Promise<T>): Promise<T> {
  const settings = logSettings(options);
  if (settings.kafka === null) await requireEmbedded('--data', settings.data);
  try {
    return await withOpened(settings, 'check', async (opened) => {
      await requireFinished(settings.data);
      await requireNoted(opened.log, opened.codec, settings.data).catch((error: unknown) => {
        throw comparedWith(settings, error);
      });
      return work(opened);
    });
  } catch (error) {
    const gone = error instanceof KafkaProblems && error.problems.every(({ missing }) => missing === true);
    const note = gone && settings.data !== null ? await readNote(settings.data) : null;
    if (note === null || note.read === 0) throw error;
    throw comparedWith(settings, lostLog(note, 'its topics do not exist'));
  }
}

/**
 * Throws ToolError where a directory has no embedded log, and LogError `lost` where it had one. `option` names the
 * directory.
 */
export async function requireEmbedded(option: string, data: string | null): Promise<void> {
  if (data === null) throw new ToolError(`${option} memory holds no log: give the directory of one, or --kafka`);
  try {
    await stat(embeddedLogFile(data));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw new ToolError(`${option} ${data}: ${whyFile(error)}`);
    const note = code === 'ENOENT' ? await readNote(data) : null;
    if (note !== null && note.read > 0) throw lostLog(note, 'there is no log in the directory');
    throw new ToolError(
      `${option} ${data} holds no log: give the directory that the service was started with, or --kafka`,
    );
  }
}

/**
 * The same, where a log was not found to be the one that was served from a directory: maybe it was served from another.
 */
export function comparedWith({ data, kafka }: LogSettings, error: unknown): unknown {
  if (!(error instanceof LogError) || error.code !== 'lost' || data === null) return error;
  const embedded =
    kafka !== null && hasEmbeddedLog(data) ? ', which has an embedded log of its own, so the note may be of that' : '';
  const why = `What it was held against is the note in the directory ${data} (--data)${embedded}. A log that is served with another directory is looked at with that one: give its --data`;
  return new LogError('lost', `${error.message}. ${why}`, { cause: error });
}

/** As withLog, but makes what is missing. */
export async function withOpened<T>(
  settings: LogSettings,
  missing: 'check' | 'create',
  work: (opened: OpenedLog) => Promise<T>,
): Promise<T> {
  const log = await openLog({ ...settings, look: 'all' }, nodeRuntime, silentLogger, missing);
  try {
    const from = await placeKnown(settings.data, null, log.shard);
    const { codec } = await openCodec(settings, { log, logger: silentLogger, from });
    return await work({ settings, log, codec });
  } finally {
    await log.close();
  }
}

/** How often progress is told, in milliseconds: on a terminal it stays one line. */
const tellMs = process.stderr.isTTY ? 200 : 10_000;

/** Tells on stderr how far something that takes long has come. `done` ends the line. */
export class ProgressLine {
  #progress: Progress;
  #told = Date.now();
  #line = false;

  constructor(
    private readonly what: string,
    of: number,
  ) {
    this.#progress = new Progress(0, of, Date.now());
  }

  readonly at = (position: number): void => {
    const now = Date.now();
    if (now - this.#told < tellMs) return;
    this.#told = now;
    const text = `${this.what}: ${this.#progress.tell(position, now)}`;
    this.#line = process.stderr.isTTY;
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
  };

  done(): void {
    if (this.#line) process.stderr.write('\r\x1b[K');
  }
}
