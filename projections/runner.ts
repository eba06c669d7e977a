import {
  type EventDecoder,
  identityFrom,
  LogError,
  type Logger,
  lostLog,
  type Runtime,
  requireHeld,
  type ShardLog,
  type Tail,
} from '@holdfast/log';
import { DatabaseError } from './database.js';
import { projectionLimits } from './limits.js';
import { ProjectionError } from './port.js';
import { type Batch, ReadAhead } from './read-ahead.js';
import { knownOf, type Positions, type ProjectionStore, StoreError } from './store.js';
import { Watermark } from './watermark.js';

/*
 * Keeps a read model in step with the log of one shard.
 *
 * Two positions. `read` is how far the log was read, and what readers wait for: whoever was answered was answered from a
 * complete group, so a read that has come past the head of that moment has seen that group, and an incomplete one at the
 * head was promised to nobody. `checkpoint` is where reading goes on after a restart: after the last complete group, since
 * a reader that began within a group could not complete it (SPEC rule 8). Both are written with the rows they belong to, in
 * one transaction, on the condition that they are still where this projector found them. So two projectors of one shard
 * cannot both apply a group, and a crash between two transactions loses nothing and repeats nothing.
 *
 * What is not written. Much of a quiet log changes no row (claims, ticks, repeated requests). An advance over that is told
 * to readers at once but written only with the next change, or after `heldPositionsMax`. This is safe: the rows of the written
 * positions are the very rows of the later ones, so who waited reads the truth, and after a crash the same records are read
 * again and again change nothing. Only this process knows of such an advance, so where others' readers wait for it nothing is held.
 *
 * What is made anew. The rows can be made from the log at any time, so rows of an older form and a damaged database end in
 * reading it from the start: but only where the log holds all that the rows were made from. Where it does not (it is gone, ends
 * before, is another one, or does not continue the checkpoint) these rows may be all that is left of its history: the
 * projector stops and touches nothing. SPEC rule 6.
 */

export interface ProjectorOptions {
  log: ShardLog;
  codec: EventDecoder;
  store: ProjectionStore;
  runtime: Runtime;
  logger: Logger;
  /** Positions without a row change that may stay unwritten; 0 where readers in other processes wait for them. */
  heldPositionsMax?: number;
  /** After a write it rests for so long unless somebody waits, so that more comes together. Default: 0. */
  pauseMs?: number;
  /** Lets the event loop turn during a long replay. Default: giveWay. */
  turn?: () => Promise<void>;
  /** Is told that the log is not the one that the rows were made from: nobody in this process may go on with it. */
  onLost?: (error: LogError) => void;
}

export class Projector {
  readonly shard: string;
  #options: ProjectorOptions;
  #watermark: Watermark;
  #ahead: ReadAhead | null = null;
  #first: Tail | null = null;
  #running: Promise<void> | null = null;
  #closed = false;
  #stopped: Error | null = null;
  #away: Error | null = null;
  #failures = 0;
  #wake: (() => void) | null = null;
  #endRest: (() => void) | null = null;
  #refilling: AbortController | null = null;
  #stored: Positions | null = null;
  /** Read, but not written as it changes no row. */
  #held: Positions | null = null;
  /** The store is damaged, and must be emptied before anything else. */
  #distrusted = false;
  /** Whether what is read continues a stored checkpoint that nothing has confirmed yet. */
  #unconfirmed = false;

  constructor(options: ProjectorOptions) {
    this.#options = options;
    this.shard = options.log.shard;
    this.#watermark = new Watermark(options.runtime);
  }

  /** Everything in `events` below it was read, and the rows show it. */
  get read(): number {
    return this.#watermark.read;
  }

  /** The `read` that is written with the rows; below `read` by what changes none. */
  get stored(): number {
    return this.#stored?.read ?? 0;
  }

  /** Why nothing more will be read (the log contradicts itself), or null. */
  get stopped(): Error | null {
    return this.#stopped;
  }

  /** Why the rows cannot be written at the moment, or null. It catches up by itself. */
  get away(): Error | null {
    return this.#away;
  }

