import { randomBytes } from 'node:crypto';
import {
  type ApiSettings,
  apiLimits,
  buildApp,
  buildOpsApp,
  type LevelPort,
  type Readiness,
  type Token,
  Tokens,
} from '@holdfast/api';
import { createDecider } from '@holdfast/core';
import { type Codec, givensOf, newestLevel, type ShardSecret, shardSecret } from '@holdfast/events';
import {
  beginning,
  Conditions,
  type GroupFeed,
  type KnownLog,
  type LogError,
  type Logger,
  lostLog,
  nodeRuntime,
  type Runtime,
  requireHeld,
  type ShardLog,
  StrayCount,
  seldomWarning,
  streamNames,
  unlessLost,
} from '@holdfast/log';
import {
  type AdmissionLimits,
  admissionLimits,
  beginCommandLog,
  checkSecret,
  GatewayError,
  newestBeginning,
  ShardGateway,
} from '@holdfast/processor';
import {
  type Database,
  type FamilyName,
  PostgresReadModel,
  Projections,
  preparePglite,
  RemoteProgress,
} from '@holdfast/projections';
import { adoptBegun, openCodec, placeKnown } from './codec.js';
import { watchDisks } from './disk.js';
import { history } from './history.js';
import { type LogSettings, openLog, shard } from './log.js';
import { NoteKeeper } from './log-note.js';
import { mayDropFor, requireFirstStart, requireNoRows, requireNoted, rowsKnown } from './lost-log.js';
import { createMetrics, type Metrics } from './metrics.js';
import { placeFor } from './place.js';
import { listening, portProblem } from './port.js';
import { Progress } from './progress.js';
import { openReadModel } from './read-model.js';
import { watchReadiness } from './readiness.js';
import { type Recovered, recoverFeed, recoverProcessor } from './recovery.js';
import { hasSecret, loadSecret, secretIn } from './secret.js';
import { showShard } from './shard-metrics.js';
import { trimNowAndThen } from './trim.js';
import { requireFinished } from './unfinished.js';

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
  /** From now on these count, and no others: streams of those that are gone end. Throws where there were none, or are none. */
  replaceTokens(tokens: readonly Token[]): void;
  close(): Promise<void>;
}

/** What a shard is opened with; one that was opened with fewer has all of these too. SPEC rule 1. */
const domains = ['cray/default', 'placement/default'];
/** A read model that is made anew may take this long. */
const readyMsMax = 3_600_000;
/** Warnings of one kind come once in this time. */
const warningsMs = 60_000;
/** Between two looks at whether there is space again, where a start waits for it. */
const retryMs = 1_000;

