import { leasesOf } from '@holdfast/core';
import type { Conditions, GroupFeed, Runtime, ShardLog } from '@holdfast/log';
import type { Processor, ShardGateway } from '@holdfast/processor';
import type { House, Projector } from '@holdfast/projections';
import { Counter, Gauge } from 'prom-client';
import type { Metrics } from './metrics.js';
import { cliModules } from './modules.js';

/** The parts of one shard in this process; null where its role has none. */
export interface ShardParts {
  log: Pick<ShardLog, 'shard' | 'head' | 'space'>;
  runtime: Pick<Runtime, 'now' | 'after'>;
  conditions: Pick<Conditions, 'parts'>;
  feed: Pick<GroupFeed, 'position' | 'stopped' | 'reader'> | null;
  processor: Pick<Processor, 'role' | 'stopped' | 'state' | 'strays'> | null;
  /** Of the status projection group, which reads wait for. */
  projector: Pick<Projector, 'read' | 'stopped'> | null;
  /** Of the audit projection group. */
  audit: Pick<Projector, 'read'> | null;
  gateway: Pick<ShardGateway, 'inFlight' | 'oldestMs'> | null;
  /** What keeps the read model in order. */
  house: { readonly done: House } | null;
  /** When the last snapshot was taken, in milliseconds since 1970; null: there is none. */
  snapshotAt(): number | null;
}

/** A look-up of the log's head for a scrape ends after this. */
const headMs = 500;
/** Heads that are remembered until they are projected. */
const headsMax = 1_000;
const roles = ['starting', 'standby', 'claiming', 'owner', 'stopped'] as const;

/** Shows what the parts of a shard say of themselves. They are asked when somebody looks, not before. */
export function showShard(metrics: Metrics, parts: ShardParts): void {
  const { log, runtime, conditions, feed, processor, projector, audit, gateway } = parts;
  const { shard } = log;
  const headOf = headLookup(log, runtime);
  const projected = projectedAge(runtime);
  const gauges = gaugesIn(metrics);

  metrics.beforeShown(async () => {
    const head = feed === null && projector === null ? null : await headOf();
    // What cannot be known is not shown: an old value would look like a new one.
    for (const gauge of Object.values(gauges)) gauge.reset();
    for (const part of conditions.parts) gauges.notReady.set({ shard, part }, 1);
    const stopped = { feed, processor, projector };
    for (const [part, one] of Object.entries(stopped)) {
      if (one !== null) gauges.stopped.set({ shard, part }, one.stopped === null ? 0 : 1);
    }
    const positions = { feed: feed?.position, projector: projector?.read, audit: audit?.read };
    for (const [reader, position] of Object.entries(positions)) {
      if (position !== undefined && head !== null) gauges.lag.set({ shard, reader }, Math.max(0, head - position));
    }
    if (projector !== null) gauges.watermarkAge.set({ shard }, projected(head, projector.read));
    if (feed !== null) {
      gauges.epoch.set({ shard }, feed.reader.epoch);
      gauges.duplicates.inc({ shard }, feed.reader.duplicates);
      gauges.voided.inc({ shard }, feed.reader.voided);
      gauges.strays.inc({ shard, stream: 'events' }, feed.reader.strays);
    }
    if (processor !== null) {
      gauges.strays.inc({ shard, stream: 'commands' }, processor.strays);
      for (const role of roles) gauges.role.set({ shard, role }, processor.role === role ? 1 : 0);
      for (const [module, count] of leasesOf(processor.state)) gauges.leases.set({ shard, module }, count);
    }
    if (gateway !== null) {
      gauges.inFlight.set({ shard }, gateway.inFlight);
      gauges.oldest.set({ shard }, gateway.oldestMs / 1_000);
    }
    if (log.space !== undefined) {
      gauges.diskFree.set({ shard }, log.space.freeBytes);
      gauges.diskReserve.set({ shard }, log.space.reserveBytes);
    }
    if (parts.house !== null) showHouse(gauges, { shard, now: runtime.now() }, parts.house.done);
    const snapshotAt = parts.snapshotAt();
    if (snapshotAt !== null) gauges.snapshotAge.set({ shard }, (runtime.now() - snapshotAt) / 1_000);
  });
}

