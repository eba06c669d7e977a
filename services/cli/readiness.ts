import type { Conditions, GroupFeed, Logger, LogWatcher, Runtime, ShardLog } from '@holdfast/log';
import type { ShardGateway } from '@holdfast/processor';
import type { Database } from '@holdfast/projections';

/** What of a process is watched; null where its role has none. */
export interface WatchedProcess {
  log: Pick<ShardLog, 'head' | 'watch'>;
  conditions: Conditions;
  runtime: Pick<Runtime, 'now' | 'after'>;
  logger: Logger;
  /** What of the log it uses. */
  use: Pick<LogWatcher, 'streams' | 'appends'>;
  database: Pick<Database, 'ping' | 'interrupt'> | null;
  /** What reads wait for. */
  readModel: { waitFor(position: number, timeoutMs?: number): Promise<void> } | null;
  gateway: Pick<ShardGateway, 'oldestMs' | 'barrier' | 'setGone'> | null;
  feed: Pick<GroupFeed, 'subscribe' | 'reader'>;
  /** The age of an undecided request past which no more are admitted. */
  queueAgeMsMax: number;
}

export const readinessLimits = {
  /** Pause between two looks. */
  lookMs: 1_000,
  /** Postgres has so long to answer; twice in a row counts. */
  pingMs: 1_500,
  /** From so many pings on that were not answered, what is under way is failed. */
  pingsUntilInterrupt: 3,
  /** The read model has so long to show what the log held: reads wait for 2 s. */
  lagMs: 4_000,
  /** Nobody owned the shard for so long after its owner had ended. */
  ownerlessMs: 5_000,
  /**
   * Whether somebody decides is tried again after so long, then twice as long, up to the last: each try leaves an
   * event.
   */
  tryMsMin: 2_000,
  tryMsMax: 60_000,
} as const;

/**
 * Watches what a process needs for its requests, from the moment that it is ready on, and says so in the conditions.
 * The result ends that. The log, which a start waits for too, is watched from now on.
 */
export function watchReadiness(watched: WatchedProcess): { begin(): void; end(): void } {
  const { log, conditions, use, gateway } = watched;
  const set = conditions.set.bind(conditions);
  let ended = false;
  const ends = [log.watch?.({ ...use, set, gone: (reason) => gateway?.setGone(reason) }) ?? (() => {})];
  return {
    begin: () => {
      if (!ended) ends.push(watchPostgres(watched), watchLag(watched), watchDecisions(watched));
    },
    end: () => {
      ended = true;
      for (const end of ends) end();
    },
  };
}

/** Calls again and again, `ms` after it is done. What it throws is told. */
function repeatedly(
  { runtime, logger }: Pick<WatchedProcess, 'runtime' | 'logger'>,
  work: () => Promise<void>,
): () => void {
  let ended = false;
  let cancel = () => {};
  const again = () => {
    cancel = runtime.after(readinessLimits.lookMs, async () => {
      await work().catch((error: unknown) =>
        logger.error({ error: String(error) }, 'what requests need was not watched'),
      );
      if (!ended) again();
    });
  };
  again();
  return () => {
    ended = true;
    cancel();
  };
}

function watchPostgres(watched: WatchedProcess): () => void {
  const { database, conditions } = watched;
  if (database?.ping === undefined) return () => {};
  let failures = 0;
  return repeatedly(watched, async () => {
    try {
      await database.ping!(readinessLimits.pingMs);
      failures = 0;
      conditions.set('postgres', null);
    } catch (error) {
      failures++;
      if (failures >= readinessLimits.pingsUntilInterrupt) database.interrupt?.();
      const why = (error as Error).message;
      if (failures > 1) {
        conditions.set(
          'postgres',
          `the Postgres server does not answer (${why}): start it, or see why it hangs; reads are not answered meanwhile`,
        );
      }
    }
  });
}

function watchLag(watched: WatchedProcess): () => void {
  const { log, readModel, conditions } = watched;
  if (readModel === null) return () => {};
  return repeatedly(watched, async () => {
    // A log or a database that is unavailable says so itself.
    const head = await log.head('events').catch(() => null);
    if (head === null || conditions.get('postgres') !== null) return;
    const shown = await readModel.waitFor(head, readinessLimits.lagMs).then(
      () => true,
      () => false,
    );
    const reason = `the read model does not show what the log has held for ${readinessLimits.lagMs / 1_000} s: see whether a projector runs, and keeps up`;
    conditions.set('lag', shown ? null : reason);
  });
}

/** Whether somebody decides. A shard without requests shows that nobody does only where its owner said that it ends. */
function watchDecisions(watched: WatchedProcess): () => void {
  const { gateway, feed, conditions, runtime, queueAgeMsMax } = watched;
  if (gateway === null) return () => {};
  const part = 'decisions';
  let seenAt = runtime.now();
  let endedAt: number | null = null;
  let tryMs: number = readinessLimits.tryMsMin;
  let tryAt = 0;
  const seen = () => {
    seenAt = runtime.now();
  };
  const unsubscribe = feed.subscribe({ group: seen, epoch: seen });
  const reason = (now: number) => {
    const waitedMs = Math.min(gateway.oldestMs, now - seenAt);
    if (waitedMs > queueAgeMsMax)
      return `for ${Math.round(waitedMs / 1_000)} s a request has waited and nothing was decided`;
    if (endedAt === null || now - endedAt <= readinessLimits.ownerlessMs) return null;
    return 'the last owner of the shard has ended, and nobody followed';
  };
  const end = repeatedly(watched, async () => {
    const now = runtime.now();
    endedAt = feed.reader.ended ? (endedAt ?? now) : null;
    const why = reason(now);
    const told = conditions.get(part) !== null;
    if (why !== null) {
      if (!told) [tryMs, tryAt] = [readinessLimits.tryMsMin, now];
      conditions.set(part, `${why}: start a processor, or see why none owns the shard`);
    } else if (seenAt >= tryAt) conditions.set(part, null);
    // What waited was given up, which says nothing of who decides.
    else if (now >= tryAt + tryMs) {
      [tryMs, tryAt] = [Math.min(tryMs * 2, readinessLimits.tryMsMax), now];
      await gateway.barrier().catch(() => {});
    }
  });
  return () => {
    end();
    unsubscribe();
  };
}
