import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import {
  type ApiSettings,
  apiLimits,
  buildApp,
  buildOpsApp,
  type Readiness,
  type ReservationKeys,
  reservationKeys,
} from '@holdfast/api';
import { createShardDecider } from '@holdfast/core';
import { createCrayDecider } from '@holdfast/core/cray/index';
import type { Codec } from '@holdfast/events';
import { type Logger, nodeRuntime, type Runtime, type ShardLog } from '@holdfast/log';
import { type AdmissionLimits, admissionLimits, beginCommandLog, checkSecret, ShardGateway } from '@holdfast/processor';
import {
  type Database,
  type FamilyName,
  openPglite,
  openPostgres,
  PostgresReadModel,
  Projections,
  RemoteProgress,
} from '@holdfast/projections';
import { history } from './history.js';
import { type LogSettings, openCodec, openLog } from './log.js';
import { createMetrics, type Metrics } from './metrics.js';
import { Progress } from './progress.js';
import { type Recovered, recoverFeed, recoverProcessor } from './recovery.js';
import { loadSecret } from './secret.js';
import { showShard } from './shard-metrics.js';
import { trimNowAndThen } from './trim.js';

export type ServiceRole = 'api' | 'processor' | 'projector';

/** What `holdfast serve` needs to know. */
export interface ServiceSettings extends LogSettings {
  port: number;
  host: string;
  /** What this process does. All of it, unless the log is shared. */
  roles: readonly ServiceRole[];
  /** URL of a Postgres server, or null for the embedded one. */
  postgres: string | null;
  /** File with the key secret, or null for the one in the data directory. */
  secretFile: string | null;
  api: ApiSettings;
  /** What is admitted under load. */
  limits: AdmissionLimits;
  /** Level and place of the HTTP log; null: none. */
  httpLog: { level: string; stream: { write(line: string): void } } | null;
}

/** Everything in one process and in memory, on a free port of loopback: for the demo and for tests. */
export const memorySettings: ServiceSettings = {
  port: 0,
  host: '127.0.0.1',
  data: null,
  kafka: null,
  roles: ['api', 'processor', 'projector'],
  postgres: null,
  secretFile: null,
  api: { tokens: [], roles: [], subRoles: [] },
  limits: admissionLimits,
  httpLog: null,
};

export interface Service {
  /** Where it listens, e.g. `http://127.0.0.1:28800`. */
  url: string;
  /** Resolves once this process does what its roles say; rejects when the shard cannot be served. */
  ready: Promise<void>;
  /** What it does until it is ready, in words. */
  progress(): string;
  /** What the log holds, in words. */
  history(): Promise<string[]>;
  close(): Promise<void>;
}

const domains = ['cray/default'];
/** A read model that is made anew may take this long. */
const readyMsMax = 3_600_000;

/** Puts the parts of a process together: log, processor, projector, api, as its roles say. */
export async function startService(
  settings: ServiceSettings,
  logger: Logger,
  runtime: Runtime = nodeRuntime,
): Promise<Service> {
  // The log first: an embedded one's lock keeps a second process away from everything else in the directory.
  const log = await openLog(settings, runtime, logger);
  try {
    const codec = await openCodec(settings);
    const keys = reservationKeys(await secretOf(settings));
    return await compose({ settings, logger, runtime, log, codec, keys });
  } catch (error) {
    await log.close();
    throw error;
  }
}

interface Foundation {
  settings: ServiceSettings;
  logger: Logger;
  runtime: Runtime;
  log: ShardLog;
  codec: Codec;
  keys: ReservationKeys;
}