  /** Begins to read. Calls after the first do nothing. */
  start(): void {
    if (this.#closed) return;
    this.#running ??= this.#run();
  }

  /**
   * Resolves once `read` is at `position` or past it. Rejects with ProjectionError after `timeoutMs`: `behind`, or
   * `unavailable` where the database is away, or `stopped`.
   */
  waitFor(position: number, timeoutMs?: number): Promise<void> {
    if (position > this.read) this.#endRest?.();
    return this.#watermark.waitFor(position, timeoutMs, () => this.#late(position));
  }

  /** Somebody found the database damaged: all rows are made anew. */
  distrust(): void {
    this.#distrusted = true;
    this.#interrupt();
  }

  /** Somebody made the stored positions anew: reads on from what is there now. */
  recheck(): void {
    this.#ahead?.close();
    this.#endRest?.();
  }

  /** Resolves once nothing more is read or written. Closes neither log nor store. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#interrupt();
    await this.#running;
    this.#watermark.end(new ProjectionError('unavailable', 'the projector was closed'));
  }

  async #run(): Promise<void> {
    while (!this.#closed && this.#stopped === null) {
      try {
        await this.#follow();
      } catch (error) {
        if (!this.#closed) await this.#recover(error instanceof Error ? error : new Error(String(error)));
      }
    }
    await this.#writeHeld();
  }

  /** Reads on from the stored checkpoint until something fails or interrupts it. */
  async #follow(): Promise<void> {
    this.#held = null;
    const begun = await this.#begin();
    if (begun === null) return;
    const { log, codec, store, turn } = this.#options;
    const ahead = new ReadAhead({
      log,
      codec,
      checkpoint: begun.checkpoint,
      project: (group) => store.project(group),
      ...(turn === undefined ? {} : { turn }),
    });
    this.#ahead = ahead;
    try {
      while (!this.#closed && !this.#distrusted) {
        if (!(await this.#next(ahead, begun.log))) return;
        await this.#rest(ahead);
      }
    } finally {
      ahead.close();
      this.#ahead = null;
    }
  }

  /** By itself, as a loop that waits for the next batch would keep the one before in memory. False once there is none. */
  async #next(ahead: ReadAhead, log: string): Promise<boolean> {
    const batch = await ahead.take();
    if (batch !== null) await this.#commit(batch, log);
    return batch !== null;
  }

  async #rest(ahead: ReadAhead): Promise<void> {
    const { runtime, pauseMs = 0 } = this.#options;
    if (pauseMs === 0 || this.#watermark.awaited || ahead.full || this.#closed || this.#distrusted) return;
    await new Promise<void>((resolve) => {
      const cancel = runtime.after(pauseMs, resolve);
      this.#endRest = () => {
        cancel();
        resolve();
      };
    });
    this.#endRest = null;
  }