/** Puts the parts of a process together: log, processor, projector, api, as its roles say. */
export async function startService(
  settings: ServiceSettings,
  given: Logger,
  runtime: Runtime = nodeRuntime,
): Promise<Service> {
  // Before anything is made.
  const problem = await portProblem(settings);
  if (problem !== null) throw new Error(problem);
  if (settings.data !== null) await placeFor(settings.data);
  const logger = seldomWarning(given, runtime, warningsMs);
  // The log first: an embedded one's lock keeps a second process away from everything else in the directory.
  const conditions = new Conditions(logger);
  const placed = { ...settings, apart: true };
  const log = await openLog(placed, runtime, logger, 'create', conditions, () => requireFirstStart(settings, shard));
  try {
    if (settings.postgres === null && readsRows(settings)) preparePglite();
    await requireFinished(settings.data);
    const from = await placeKnown(settings.data, settings.postgres, log.shard);
    const { codec, recorded } = await openCodec(settings, { log, logger, from, say: settings.say });
    await requireNoted(log, codec, settings.data);
    const secret = shardSecret(await secretOf(settings, log));
    return await compose({ settings, logger, runtime, conditions, log, codec, recorded, secret });
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
}

async function compose(foundation: Foundation): Promise<Service> {
  const { settings, log, codec } = foundation;
  const metrics = createMetrics(log.shard);
  const parts = await partsOf(foundation, metrics);
  const startup = new Startup(parts, foundation.runtime, foundation.conditions);
  const tokens = new Tokens(settings.api.tokens);
  const app = await httpApp(foundation, parts, metrics, { tokens, ready: () => startup.ready() });
  const { host, port } = settings;
  const url = await listening({ host, port }, () => app.listen({ port, host, backlog: apiLimits.connectionBacklog }));
  const readiness = watchReadiness({ ...foundation, ...watchedOf(foundation, parts) });
  const away = () => [parts.projections?.status.away ?? null, parts.projections?.audit.away ?? null];
  const cancelDisks = watchDisks({ ...foundation, space: log.space, away });
  let cancelTrim = () => {};
  const { feed } = parts.recovered;
  const { data } = settings;
  // As with snapshots: a projector alone has no place of its own.
  const notes = data === null || !parts.readsFeed ? null : new NoteKeeper({ ...foundation, data, feed });
  const ready = start(foundation, parts, startup).then(() => {
    void notes?.start();
    cancelTrim = trimNowAndThen(log, parts.recovered.feed, foundation.runtime, foundation.logger);
    metrics.countCommands(parts.recovered.feed);
    startup.done();
    readiness.begin();
  });
  const close = async () => {
    cancelTrim();
    readiness.end();
    cancelDisks();
    await app.close();
    parts.gateway?.close();
    await parts.projections?.close();
    await parts.recovered.close();
    await notes?.close();
    await parts.database?.close();
    await log.close();
  };
  return {
    url,
    ready,
    progress: () => startup.progress(),
    history: () => history(log, codec),
    replaceTokens: (given) => tokens.replace(given),
    close,
  };
}

/** What a process is made of, as its roles say; null where it has none. */
interface Parts {
  /** Read by processor and api. */
  recovered: Recovered;
  readsFeed: boolean;
  database: Database | null;
  projections: Projections | null;
  gateway: ShardGateway | null;
  readModel: PostgresReadModel | null;
}

/** Makes the parts; none of them runs yet. */
async function partsOf(foundation: Foundation, metrics: Metrics): Promise<Parts> {
  const { settings, logger, runtime, log, codec, recorded } = foundation;
  const does = (role: ServiceRole) => settings.roles.includes(role);
  const recovered = await recover(foundation, metrics);
  const { feed, processor } = recovered;
  const strays = new StrayCount(logger, { shard: log.shard, stream: 'events' });
  feed.subscribe({ stray: (position) => strays.note(position) });
  // A processor says so itself.
  if (processor === null) {
    feed.subscribe({
      stopped: ({ message }) => logger.error({ shard: log.shard, error: message }, 'the shard is stopped'),
    });
  }
  const database = readsRows(settings)
    ? await openReadModel(settings, logger, mayDropFor(log, codec, settings.data))
    : null;
  if (database !== null) {
    // Whoever wrote rows had read a log that others may have begun since this process looked what its ids mean.
    const known = await rowsKnown(log, database);
    if (known.length > 0 && !recorded) await adoptBegun(log, codec);
    for (const each of known) await requireHeld(log, codec, each);
  }
  // Who finds it lost is the first of many: the others would go on with what is left of it.
  const onLost = (error: LogError) => feed.stop(error);
  const projections = database !== null && does('projector') ? createProjections(foundation, database, onLost) : null;
  const parts = { recovered, readsFeed: does('api') || does('processor'), database, projections };
  if (database === null || !does('api')) return { ...parts, gateway: null, readModel: null };
  const { limits } = settings;
  const gateway = new ShardGateway({ log, feed, codec, runtime, logger, limits, observer: metrics.gateway });
  const held = (known: KnownLog) =>
    requireHeld(log, codec, known).catch((error: LogError) => {
      if (error.code === 'lost') onLost(error);
      throw error;
    });
  const remote = (family: FamilyName) =>
    new RemoteProgress({ database, shard: log.shard, family, runtime, requireHeld: held });
  const { status, audit } = projections ?? { status: remote('status'), audit: remote('audit') };
  return { ...parts, gateway, readModel: new PostgresReadModel({ database, status, audit }) };
}

function readsRows({ roles }: ServiceSettings): boolean {
  return roles.includes('api') || roles.includes('projector');
}

/** Whether a process is ready, and until then how far it has come. */
class Startup {
  #reading: Progress | null = null;
  #waitsFor = 'the log is read: beginning to serve';
  #done = false;

  constructor(
    private readonly parts: Parts,
    private readonly runtime: Runtime,
    private readonly conditions: Conditions,
  ) {}

  begin(head: number): void {
    this.#reading = new Progress(this.#read, head, this.runtime.now());
  }

  /** The log was read; what else is to come. */
  waitFor(what: string): void {
    this.#waitsFor = what;
  }

  done(): void {
    this.#done = true;
  }

  /** Why it is not ready: what has to be seen to, if there is anything, before how far it has come. */
  progress(): string {
    return [...this.conditions.reasons, this.#step].join('; ');
  }

  get #step(): string {
    if (this.#reading === null) return 'opening the log';
    // What came since it began to read is more than it had to read.
    if (this.#read >= this.#reading.of) return this.#waitsFor;
    return `reading the log: ${this.#reading.tell(this.#read, this.runtime.now())}`;
  }

  ready(): Readiness {
    const { recovered, projections } = this.parts;
    const stopped = [recovered.processor, projections, recovered.feed].flatMap((part) => part?.stopped?.message ?? []);
    if (stopped.length > 0) return { ready: false, reasons: [...new Set(stopped)] };
    const reasons = [...this.conditions.reasons, ...(this.#done ? [] : [this.#step])];
    return { ready: reasons.length === 0, reasons };
  }

  /** Position that all who read the log have come to. */
  get #read(): number {
    const { recovered, readsFeed, projections } = this.parts;
    return Math.min(...(readsFeed ? [recovered.feed.position] : []), ...(projections ? [projections.read] : []));
  }
}

interface Served {
  tokens: Tokens;
  ready(): Readiness;
}

function httpApp(foundation: Foundation, parts: Parts, metrics: Metrics, { tokens, ready }: Served) {
  const { settings, runtime, conditions, log, secret } = foundation;
  const { recovered, readsFeed, database, projections, gateway, readModel } = parts;
  const { feed, processor, snapshotAt } = recovered;
  const audit = projections?.audit ?? null;
  const house = database?.house ?? null;
  const shown = { feed: readsFeed ? feed : null, processor, projector: projections, audit, gateway, house, snapshotAt };
  showShard(metrics, { log, runtime, conditions, ...shown });
  const http = {
    ...(settings.httpLog === null ? {} : { logger: settings.httpLog }),
    observer: metrics.api,
    metrics: metrics.page,
    ready,
  };
  if (gateway === null || readModel === null) return buildOpsApp(http);
  const { api, limits } = settings;
  const models = { readModel, audit: readModel, placement: readModel.placement };
  const level = levelOf(foundation, feed);
  return buildApp({ ...http, ...models, gateway, runtime, secret, settings: api, tokens, limits, level });
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
function watchedOf({ settings }: Foundation, parts: Parts) {
  const { recovered, readsFeed, database, projections, gateway, readModel } = parts;
  return {
    use: { streams: readsFeed ? streamNames : (['events'] as const), appends: readsFeed },
    readModel: readModel ?? projections?.status ?? null,
    feed: recovered.feed,
    queueAgeMsMax: settings.limits.queueAgeMsMax,
    ...{ database, gateway },
  };
}

/** Resolves once the process does what its roles say. */
async function start(foundation: Foundation, parts: Parts, startup: Startup): Promise<void> {
  const { runtime, log, codec, recorded, secret } = foundation;
  const { recovered, readsFeed, projections, gateway, readModel } = parts;
  const { feed, processor } = recovered;
  // Who makes no keys has no secret either, and must not begin a log with one.
  if (readsFeed) await begin(foundation);
  else await begunByOthers(foundation);
  if (!recorded) await adoptBegun(log, codec);
  if (readsFeed) feed.start();
  projections?.start();
  const head = await log.head('events');
  startup.begin(head);
  if (processor !== null) await unlessLost(log, { stream: 'events', to: head }, processor.start());
  if (gateway !== null) {
    await feed.readToHead();
    gateway.start();
    startup.waitFor('waiting until a processor decides what this process asks');
    // So that being ready means: what this process asks for is decided, and comes back.
    await firstBarrier(gateway, readyMsMax, runtime);
    checkSecret(recovered.openedWith(), secret.fingerprint, log.shard);
  }
  startup.waitFor('waiting until the read model shows what the log holds');
  const to = await log.head('events');
  const shown = (readModel ?? projections?.status)?.waitFor(to, readyMsMax);
  if (shown !== undefined) await unlessLost(log, { stream: 'events', to }, shown);
}

/** Begins a log that is empty: where nobody knows of a longer one. */
async function begin({ settings, log, codec, runtime, secret }: Foundation): Promise<void> {
  // Events first: they come after the command that begins them.
  const events = await log.head('events');
  if ((await log.head('commands')) > 0) return;
  if (events > 0) {
    const known = { by: 'its events', shard, log: '', read: events, checkpoint: beginning };
    throw lostLog(known, 'the log of commands is empty: what was asked and not decided is gone');
  }
  // Who opens the read model has asked its rows already.
  const { postgres, roles } = settings;
  if (postgres !== null && roles.every((role) => role === 'processor')) await requireNoRows(postgres, shard);
  const identity = { domains, secretFingerprint: secret.fingerprint };
  await beginCommandLog(log, codec, runtime, identity, newestBeginning(codec));
}

/** What the ids of a new log mean, who begins it says in its first command: nothing is read before that is there. */
async function begunByOthers({ log, runtime }: Foundation): Promise<void> {
  while ((await log.head('events')) === 0 && (await log.head('commands')) === 0) {
    await new Promise<void>((resolve) => runtime.after(retryMs, resolve));
  }
}

function recover({ settings, log, codec, runtime, logger, secret }: Foundation, metrics: Metrics): Promise<Recovered> {
  // A projector alone follows no feed: its place is kept with its rows.
  const data = settings.roles.some((role) => role !== 'projector') ? settings.data : null;
  const options = { log, codec, runtime, logger, data, secretFingerprint: secret.fingerprint };
  if (!settings.roles.includes('processor')) return recoverFeed(options);
  return recoverProcessor(options, metrics.timed(createDecider(givensOf(secret))));
}

function createProjections(
  { settings, log, codec, runtime, logger }: Foundation,
  database: Database,
  onLost: (error: LogError) => void,
): Projections {
  // Readers in other processes see only what is written.
  const heldPositionsMax = settings.kafka === null ? {} : { heldPositionsMax: 0 };
  return new Projections({ log, codec, database, runtime, logger, onLost, ...heldPositionsMax });
}

/** Waits until somebody decides, however long the processors take to come. */
async function firstBarrier(gateway: ShardGateway, msMax: number, runtime: Runtime): Promise<void> {
  const deadline = runtime.now() + msMax;
  for (;;) {
    try {
      await gateway.barrier();
      return;
    } catch (error) {
      const full = error instanceof GatewayError && error.code === 'full';
      if (gateway.stopped !== null || (!full && runtime.now() > deadline)) throw error;
      await new Promise<void>((resolve) => runtime.after(retryMs, resolve));
    }
  }
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
