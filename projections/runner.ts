import type { EventDecoder, LogError, Logger, Runtime, ShardLog } from '@holdfast/log';
import { DatabaseError } from './database.js';
import { projectionLimits } from './limits.js';
import { ProjectionError } from './port.js';
import { Beginning } from './projector/beginning.js';
import { finalOf, keptOf, type RowsHappening, type RowsState, rowsAfter } from './projector/rows.js';
import type { ProjectorEffect, ProjectorHappening, ProjectorReading, ProjectorState } from './projector/states.js';
import { move } from './projector/transitions.js';
import { Trouble } from './projector/trouble.js';
import { Waits } from './projector/waits.js';
import { type Batch, ReadAhead } from './read-ahead.js';
import type { Positions, ProjectionStore } from './store.js';
import { Watermark } from './watermark.js';

/*
 * Keeps a read model in step with the log of one shard.
 *
 * Two positions. `read` is how far the log was read, and what readers wait for: whoever was answered was answered from
 * a complete group, so a read that has come past the head of that moment has seen that group, and an incomplete one at
 * the head was promised to nobody. `checkpoint` is where reading goes on after a restart: after the last complete
 * group, since a reader that began within a group could not complete it (SPEC rule 8). Both are written with the rows
 * they belong to, in one transaction, on the condition that they are still where this projector found them. So two
 * projectors of one shard cannot both apply a group, and a crash between two transactions loses nothing and repeats
 * nothing.
 *
 * What is not written. Much of a quiet log changes no row (claims, ticks, repeated requests). An advance over that is
 * told to readers at once but written only with the next change, or after `heldPositionsMax`. This is safe: the rows of
 * the written positions are the very rows of the later ones, so who waited reads the truth, and after a crash the same
 * records are read again and again change nothing. Only this process knows of such an advance, so where others' readers
 * wait for it nothing is held.
 *
 * What is made anew. The rows can be made from the log at any time, so rows of an older form and a damaged database end
 * in reading it from the start: but only where the log holds all that the rows were made from. Where it does not (it is
 * gone, ends before, is another one, or does not continue the checkpoint) these rows may be all that is left of its
 * history: the projector stops and touches nothing. SPEC rule 6.
 *
 * What it may be at, what may be known of the rows, and what each thing that happens makes of both is in projector/;
 * here is what is done about it.
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
  #state: ProjectorState = { name: 'idle' };
  #rows: RowsState = { name: 'notKnown' };
  #trouble: Trouble;
  #waits: Waits;
  #beginning: Beginning;
  #running: Promise<void> = Promise.resolve();

  constructor(options: ProjectorOptions) {
    this.#options = options;
    this.shard = options.log.shard;
    this.#watermark = new Watermark(options.runtime);
    this.#trouble = new Trouble(options);
    this.#waits = new Waits(options.runtime);
    this.#beginning = new Beginning(options, {
      rows: () => this.#rows,
      note: (happening) => this.#note(happening),
      closed: () => this.#state.name === 'closed',
      waits: this.#waits,
      watermark: this.#watermark,
      trouble: this.#trouble,
    });
  }

  /** Everything in `events` below it was read, and the rows show it. */
  get read(): number {
    return this.#watermark.read;
  }

  /** The `read` that is written with the rows; below `read` by what changes none. */
  get stored(): number {
    return keptOf(this.#rows)?.stored.read ?? 0;
  }

  /** Why nothing more will be read (the log contradicts itself), or null. */
  get stopped(): Error | null {
    return this.#state.name === 'stopped' ? this.#state.error : null;
  }

  /** Why the rows cannot be written at the moment, or null. It catches up by itself. */
  get unavailable(): Error | null {
    return this.#trouble.unavailable;
  }

  /** Begins to read. Calls after the first do nothing. */
  start(): void {
    this.#happen({ name: 'startAsked' });
  }

  /**
   * Resolves once `read` is at `position` or past it. Rejects with ProjectionError after `timeoutMs`: `behind`, or
   * `unavailable` where the database is unavailable, or `stopped`.
   */
  waitFor(position: number, timeoutMs?: number): Promise<void> {
    if (position > this.read) this.#happen({ name: 'awaited' });
    return this.#watermark.waitFor(position, timeoutMs, () => this.#late(position));
  }

  /** Somebody found the database damaged: all rows are made anew. */
  distrust(): void {
    this.#note({ name: 'damageFound' });
    this.#happen({ name: 'damageFound' });
  }

  /** Somebody made the stored positions anew: reads on from what is there now. */
  recheck(): void {
    this.#happen({ name: 'recheckAsked' });
  }

  /** Resolves once nothing more is read or written. Closes neither log nor store. */
  async close(): Promise<void> {
    this.#happen({ name: 'closeAsked' });
    await this.#running;
    this.#watermark.end(new ProjectionError('unavailable', 'the projector was closed'));
  }

  #happen(happening: ProjectorHappening): void {
    const [next, ...effects] = move(this.#state, happening);
    this.#state = next;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: ProjectorEffect): void {
    switch (effect.do) {
      case 'run':
        this.#running = this.#run();
        break;
      case 'closeAhead':
        effect.ahead.close();
        break;
      case 'cutShort':
        this.#waits.cutShort();
        break;
      case 'tellStopped':
        this.#tellStopped(effect.error);
        break;
      default:
        effect satisfies never;
    }
  }

  #note(happening: RowsHappening): void {
    this.#rows = rowsAfter(this.#rows, happening);
  }

  async #run(): Promise<void> {
    for (let goesOn = true; goesOn; ) {
      try {
        goesOn = await this.#work();
      } catch (error) {
        this.#fail(error instanceof Error ? error : new Error(String(error)));
      }
    }
    await this.#writeHeld();
  }

  /** One step of what it is at; false where that is nothing more. */
  async #work(): Promise<boolean> {
    const state = this.#state;
    switch (state.name) {
      case 'opening':
        await this.#open();
        return true;
      case 'reading':
        await this.#take(state);
        return true;
      case 'resting':
        await this.#waits.pause(this.#options.pauseMs ?? 0);
        this.#happen({ name: 'rested' });
        return true;
      case 'waiting':
        await this.#waits.pause(this.#trouble.backOffMs(state.because));
        this.#happen({ name: 'retryDue' });
        return true;
      case 'idle':
      case 'closed':
      case 'stopped':
        return false;
    }
  }

  /** Reads on from the stored checkpoint. */
  async #open(): Promise<void> {
    this.#note({ name: 'reopened' });
    const identity = await this.#beginning.find();
    if (identity === null || this.#rows.name !== 'kept') return;
    const { log, codec, store, turn } = this.#options;
    const ahead = new ReadAhead({
      log,
      codec,
      checkpoint: this.#rows.stored.checkpoint,
      project: (group) => store.project(group),
      ...(turn === undefined ? {} : { turn }),
    });
    this.#happen({ name: 'opened', ahead, log: identity });
  }

  /** By itself, as a loop that waits for the next batch would keep the one before in memory. */
  async #take({ ahead, log }: ProjectorReading): Promise<void> {
    const batch = await ahead.take();
    if (batch === null) {
      this.#happen({ name: 'interrupted' });
      return;
    }
    await this.#commit(batch, log);
    const { pauseMs = 0 } = this.#options;
    if (pauseMs > 0 && !this.#watermark.awaited && !ahead.full) this.#happen({ name: 'restDue' });
  }

  async #commit({ changes, groups, ...batch }: Batch, log: string): Promise<void> {
    const { store, heldPositionsMax = projectionLimits.heldPositionsMax } = this.#options;
    const found = keptOf(this.#rows)!.stored;
    // What was read again after a restart is less than what is stored.
    const next: Positions = { log, read: Math.max(batch.read, found.read), checkpoint: batch.checkpoint };
    if (changes.length === 0 && found.log === log && next.read - found.read < heldPositionsMax) {
      this.#note({ name: 'passed', held: next, groups });
      store.passed?.(next.read);
      this.#watermark.move(Math.max(next.read, this.read));
    } else {
      await store.apply(changes, found, next);
      this.#note({ name: 'written', stored: next, groups });
      this.#watermark.move(next.read);
    }
    this.#trouble.end(this.read);
  }

  #fail(error: Error): void {
    const final = finalOf(error, this.#rows, this.shard);
    if (final !== null) {
      this.#happen({ name: 'failedForGood', error: final });
      return;
    }
    if (error instanceof DatabaseError && error.code === 'damaged') this.#note({ name: 'damageFound' });
    this.#happen({ name: 'failed', error });
  }

  #tellStopped(error: LogError): void {
    if (error.code === 'lost') this.#options.onLost?.(error);
    this.#options.logger.error({ shard: this.shard, reason: error.message }, 'the projector stopped');
    this.#watermark.end(new ProjectionError('stopped', error.message, { cause: error }));
  }

  /** Spares the next start what was read but not written. */
  async #writeHeld(): Promise<void> {
    if (this.#rows.name !== 'kept' || this.#rows.held === null) return;
    const { stored, held } = this.#rows;
    await this.#options.store.apply([], stored, held).catch((error: Error) => {
      this.#options.logger.info({ shard: this.shard, reason: error.message }, 'the last advance was not written');
    });
  }

  #late(position: number): ProjectionError {
    const { unavailable, read } = this;
    if (unavailable !== null)
      return new ProjectionError('unavailable', 'the read model is away', { cause: unavailable });
    return new ProjectionError('behind', `the read model has read up to ${read}, and ${position} was waited for`);
  }
}
