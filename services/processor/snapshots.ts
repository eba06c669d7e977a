import {
  type EventDecoder,
  type GroupFeed,
  giveWay,
  LogError,
  type Logger,
  logIdentity,
  type Runtime,
  requireHeld,
  type ShardLog,
} from '@holdfast/log';
import { processorLimits } from './limits.js';
import { formatSnapshot, parseSnapshot, type Snapshot, type StateForm } from './snapshot-format.js';
import type { SnapshotStore } from './snapshot-store.js';

export interface SnapshotOptions<State> {
  store: SnapshotStore;
  log: ShardLog;
  codec: EventDecoder;
  form: StateForm<State>;
  logger: Logger;
}

/**
 * The newest snapshot that can be used, or null: then the log is read from its start. What is damaged, or in a form not
 * known here, is told and passed over. Throws LogError `lost` where the log is not the one that a snapshot was made
 * from, or shorter, and `corrupt` where its beginning is gone and there is no snapshot. SPEC rules 6 and 8.
 */
export async function findSnapshot<State>({
  store,
  log,
  codec,
  form,
  logger,
}: SnapshotOptions<State>): Promise<Snapshot<State> | null> {
  for (const name of await store.list()) {
    try {
      const found = await parseSnapshot(form, log.shard, store.read(name));
      const { checkpoint } = found;
      const known = {
        by: `the snapshot ${name}`,
        shard: log.shard,
        log: found.log,
        read: checkpoint.resume,
        checkpoint,
      };
      await requireHeld(log, codec, known);
      logger.info({ shard: log.shard, sequence: checkpoint.sequence }, 'going on from a snapshot');
      return found;
    } catch (error) {
      if (error instanceof LogError) throw error;
      logger.warn({ shard: log.shard, snapshot: name, reason: String(error) }, 'a snapshot cannot be used');
    }
  }
  const start = await log.start('events');
  if (start === 0) return null;
  throw new LogError(
    'corrupt',
    `shard ${log.shard} has events from position ${start} on: what was before is neither in the log nor in a snapshot, and starting empty would forget it`,
  );
}

export interface SnapshotTakerOptions<State> extends Omit<SnapshotOptions<State>, 'codec'> {
  /** Whoever folds the state must have subscribed before. */
  feed: GroupFeed;
  runtime: Runtime;
  /**
   * What was folded so far, and the place up to which it was: the feed may be further, where whoever folds has closed.
   * The place with another's state would be a snapshot that forgets, and looks sound.
   */
  fold(): Snapshot<State>;
  /** Events between two snapshots. */
  every?: number;
  /** Lets the event loop turn. Default: giveWay. */
  turn?: () => Promise<void>;
}

/** Takes a snapshot every so many events, so that a start reads a bounded part of the log, however long that is. */
export class SnapshotTaker<State> {
  #last: number;
  #lastAt: number | null = null;
  #writing: Promise<void> | null = null;
  #unsubscribe: () => void;
  #closed = false;

  constructor(private readonly options: SnapshotTakerOptions<State>) {
    this.#last = options.feed.reader.sequence;
    this.#unsubscribe = options.feed.subscribe({ group: () => this.#takeIfDue() });
  }

  /** When the last one was taken by this process, in milliseconds since 1970 by its clock, or null. */
  get lastAt(): number | null {
    return this.#lastAt;
  }

  /** Takes a last one where that spares the next start much. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#unsubscribe();
    await this.#writing;
    const { feed } = this.options;
    if (feed.stopped === null && this.#since >= processorLimits.snapshotEventsAtClose) {
      this.#take();
      await this.#writing;
    }
  }

  /** Events folded since the last snapshot. */
  get #since(): number {
    return this.options.fold().checkpoint.sequence - this.#last;
  }

  #takeIfDue(): void {
    const { every = processorLimits.snapshotEvents } = this.options;
    if (this.#writing === null && this.#since >= every) this.#take();
  }

  #take(): void {
    const snapshot = this.options.fold();
    this.#last = snapshot.checkpoint.sequence;
    this.#writing = this.#write(snapshot)
      .catch((error: unknown) => {
        // The log has it all: a start takes longer, and the next snapshot may succeed.
        this.options.logger.warn({ shard: this.options.log.shard, error: String(error) }, 'a snapshot was not kept');
      })
      .finally(() => {
        this.#writing = null;
        // A log that was read fast may be at its end already.
        if (!this.#closed) this.#takeIfDue();
      });
  }

  async #write(snapshot: Snapshot<State>): Promise<void> {
    const { store, log, form, runtime, turn = giveWay } = this.options;
    const identity = await logIdentity(log);
    const name = String(snapshot.checkpoint.sequence).padStart(16, '0');
    await store.write(name, formatSnapshot(form, { shard: log.shard, log: identity ?? '' }, snapshot, turn));
    this.#lastAt = runtime.now();
    for (const old of (await store.list()).slice(processorLimits.snapshotsKept)) await store.remove(old);
  }
}
