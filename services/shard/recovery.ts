import { type ShardDecider, type ShardState, wholeSnapshot } from '@holdfast/core';
import { GroupFeed } from '@holdfast/log';
import {
  findSnapshot,
  Processor,
  type Snapshot,
  type SnapshotStore,
  SnapshotTaker,
  type SnapshotTakerOptions,
  type StateForm,
} from '@holdfast/processor';
import { given } from './given.js';
import type { ShardOptions } from './options.js';
import { readsFeed } from './roles.js';

/** What reads the log in this process, from where an earlier one left off. */
export interface Recovered {
  feed: GroupFeed;
  processor: Processor | null;
  /** The fingerprint that the shard was opened with; empty before that was read. */
  openedWith(): string;
  /** When the last snapshot was taken, in milliseconds since 1970, or null. */
  snapshotAt(): number | null;
  close(): Promise<void>;
}

/** A process that decides keeps the state, one that only asks for decisions its place in the log. */
const keepers = ['processor', 'api'] as const;
type Keeper = (typeof keepers)[number];

/** Whose snapshots of a shard there may be: what the names of their files begin with. */
export function snapshotsOf(shard: string): string[] {
  return keepers.map((keeper) => keptAs(shard, keeper));
}

function keptAs(shard: string, keeper: Keeper): string {
  return `${shard}.${keeper}`;
}

/** A feed with a processor on it. */
export async function recoverProcessor(options: ShardOptions, decider: ShardDecider): Promise<Recovered> {
  const { log, codec, runtime, logger, secretFingerprint, pace: { turn, deciding } = {} } = options;
  const store = await storeOf(options, 'processor');
  const snapshot = store && (await findSnapshot<ShardState>({ log, codec, logger, store, form: decider }));
  const feed = feedFrom(options, snapshot);
  const common = { log, codec, runtime, logger, secretFingerprint, ...given({ turn }), ...deciding };
  const processor = new Processor({ ...common, feed, decider, snapshot });
  const taker = store && takerOf(options, { store, form: decider, feed, fold: () => processor.fold() });
  return recovered(feed, processor, taker, () => processor.state.secretFingerprint);
}

/** A feed alone, of which only the place in the log is to be found again. */
export async function recoverFeed(options: ShardOptions): Promise<Recovered> {
  const { log, codec, logger } = options;
  const store = await storeOf(options, 'api');
  const snapshot = store && (await findSnapshot({ log, codec, logger, store, form: secretForm }));
  const feed = feedFrom(options, snapshot);
  let opened = snapshot?.state ?? '';
  feed.subscribe({
    group: ({ events }) => {
      for (const { event } of events) if (event.type === 'engine.ShardOpened') opened = event.secretFingerprint;
    },
  });
  const fold = () => ({ checkpoint: feed.reader.checkpoint(), state: opened });
  const taker = store && takerOf(options, { store, form: secretForm, feed, fold });
  return recovered(feed, null, taker, () => opened);
}

/** An api keeps nothing of the log but the fingerprint of the secret that its shard was opened with. */
const secretForm: StateForm<string> = { snapshotVersions: { secret: 1 }, ...wholeSnapshot<string>(1) };

/** Null also for a projector alone: its place in the log is kept with its rows. */
async function storeOf({ snapshots, log, roles }: ShardOptions, keeper: Keeper): Promise<SnapshotStore | null> {
  return snapshots === null || !readsFeed(roles) ? null : snapshots(keptAs(log.shard, keeper));
}

function feedFrom({ log, codec, pace }: ShardOptions, snapshot: Snapshot<unknown> | null): GroupFeed {
  const checkpoint = snapshot === null ? {} : { checkpoint: snapshot.checkpoint };
  return new GroupFeed({ log, codec, ...given({ turn: pace?.turn }), ...checkpoint });
}

type Taken<State> = Pick<SnapshotTakerOptions<State>, 'store' | 'form' | 'feed' | 'fold'>;

function takerOf<State>({ log, runtime, logger, pace = {} }: ShardOptions, taken: Taken<State>): SnapshotTaker<State> {
  const { turn, snapshotEvents: every } = pace;
  return new SnapshotTaker({ log, runtime, logger, ...given({ turn, every }), ...taken });
}

function recovered<State>(
  feed: GroupFeed,
  processor: Processor | null,
  taker: SnapshotTaker<State> | null,
  openedWith: () => string,
): Recovered {
  return {
    feed,
    processor,
    openedWith,
    snapshotAt: () => taker?.lastAt ?? null,
    async close() {
      await processor?.close();
      await taker?.close();
      await feed.close();
    },
  };
}
