import type { Codec } from '@holdfast/events';
import { nodeRuntime, type ShardLog, silentLogger } from '@holdfast/log';
import { openCodec, placeKnown } from '../codec.js';
import { hasEmbeddedLog, type LogSettings, openLog } from '../log.js';
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
 * Opens a log that exists, and closes it after the work. Throws ToolError where there is none, and LogError `lost` where it is not the
 * one that was served from this directory.
 */
export async function withLog<T>(options: ServeOptions, work: (opened: OpenedLog) => Promise<T>): Promise<T> {
  const settings = logSettings(options);
  if (settings.kafka === null && !hasEmbeddedLog(settings.data ?? '')) {
    throw new ToolError(
      `--data ${settings.data ?? 'memory'} holds no log: give the directory that the service was started with, or --kafka`,
    );
  }
  return withOpened(settings, 'check', async (opened) => {
    await requireFinished(settings.data);
    await requireNoted(opened.log, opened.codec, settings.data);
    return work(opened);
  });
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
export class Told {
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
