import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  beginning,
  type Checkpoint,
  type GroupFeed,
  type KnownLog,
  type Logger,
  logIdentity,
  makeDirectories,
  type Runtime,
  type ShardLog,
} from '@holdfast/log';

/*
 * A note of the log, `log.json` in the data directory: which log was served from here, and up to where it was read. It
 * outlives the log, the read model and the snapshots, so that a start knows when one of them is not what it was. SPEC
 * rule 6.
 */

const format = 'holdfast-log-note-1';
/** How often it is written, in milliseconds, and the most that a crash leaves it behind. */
const everyMs = 10_000;

interface Note {
  format: typeof format;
  shard: string;
  log: string;
  checkpoint: Checkpoint;
  /** When it was written, for people. */
  at: string;
}

export function noteFile(data: string): string {
  return join(data, 'log.json');
}

/** What the note in a data directory knows; null where there is none. Throws where it cannot be read. */
export async function readNote(data: string): Promise<KnownLog | null> {
  const path = noteFile(data);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const { format: found, shard, log, checkpoint } = parsed(text, path);
  if (found !== format) throw new Error(`${path} has the format ${found}, and ${format} is known here: upgrade`);
  return { by: path, shard, log, read: checkpoint.resume, checkpoint };
}

function parsed(text: string, path: string): Note {
  try {
    return JSON.parse(text) as Note;
  } catch (cause) {
    throw new Error(`${path} is damaged: delete it if you are sure that the log in this directory is whole`, { cause });
  }
}

/** Appears whole, or not at all. */
export async function writeNote(
  data: string,
  known: Pick<KnownLog, 'shard' | 'log' | 'checkpoint'>,
  at: Date,
): Promise<void> {
  const { shard, log, checkpoint } = known;
  const note: Note = { format, shard, log, checkpoint, at: at.toISOString() };
  await makeDirectories(data);
  const part = `${noteFile(data)}.${process.pid}`;
  try {
    const file = await open(part, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(note)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, noteFile(data));
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
    throw error;
  }
}

/** The log that was lost is let go of: what comes now is a first start. */
export async function forgetLog(data: string, shard: string): Promise<void> {
  await writeNote(data, { shard, log: '', checkpoint: beginning }, new Date());
}

export interface NoteKeeperOptions {
  data: string;
  log: ShardLog;
  feed: GroupFeed;
  runtime: Runtime;
  logger: Logger;
}

/** Writes down now and then, and at a clean stop, how far the log was read. */
export class NoteKeeper {
  #written = -1;
  #failed = false;
  #closed = false;
  #cancel = () => {};
  /** One after the other: a stop may come while it is written. */
  #writing = Promise.resolve();

  constructor(private readonly options: NoteKeeperOptions) {}

  async start(): Promise<void> {
    await this.#write();
    if (this.#closed) return;
    this.#cancel = this.options.runtime.after(everyMs, () => void this.start());
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#write();
  }

  #write(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writeOnce());
    return this.#writing;
  }

  async #writeOnce(): Promise<void> {
    const { data, log, feed, runtime, logger } = this.options;
    const checkpoint = feed.reader.checkpoint();
    // What a log that is lost said must not be written over by what is left of it.
    if (feed.stopped !== null || checkpoint.resume === this.#written || checkpoint.resume === 0) return;
    try {
      const identity = (await logIdentity(log)) ?? '';
      await writeNote(data, { shard: log.shard, log: identity, checkpoint }, new Date(runtime.now()));
      this.#written = checkpoint.resume;
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) logger.warn({ reason: String(error) }, 'how far the log was read could not be noted');
      this.#failed = true;
    }
  }
}
