import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { ApiSettings, buildApp, LevelPort, Readiness, Token } from '@holdfast/api';
import { apiLimits } from '@holdfast/api/limits';
import { ModuleSettings } from '@holdfast/api/module-settings';
import { buildProbes, type HttpApp } from '@holdfast/api/ops/probes';
import { Tokens } from '@holdfast/api/tokens';
import { domains, modulesWith } from '@holdfast/core';
import { type Codec, givensOf, newestLevel, type ShardSecret, shardSecret } from '@holdfast/events';
import {
  beginning,
  Conditions,
  type GroupFeed,
  type KnownLog,
  type Logger,
  lostLog,
  nodeRuntime,
  type Runtime,
  type ShardLog,
  seldomWarning,
  silentLogger,
  streamNames,
} from '@holdfast/log';
import { type AdmissionLimits, admissionLimits, newestBeginning, openSnapshotFiles } from '@holdfast/processor';
import { PostgresReadModel, type ProjectionGroupName, preparePglite, RemoteProgress } from '@holdfast/projections';
import {
  type DatabaseRows,
  databaseRows,
  makeShard,
  type Shard,
  type ShardOptions,
  type ShardRole,
  shardName,
} from '@holdfast/shard';
import { pino } from 'pino';
import { openCodec, placeKnown } from './codec.js';
import { watchDisks } from './disk.js';
import { history } from './history.js';
import { type LogSettings, openLog } from './log.js';
import { NoteKeeper } from './log-note.js';
import { mayDropFor, requireFirstStart, requireNoRows, requireNoted, rowsKnown } from './lost-log.js';
import { createMetrics, type Metrics } from './metrics.js';
import { placeFor } from './place.js';
import { listening, portProblem } from './port.js';
import { openReadModel } from './read-model.js';
import { watchReadiness } from './readiness.js';
import { requireSameModules } from './rings.js';
import { hasSecret, loadSecret, secretIn } from './secret.js';
import { showShard } from './shard-metrics.js';
import { Startup } from './startup.js';
import { trimNowAndThen } from './trim.js';
import { requireFinished } from './unfinished.js';

export type ServiceRole = ShardRole;

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
  /** Hears what a start has to say to people, in sentences. Default: nobody does. */
  say?: (sentence: string) => void;
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
  api: { tokens: [] },
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
  /**
   * From now on these count, and no others: streams of those that are gone end. Throws where there were none, or are
   * none.
   */
  replaceTokens(tokens: readonly Token[]): void;
  /** From now on these count for the module. Throws what it throws of them: those from before go on counting then. */
  replaceModuleSettings(name: string, settings: object): void;
  close(): Promise<void>;
}

/** A read model that is made anew may take this long. */
const readyMsMax = 3_600_000;
/** Warnings of one kind come once in this time. */
const warningsMs = 60_000;

/** Puts the parts of a process together: log, processor, projector, api, as its roles say. */
export async function startService(
  settings: ServiceSettings,
  given: Logger,
  runtime: Runtime = nodeRuntime,
): Promise<Service> {
  // Before anything is made.
  requireSameModules();
  const problem = await portProblem(settings);
  if (problem !== null) throw new Error(problem);
  if (settings.data !== null) await placeFor(settings.data);
  // Much is loaded with it, in one go: before there is a shard that would wait for that.
  const buildApp = settings.roles.includes('api') ? (await import('@holdfast/api')).buildApp : null;
  const logger = seldomWarning(given, runtime, warningsMs);
  // The log first: an embedded one's lock keeps a second process away from everything else in the directory.
  const conditions = new Conditions(logger);
  const placed = { ...settings, apart: true };
  const log = await openLog(placed, runtime, logger, 'create', conditions, () =>
    requireFirstStart(settings, shardName),
  );
  try {
    if (settings.postgres === null && readsRows(settings)) preparePglite();
    await requireFinished(settings.data);
    const from = await placeKnown(settings.data, settings.postgres, log.shard);
    const { codec, recorded } = await openCodec(settings, { log, logger, from, say: settings.say });
    await requireNoted(log, codec, settings.data);
    const secret = shardSecret(await secretOf(settings, log));
    return await compose({ settings, logger, runtime, conditions, log, codec, recorded, secret, buildApp });
  } catch (error) {
    await log.close();
    throw error;
  }
}

