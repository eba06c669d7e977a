import { type EventDecoder, identityFrom, type Logger, requireHeld, type ShardLog } from '@holdfast/log';
import { projectionLimits } from '../limits.js';
import { knownOf, type Positions, type ProjectionStore } from '../store.js';
import type { Watermark } from '../watermark.js';
import type { RowsHappening, RowsState } from './rows.js';
import type { Trouble } from './trouble.js';
import type { Waits } from './waits.js';

export interface BeginningOptions {
  log: ShardLog;
  codec: EventDecoder;
  store: ProjectionStore;
  logger: Logger;
}

/** The projector that it is found for. */
interface StartingProjector {
  rows(): RowsState;
  note(happening: RowsHappening): void;
  closed(): boolean;
  waits: Waits;
  watermark: Watermark;
  trouble: Trouble;
}

/** Finds where to read on. */
export class Beginning {
  constructor(
    private readonly options: BeginningOptions,
    private readonly projecting: StartingProjector,
  ) {}

  /** The positions that are stored, checked against the log, are noted. Names the log; null when interrupted. */
  async find(): Promise<string | null> {
    const { log } = this.options;
    const { note, watermark, trouble } = this.projecting;
    let stored = await this.#usable();
    const head = await log.head('events');
    // Another than the stored one where the log goes on elsewhere, framed by another registry.
    const identity = await this.#identity();
    if (identity === null) return null;
    if (stored.read === 0 && head >= projectionLimits.rebuildPositionsMin) stored = await this.#rebuilt(stored);
    note({ name: 'found', stored });
    watermark.move(stored.read);
    if (stored.read >= head) trouble.end(watermark.read);
    return identity;
  }

  /**
   * What is stored, or what is left once it was emptied. Throws LogError `lost` where the log does not hold what it was
   * made from.
   */
  async #usable(): Promise<Positions> {
    const { store } = this.options;
    const rows = this.projecting.rows();
    if (rows.name === 'damaged') {
      if (rows.before !== null) await this.#requireHeld(rows.before.stored);
      return this.#reset('damaged', 'it is damaged');
    }
    const stored = await store.load();
    const found = stored ?? (await store.outdated?.()) ?? null;
    if (found !== null) await this.#requireHeld(found);
    return stored ?? this.#reset('stale');
  }

  #requireHeld(stored: Positions): Promise<void> {
    const { log, codec } = this.options;
    return requireHeld(log, codec, knownOf(log.shard, stored));
  }

  async #reset(why: 'stale' | 'damaged', reason?: string): Promise<Positions> {
    const { logger, store, log } = this.options;
    const { note, watermark } = this.projecting;
    if (reason !== undefined) logger.warn({ shard: log.shard, reason }, 'making the read model anew from the log');
    // Before the rows go, so that nobody takes them for what was read.
    note({ name: 'emptying' });
    watermark.move(0);
    const positions = await store.reset(why);
    note({ name: 'emptied' });
    return positions;
  }

  /** A long log is read in one go. */
  async #rebuilt(empty: Positions): Promise<Positions> {
    const { store } = this.options;
    const { closed, waits } = this.projecting;
    if (store.rebuild === undefined) return empty;
    const rebuilding = new AbortController();
    if (closed()) rebuilding.abort();
    return waits.until(store.rebuild(rebuilding.signal), () => rebuilding.abort());
  }

  /** Names the log; null when interrupted. */
  async #identity(): Promise<string | null> {
    const { log } = this.options;
    const { closed, rows, waits } = this.projecting;
    const first = log.tail('events', await log.start('events'));
    try {
      if (closed()) return null;
      return await waits.until(identityFrom(first), () => first.close());
    } catch (error) {
      if (closed() || rows().name === 'damaged') return null;
      throw error;
    } finally {
      first.close();
    }
  }
}