function showHouse(gauges: Gauges, { shard, now }: { shard: string; now: number }, done: House): void {
  const { walBytes, checkpointAt, analyzedAt, vacuumedAt } = done;
  if (checkpointAt !== null) {
    gauges.wal.set({ shard }, walBytes);
    gauges.checkpointAge.set({ shard }, (now - checkpointAt) / 1_000);
  }
  if (analyzedAt !== null) gauges.analyzeAge.set({ shard }, (now - analyzedAt) / 1_000);
  if (vacuumedAt !== null) gauges.vacuumAge.set({ shard }, (now - vacuumedAt) / 1_000);
}

type Gauges = ReturnType<typeof gaugesIn>;

function gaugesIn({ registry }: Metrics) {
  const kept = { registers: [registry] };
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name, help, labelNames: ['shard', ...labelNames], ...kept });
  const counter = (name: string, help: string, ...labelNames: string[]) =>
    new Counter({ name, help, labelNames: ['shard', ...labelNames], ...kept });
  return {
    inFlight: gauge('holdfast_in_flight_requests', 'Requests of this process that are not decided'),
    oldest: gauge('holdfast_oldest_request_age_seconds', 'For how long the oldest of them has waited'),
    lag: gauge('holdfast_reader_lag_records', 'Records of the log that a reader has yet to read', 'reader'),
    watermarkAge: gauge('holdfast_watermark_age_seconds', 'For how long the read model has lacked what the log held'),
    epoch: gauge('holdfast_shard_epoch', 'Epoch that the log is in'),
    role: gauge('holdfast_shard_role', '1 for the role that this processor has, 0 for the others', 'role'),
    stopped: gauge('holdfast_shard_stopped', '1 where a part has stopped for good', 'part'),
    notReady: gauge('holdfast_not_ready', '1 for each part that keeps the process from serving at the moment', 'part'),
    duplicates: counter('holdfast_duplicate_events_total', 'Events dropped because they had been read before'),
    voided: counter('holdfast_void_events_total', 'Events dropped because their writer did not own the shard'),
    strays: counter(
      'holdfast_stray_records_total',
      'Records passed over because no process of this service wrote them',
      'stream',
    ),
    leases: gauge(
      'holdfast_leases',
      `Holds that are to be renewed or given back: ${cliModules.map(({ holds }) => holds).join(', ')}`,
      'module',
    ),
    diskFree: gauge('holdfast_disk_free_bytes', "Free on the file system of the log's directory"),
    diskReserve: gauge('holdfast_disk_reserve_bytes', "Left of the reserve in the log's file"),
    wal: gauge(
      'holdfast_read_model_wal_bytes',
      'What a start after a kill would read again in the embedded read model',
    ),
    checkpointAge: gauge('holdfast_read_model_checkpoint_age_seconds', 'Time since its last checkpoint'),
    analyzeAge: gauge(
      'holdfast_read_model_analyze_age_seconds',
      'Time since a table of it was last analyzed from here',
    ),
    vacuumAge: gauge('holdfast_read_model_vacuum_age_seconds', 'Time since a table of it was last vacuumed from here'),
    snapshotAge: gauge('holdfast_snapshot_age_seconds', 'Time since the last snapshot'),
  };
}

/** The head, or null where the log does not say in time. One look-up at a time. */
function headLookup(log: ShardParts['log'], { after }: ShardParts['runtime']): () => Promise<number | null> {
  let asked: Promise<number | null> | null = null;
  const ask = () => {
    asked ??= log
      .head('events')
      .catch(() => null)
      .finally(() => {
        asked = null;
      });
    return asked;
  };
  return () =>
    new Promise((resolve) => {
      const cancel = after(headMs, () => resolve(null));
      void ask().then(resolve).finally(cancel);
    });
}

/** For how long the oldest head that was seen has not been projected, in seconds: 0 where none is outstanding. */
function projectedAge({ now }: ShardParts['runtime']): (head: number | null, read: number) => number {
  let seen: { head: number; at: number }[] = [];
  return (head, read) => {
    if (head !== null && seen.length < headsMax) seen.push({ head, at: now() });
    seen = seen.filter((one) => one.head > read);
    return seen[0] === undefined ? 0 : (now() - seen[0].at) / 1_000;
  };
}