interface Foundation {
  settings: ServiceSettings;
  logger: Logger;
  runtime: Runtime;
  /** What keeps it from serving at the moment. */
  conditions: Conditions;
  log: ShardLog;
  codec: Codec;
  /** Whether the log had said what ids mean, as this process found it. */
  recorded: boolean;
  secret: ShardSecret;
  /** Null where the api is not served. */
  buildApp: typeof buildApp | null;
}

async function compose(foundation: Foundation): Promise<Service> {
  const { settings, runtime, conditions, logger, log, codec } = foundation;
  const metrics = createMetrics(log.shard);
  const onReading = () => void log.head('events').then(startup.begin, () => {});
  const shard = await makeShard({ ...shardOptions(foundation, metrics), onReading });
  const startup = new Startup(shard, runtime, conditions);
  const readModel = readModelOf(foundation, shard);
  const tokens = new Tokens(settings.api.tokens);
  const moduleSettings = new ModuleSettings(settings.api.modules ?? {});
  const parts = { shard, readModel };
  const app = await httpApp(foundation, parts, metrics, { tokens, moduleSettings, ready: () => startup.ready() });
  const { host, port, data } = settings;
  const url = await listening({ host, port }, () => app.listen({ port, host, backlog: apiLimits.connectionBacklog }));
  const readiness = watchReadiness({ ...foundation, ...watchedOf(foundation, parts) });
  const unavailable = () => [shard.projecting?.status.unavailable ?? null, shard.projecting?.audit.unavailable ?? null];
  const cancelDisks = watchDisks({ ...foundation, space: log.space, unavailable });
  let cancelTrim = () => {};
  const { feed } = shard;
  // As with snapshots: a projector alone has no place of its own.
  const notes = data === null || !shard.readsFeed ? null : new NoteKeeper({ ...foundation, data, feed });
  const ready = start(parts, startup).then(() => {
    void notes?.start();
    cancelTrim = trimNowAndThen(log, feed, runtime, logger);
    metrics.countCommands(feed);
    startup.done();
    readiness.begin();
  });
  const close = async () => {
    cancelTrim();
    readiness.end();
    cancelDisks();
    await app.close();
    await shard.close();
    await notes?.close();
    await shard.rows?.database.close();
    await log.close();
  };
  return {
    url,
    ready,
    progress: () => startup.progress(),
    history: () => history(log, codec),
    replaceTokens: (given) => tokens.replace(given),
    replaceModuleSettings: (name, given) => moduleSettings.replace(name, given),
    close,
  };
}

/** What a process has of its shard. */
interface Parts {
  shard: Shard<DatabaseRows>;
  /** Null where it takes no requests. */
  readModel: PostgresReadModel | null;
}

function shardOptions(foundation: Foundation, metrics: Metrics): ShardOptions<DatabaseRows> {
  const { settings, secret, ...given } = foundation;
  const { roles, data, limits } = settings;
  return {
    ...given,
    ...{ roles, limits, domains, modules: modulesWith(givensOf(secret)), secretFingerprint: secret.fingerprint },
    snapshots: data === null ? null : (whose) => openSnapshotFiles(join(data, 'snapshots'), whose),
    rows: readsRows(settings) ? () => openRows(foundation) : null,
    observed: { decider: metrics.timed, gateway: metrics.gateway },
    mayBegin: () => mayBegin(foundation),
  };
}

async function openRows({ settings, logger, log, codec }: Foundation): Promise<DatabaseRows> {
  const database = await openReadModel(settings, logger, mayDropFor(log, codec, settings.data));
  // Readers in other processes see only what is written.
  const held = settings.kafka === null ? {} : { heldPositionsMax: 0 };
  return databaseRows(database, { known: () => rowsKnown(log, database), ...held });
}

function readsRows({ roles }: ServiceSettings): boolean {
  return roles.includes('api') || roles.includes('projector');
}

/** Rows that are kept in step in another process say in the database how far they have come. */
function readModelOf({ settings, log, runtime }: Foundation, shard: Shard<DatabaseRows>): PostgresReadModel | null {
  const database = shard.rows?.database;
  if (database === undefined || !settings.roles.includes('api')) return null;
  const requireHeld = (known: KnownLog) => shard.requireHeld(known);
  const remote = (projectionGroup: ProjectionGroupName) =>
    new RemoteProgress({ database, shard: log.shard, projectionGroup, runtime, requireHeld });
  const { status, audit } = shard.projecting ?? { status: remote('status'), audit: remote('audit') };
  return new PostgresReadModel({ database, status, audit });
}

