import { createShardDecider } from '@holdfast/core';
import { type GroupFeed, type KnownLog, LogError, requireHeld, StrayCount } from '@holdfast/log';
import { type Processor, ShardGateway } from '@holdfast/processor';
import { begin, requireRowsHeld } from './beginning.js';
import { given } from './given.js';
import type { ShardOptions } from './options.js';
import { type Recovered, recoverFeed, recoverProcessor } from './recovery.js';
import { readsFeed } from './roles.js';
import type { Projecting, Rows } from './rows.js';
import { type ServedOptions, untilServed } from './served.js';

/** Puts a shard together as its roles say, and starts it. Resolves once it reads the log and takes commands. */
export async function startShard<R extends Rows>(options: ShardOptions<R>): Promise<Shard<R>> {
  const shard = await makeShard(options);
  await shard.run();
  return shard;
}

/**
 * The same without the start: the parts are made, from where an earlier process left off, and none runs. Throws
 * LogError `lost` where the log is not the one that snapshots and rows were made from.
 */
export async function makeShard<R extends Rows>(options: ShardOptions<R>): Promise<Shard<R>> {
  const recovered = await recover(options);
  const rows = options.rows === null ? null : await options.rows();
  const shard = new Shard(options, recovered, rows);
  options.onMade?.(shard);
  await requireRowsHeld(options, rows);
  return shard;
}

function recover(options: ShardOptions): Promise<Recovered> {
  if (!options.roles.includes('processor')) return recoverFeed(options);
  const decider = createShardDecider(options.modules);
  return recoverProcessor(options, options.observed?.decider?.(decider) ?? decider);
}

/** The parts of one shard in a process; null where its roles have none. */
export class Shard<R extends Rows = Rows> {
  readonly name: string;
  /** Runs where `readsFeed`. */
  readonly feed: GroupFeed;
  readonly readsFeed: boolean;
  readonly processor: Processor | null;
  readonly gateway: ShardGateway | null;
  readonly projecting: Projecting | null;
  #options: ShardOptions<R>;
  #recovered: Recovered;

  constructor(
    options: ShardOptions<R>,
    recovered: Recovered,
    readonly rows: R | null,
  ) {
    const { log, codec, runtime, logger, roles, limits, observed, pace = {} } = options;
    const { turn } = pace;
    const { feed, processor } = recovered;
    this.name = log.shard;
    this.#options = options;
    this.#recovered = recovered;
    this.feed = feed;
    this.processor = processor;
    this.readsFeed = readsFeed(roles);
    this.#tellTrouble();
    const common = { log, codec, runtime, logger, ...given({ turn }) };
    const onLost = (error: LogError) => feed.stop(error);
    this.projecting = roles.includes('projector') && rows !== null ? rows.projecting({ ...common, onLost }) : null;
    const asked = given({ limits, observer: observed?.gateway });
    this.gateway = roles.includes('api') ? new ShardGateway({ ...common, ...asked, feed }) : null;
  }

  /** The fingerprint that the shard was opened with; empty before that was read. */
  openedWith(): string {
    return this.#recovered.openedWith();
  }

  /** When the last snapshot was taken, in milliseconds since 1970, or null. */
  snapshotAt(): number | null {
    return this.#recovered.snapshotAt();
  }

  /** What keeps it from going on for good, in the words of each part. */
  get stopped(): string[] {
    const parts = [this.processor, this.projecting, this.feed];
    return [...new Set(parts.flatMap((part) => part?.stopped?.message ?? []))];
  }

  /**
   * Begins a log that is empty, reads what there is, and then takes commands. The order counts: rows and state are made
   * from one log, which says what its ids mean before anything of it is read; and a tick of a process that has not read
   * it could end leases.
   */
  async run(): Promise<void> {
    await begin(this.#options);
    if (this.readsFeed) this.feed.start();
    this.projecting?.start();
    this.#options.onReading?.();
    await this.processor?.start();
    if (this.gateway === null) return;
    await this.feed.readToHead();
    if (this.#options.ticks !== false) this.gateway.start();
  }

  /**
   * Resolves once what this process asks for is decided and comes back, and the rows show what the log held by then.
   * Rejects where the shard was opened with another secret.
   */
  async served(waiting: ServedOptions): Promise<void> {
    const { log, runtime, secretFingerprint } = this.#options;
    const openedWith = () => this.openedWith();
    await untilServed({ log, runtime, secretFingerprint, gateway: this.gateway, openedWith }, waiting);
  }

  /** As requireHeld, with the log of this shard. Whoever finds it lost is the first of many: the others stop too. */
  async requireHeld(known: KnownLog): Promise<void> {
    const { log, codec } = this.#options;
    try {
      await requireHeld(log, codec, known);
    } catch (error) {
      if (error instanceof LogError && error.code === 'lost') this.feed.stop(error);
      throw error;
    }
  }

  /**
   * Nobody waits for an answer any more; rows, a last snapshot and the end of what was owned are written. The log stays
   * open.
   */
  async close(): Promise<void> {
    this.gateway?.close();
    await this.projecting?.close();
    await this.#recovered.close();
  }

  #tellTrouble(): void {
    const { name, feed, processor } = this;
    const { logger } = this.#options;
    const strays = new StrayCount(logger, { shard: name, stream: 'events' });
    feed.subscribe({ stray: (position) => strays.note(position) });
    // A processor says so itself.
    if (processor !== null) return;
    feed.subscribe({ stopped: ({ message: error }) => logger.error({ shard: name, error }, 'the shard is stopped') });
  }
}
