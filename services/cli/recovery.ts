import { join } from 'node:path';
import { type ShardDecider, type ShardState, savedWhole } from '@holdfast/core';
import type { Codec } from '@holdfast/events';
import { GroupFeed, type Logger, type Runtime, type ShardLog } from '@holdfast/log';
import {
  findSnapshot,
  openSnapshotFiles,
  Processor,
  type Snapshot,
  SnapshotTaker,
  type StateForm,
} from '@holdfast/processor';

export interface RecoveryOptions {
  log: ShardLog;
  codec: Codec;
  runtime: Runtime;
  logger: Logger;
  /** Where snapshots are kept, under `snapshots`; null: nowhere. */
  data: string | null;
  secretFingerprint: string;
}

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

/** A feed with a processor on it. */
export async function recoverProcessor(options: RecoveryOptions, decider: ShardDecider): Promise<Recovered> {
  const store = await storeOf(options, 'processor');
  const snapshot = store && (await findSnapshot<ShardState>({ ...options, store, form: decider }));
  const feed = feedFrom(options, snapshot);
  const processor = new Processor({ ...options, feed, decider, snapshot });
  const state = () => processor.state;
  const taker = store && new SnapshotTaker({ ...options, store, form: decider, feed, state });
  return recovered(feed, processor, taker, () => state().secretFingerprint);
}

/** A feed alone, of which only the place in the log is to be found again. */
export async function recoverFeed(options: RecoveryOptions): Promise<Recovered> {
  const store = await storeOf(options, 'api');
  const snapshot = store && (await findSnapshot({ ...options, store, form: secretForm }));
  const feed = feedFrom(options, snapshot);
  let opened = snapshot?.state ?? '';
  feed.subscribe({
    group: ({ events }) => {
      for (const { event } of events) if (event.type === 'engine.ShardOpened') opened = event.secretFingerprint;
    },
  });
  const taker = store && new SnapshotTaker({ ...options, store, form: secretForm, feed, state: () => opened });
  return recovered(feed, null, taker, () => opened);
}

/** An api keeps nothing of the log but the fingerprint of the secret that its shard was opened with. */
const secretForm: StateForm<string> = { savedVersions: { secret: 1 }, ...savedWhole<string>(1) };

async function storeOf({ data, log }: RecoveryOptions, role: string) {
  return data === null ? null : openSnapshotFiles(join(data, 'snapshots'), `${log.shard}.${role}`);
}

function feedFrom({ log, codec }: RecoveryOptions, snapshot: Snapshot<unknown> | null): GroupFeed {
  return new GroupFeed({ log, codec, ...(snapshot === null ? {} : { checkpoint: snapshot.checkpoint }) });
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