async function compose(foundation: Foundation): Promise<Service> {
  const { settings, logger, runtime, log, codec, keys } = foundation;
  const does = (role: ServiceRole) => settings.roles.includes(role);
  const metrics = createMetrics(log.shard);
  const recovered = await recover(foundation, metrics);
  const { feed, processor } = recovered;
  const database = does('api') || does('projector') ? await openDatabase(settings, logger) : null;
  const projections = database !== null && does('projector') ? createProjections(foundation, database) : null;

  const readers = [...(does('api') || does('processor') ? [feed] : []), ...(projections === null ? [] : [projections])];
  const read = () => Math.min(...readers.map((reader) => ('position' in reader ? reader.position : reader.read)));
  let reading: Progress | null = null;
  let serving = false;
  const progress = () =>
    reading === null ? 'opening the log' : `reading the log: ${reading.tell(read(), runtime.now())}`;
  const ready = (): Readiness => {
    const stopped = [processor, projections, feed].flatMap((part) => part?.stopped?.message ?? []);
    if (stopped.length > 0) return { ready: false, reasons: [...new Set(stopped)] };
    return serving ? { ready: true, reasons: [] } : { ready: false, reasons: [progress()] };
  };
  const http = {
    ...(settings.httpLog === null ? {} : { logger: settings.httpLog }),
    observer: metrics.api,
    metrics: metrics.page,
  };
  let gateway: ShardGateway | null = null;
  let readModel: PostgresReadModel | null = null;
  if (database !== null && does('api')) {
    const { limits } = settings;
    gateway = new ShardGateway({ log, feed, codec, runtime, logger, limits, observer: metrics.gateway });
    const remote = (family: FamilyName) => new RemoteProgress({ database, shard: log.shard, family, runtime });
    const { status, audit } = projections ?? { status: remote('status'), audit: remote('audit') };
    readModel = new PostgresReadModel({ database, status, audit });
  }
  const app =
    gateway !== null && readModel !== null
      ? await buildApp({
          gateway,
          readModel,
          audit: readModel,
          runtime,
          keys,
          settings: settings.api,
          limits: settings.limits,
          ready,
          ...http,
        })
      : await buildOpsApp({ ready, ...http });
  const reads = does('api') || does('processor');
  showShard(metrics, {
    log,
    runtime,
    feed: reads ? feed : null,
    processor,
    projector: projections,
    gateway,
    snapshotAt: recovered.snapshotAt,
  });
  const url = await app.listen({ port: settings.port, host: settings.host, backlog: apiLimits.connectionBacklog });

  let cancelTrim = () => {};
  // A processor says so itself.
  if (processor === null) {
    feed.subscribe({
      stopped: ({ message }) => logger.error({ shard: log.shard, error: message }, 'the shard is stopped'),
    });
  }
  const start = async () => {
    // Who makes no keys has no secret either, and must not begin a log with one.
    if (does('api') || does('processor')) {
      await beginCommandLog(log, codec, runtime, { domains, secretFingerprint: keys.fingerprint });
      feed.start();
    }
    projections?.start();
    reading = new Progress(read(), await log.head('events'), runtime.now());
    await processor?.start();
    if (gateway !== null) {
      await feed.caughtUpWith(await log.head('events'));
      gateway.start();
      // So that being ready means: what this process asks for is decided, and comes back.
      await firstBarrier(gateway, readyMsMax, runtime);
      checkSecret(recovered.openedWith(), keys.fingerprint, log.shard);
    }
    await (readModel ?? projections?.status)?.waitFor(await log.head('events'), readyMsMax);
    cancelTrim = trimNowAndThen(log, feed, runtime, logger);
    metrics.countCommands(feed);
    serving = true;
  };
  const close = async () => {
    cancelTrim();
    await app.close();
    gateway?.close();
    await projections?.close();
    await recovered.close();
    await database?.close();
    await log.close();
  };
  return { url, ready: start(), progress, history: () => history(log, codec), close };
}

function recover({ settings, log, codec, runtime, logger, keys }: Foundation, metrics: Metrics): Promise<Recovered> {
  // A projector alone follows no feed: its place is kept with its rows.
  const data = settings.roles.some((role) => role !== 'projector') ? settings.data : null;
  const options = { log, codec, runtime, logger, data, secretFingerprint: keys.fingerprint };
  if (!settings.roles.includes('processor')) return recoverFeed(options);
  const decider = createShardDecider({ cray: createCrayDecider({ keyHashes: keys.hashes }) });
  return recoverProcessor(options, metrics.timed(decider));
}

function createProjections({ settings, log, codec, runtime, logger }: Foundation, database: Database): Projections {
  // Readers in other processes see only what is written.
  const heldPositionsMax = settings.kafka === null ? {} : { heldPositionsMax: 0 };
  return new Projections({ log, codec, database, runtime, logger, ...heldPositionsMax });
}

/** Waits until somebody decides, however long the processors take to come. */
async function firstBarrier(gateway: ShardGateway, msMax: number, runtime: Runtime): Promise<void> {
  const deadline = runtime.now() + msMax;
  for (;;) {
    try {
      return await gateway.barrier();
    } catch (error) {
      if (gateway.stopped !== null || runtime.now() > deadline) throw error;
    }
  }
}

async function secretOf({ data, secretFile }: ServiceSettings): Promise<Buffer> {
  if (data === null && secretFile === null) return randomBytes(32);
  return loadSecret(data ?? '.', secretFile);
}

function openDatabase({ data, postgres }: ServiceSettings, logger: Logger): Promise<Database> {
  if (postgres !== null) return openPostgres(postgres, logger);
  return openPglite(data === null ? 'memory' : join(data, 'read-model'), logger);
}