interface StartedServer {
  tokens: Tokens;
  moduleSettings: ModuleSettings;
  ready(): Readiness;
}

async function httpApp(
  foundation: Foundation,
  { shard, readModel }: Parts,
  metrics: Metrics,
  { ready, ...replaced }: StartedServer,
): Promise<HttpApp> {
  const { settings, runtime, conditions, log, secret, buildApp } = foundation;
  const { processor, gateway, projecting } = shard;
  const feed = shard.readsFeed ? shard.feed : null;
  const [projector, audit, house] = [projecting, projecting?.audit ?? null, shard.rows?.database.house ?? null];
  const shown = { feed, processor, projector, audit, gateway, house, snapshotAt: () => shard.snapshotAt() };
  showShard(metrics, { log, runtime, conditions, ...shown });
  const { api, limits, httpLog } = settings;
  const http = { observer: metrics.api, metrics: metrics.page, ready, limits };
  if (buildApp === null || gateway === null || readModel === null) {
    return buildProbes({
      ...http,
      logger: httpLog === null ? silentLogger : pino({ level: httpLog.level }, httpLog.stream),
    });
  }
  const logged = httpLog === null ? {} : { logger: httpLog };
  const models = { readModel, audit: readModel };
  const level = levelOf(foundation, shard.feed);
  return buildApp({ ...http, ...logged, ...models, gateway, runtime, secret, settings: api, ...replaced, level });
}

/** The log's level, and how to ask for the newest. SPEC rule 13. */
function levelOf({ log, codec }: Foundation, { reader }: GroupFeed): LevelPort {
  return {
    now: () => reader.form.level,
    newest: newestLevel,
    raising: () => ({ type: 'engine.LevelRaiseRequested', ...newestBeginning(codec) }),
    key: log.shard,
  };
}

/** What each role needs: a processor no database, a projector nobody who decides. */
function watchedOf({ settings }: Foundation, { shard, readModel }: Parts) {
  const { feed, readsFeed, projecting, gateway, rows } = shard;
  return {
    use: { streams: readsFeed ? streamNames : (['events'] as const), appends: readsFeed },
    readModel: readModel ?? projecting?.status ?? null,
    feed,
    queueAgeMsMax: settings.limits.queueAgeMsMax,
    ...{ database: rows?.database ?? null, gateway },
  };
}

/** Resolves once the process does what its roles say. */
async function start({ shard, readModel }: Parts, startup: Startup): Promise<void> {
  await shard.run();
  const shown = readModel ?? shard.projecting?.status ?? null;
  await shard.served({ readModel: shown, msMax: readyMsMax, onStep: (what) => startup.waitFor(what) });
}

/** Throws LogError `lost` where somebody knows of a longer log than one that is empty. */
async function mayBegin({ settings, log }: Foundation): Promise<void> {
  const events = await log.head('events');
  // They come after the command that begins them, and another process may just have appended that.
  if (events > 0 && (await log.head('commands')) === 0) {
    const known = { by: 'its events', shard: log.shard, log: '', read: events, checkpoint: beginning };
    throw lostLog(known, 'the log of commands is empty: what was asked and not decided is gone');
  }
  // Who opens the read model has asked its rows already.
  const { postgres, roles } = settings;
  if (postgres !== null && roles.every((role) => role === 'processor')) await requireNoRows(postgres, log.shard);
}

/** Throws where it is gone: one that is made is for a log that is new. */
async function secretOf({ data, secretFile, roles }: ServiceSettings, log: ShardLog): Promise<Buffer> {
  if (secretFile !== null) return loadSecret('.', secretFile);
  if (data === null) return randomBytes(32);
  if (!hasSecret(data) && (await log.head('events')) > 0) {
    // Who only projects makes no keys.
    if (roles.every((role) => role === 'projector')) return randomBytes(32);
    throw new Error(
      `${secretIn(data)} is not there, and the log was begun with a secret: put it there, or name its file with --secret-file`,
    );
  }
  return loadSecret(data, null);
}