  /** The positions to read on from, checked against the log; null when interrupted. */
  async #begin(): Promise<Positions | null> {
    const { log } = this.#options;
    let stored = await this.#usable();
    const head = await log.head('events');
    // Another than the stored one where the log goes on elsewhere, framed by another registry.
    const identity = await this.#identity();
    if (identity === null) return null;
    if (stored.read === 0 && head >= projectionLimits.rebuildPositionsMin) stored = await this.#refilled(stored);
    this.#settle(stored);
    this.#unconfirmed = stored.checkpoint.resume > 0;
    if (stored.read >= head) this.#back();
    return { ...stored, log: identity };
  }

  /** What is stored, or what is left once it was emptied. Throws LogError `lost` where the log does not hold what it was made from. */
  async #usable(): Promise<Positions> {
    const { store } = this.#options;
    if (this.#distrusted) {
      if (this.#stored !== null) await this.#requireHeld(this.#stored);
      return this.#reset('damaged', 'it is damaged');
    }
    const stored = await store.load();
    const found = stored ?? (await store.outdated?.()) ?? null;
    if (found !== null) await this.#requireHeld(found);
    return stored ?? this.#reset('stale');
  }

  #requireHeld(stored: Positions): Promise<void> {
    const { log, codec } = this.#options;
    return requireHeld(log, codec, knownOf(this.shard, stored));
  }

  /** A long log is read in one go. */
  async #refilled(empty: Positions): Promise<Positions> {
    const { store } = this.#options;
    if (store.refill === undefined) return empty;
    this.#refilling = new AbortController();
    if (this.#closed) this.#refilling.abort();
    try {
      return await store.refill(this.#refilling.signal);
    } finally {
      this.#refilling = null;
    }
  }

  /** Names the log; null when interrupted. */
  async #identity(): Promise<string | null> {
    const { log } = this.#options;
    this.#first = log.tail('events', await log.start('events'));
    try {
      if (this.#closed) return null;
      return await identityFrom(this.#first);
    } catch (error) {
      if (this.#closed || this.#distrusted) return null;
      throw error;
    } finally {
      this.#first.close();
      this.#first = null;
    }
  }

  async #commit(batch: Batch, log: string): Promise<void> {
    const { store } = this.#options;
    const found = this.#stored!;
    // What was read again after a restart is less than what is stored.
    const next: Positions = { log, read: Math.max(batch.read, found.read), checkpoint: batch.checkpoint };
    const heldMax = this.#options.heldPositionsMax ?? projectionLimits.heldPositionsMax;
    if (batch.changes.length === 0 && found.log === log && next.read - found.read < heldMax) {
      this.#held = next;
      store.passed?.(next.read);
      this.#watermark.move(Math.max(next.read, this.read));
    } else {
      await store.apply(batch.changes, found, next);
      this.#settle(next);
    }
    if (batch.groups > 0) this.#unconfirmed = false;
    this.#back();
  }

  #back(): void {
    this.#failures = 0;
    if (this.#away === null) return;
    this.#away = null;
    this.#options.logger.info({ shard: this.shard, read: this.read }, 'the read model is back');
  }

  /** These positions are in the store. */
  #settle(stored: Positions): void {
    this.#stored = stored;
    this.#held = null;
    this.#watermark.move(stored.read);
  }

  async #reset(why: 'stale' | 'damaged', reason?: string): Promise<Positions> {
    const { logger, store } = this.#options;
    if (reason !== undefined) logger.warn({ shard: this.shard, reason }, 'making the read model anew from the log');
    // Before the rows go, so that nobody takes them for what was read.
    this.#stored = null;
    this.#watermark.move(0);
    const positions = await store.reset(why);
    this.#distrusted = false;
    return positions;
  }

  async #recover(error: Error): Promise<void> {
    const final = error instanceof LogError ? this.#finalOf(error) : null;
    if (final !== null) {
      this.#stop(final);
      return;
    }
    if (error instanceof DatabaseError && error.code === 'damaged') this.#distrusted = true;
    await this.#backOff(error);
  }

  /** What an error of the log means where trying again does not help, or null. */
  #finalOf(error: LogError): LogError | null {
    const { code, message } = error;
    const differs = code === 'out-of-range' || (code === 'corrupt' && this.#unconfirmed);
    if (differs && this.#stored !== null) {
      return lostLog(knownOf(this.shard, this.#stored), `the log that is there does not go on from that: ${message}`);
    }
    return code === 'append-failed' || code === 'too-large' ? null : error;
  }

  #stop(error: Error): void {
    this.#stopped = error;
    if (error instanceof LogError && error.code === 'lost') this.#options.onLost?.(error);
    this.#options.logger.error({ shard: this.shard, reason: error.message }, 'the projector stopped');
    this.#watermark.end(new ProjectionError('stopped', error.message, { cause: error }));
  }

  async #backOff(error: Error): Promise<void> {
    const { logger, runtime } = this.#options;
    const { retryMsMin, retryMsMax, supersededMsMax } = projectionLimits;
    const waitMsMax = error instanceof StoreError ? supersededMsMax : retryMsMax;
    const waitMs = Math.min(retryMsMin * 2 ** this.#failures, waitMsMax) * (0.5 + runtime.random() / 2);
    this.#failures++;
    if (error instanceof StoreError) {
      logger.info({ shard: this.shard }, 'another projector was faster: going on from where it is');
    } else {
      this.#away = error;
      logger.warn(
        { shard: this.shard, reason: error.message, waitMs },
        'the read model cannot follow the log: trying again',
      );
    }
    await new Promise<void>((resolve) => {
      const cancel = runtime.after(waitMs, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
      if (this.#closed) this.#wake();
    });
    this.#wake = null;
  }

  /** Spares the next start what was read but not written. */
  async #writeHeld(): Promise<void> {
    const [held, stored] = [this.#held, this.#stored];
    if (held === null || stored === null || this.#distrusted) return;
    await this.#options.store.apply([], stored, held).catch((error: Error) => {
      this.#options.logger.info({ shard: this.shard, reason: error.message }, 'the last advance was not written');
    });
  }

  #interrupt(): void {
    this.#ahead?.close();
    this.#first?.close();
    this.#wake?.();
    this.#endRest?.();
    this.#refilling?.abort();
  }

  #late(position: number): ProjectionError {
    if (this.#away !== null) {
      return new ProjectionError('unavailable', 'the read model is away', { cause: this.#away });
    }
    return new ProjectionError('behind', `the read model has read up to ${this.read}, and ${position} was waited for`);
  }
}
