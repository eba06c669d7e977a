import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ApiSettings, buildApp, reservationKeys } from '@holdfast/api';
import { createShardDecider } from '@holdfast/core';
import { createCrayDecider } from '@holdfast/core/cray/index';
import { localCodec } from '@holdfast/events';
import { GroupFeed, type Logger, MemoryLog, nodeRuntime, type Runtime, type ShardLog } from '@holdfast/log';
import { openLmdbLog } from '@holdfast/log-lmdb';
import { beginCommandLog, Processor, ShardGateway } from '@holdfast/processor';
import {
  type Database,
  openPglite,
  openPostgres,
  PostgresReadModel,
  PostgresStore,
  Projector,
} from '@holdfast/projections';
import { history } from './history.js';
import { loadSecret } from './secret.js';

/** What `holdfast serve` needs to know. */
export interface ServiceSettings {
  port: number;
  host: string;
  /** A directory, or null to keep everything in memory. */
  data: string | null;
  /** URL of a Postgres server, or null for the embedded one. */
  postgres: string | null;
  /** File with the key secret, or null for the one in the data directory. */
  secretFile: string | null;
  api: ApiSettings;
}

export interface Service {
  /** Where it listens, e.g. `http://127.0.0.1:28800`. */
  url: string;
  /** Resolves once requests are decided and reads answered; rejects when the shard cannot be served. */
  ready: Promise<void>;
  /** What the log holds, in words. */
  history(): Promise<string[]>;
  close(): Promise<void>;
}

const shard = 'shard-0';
const domains = ['cray/default'];

/** Puts the whole service together in one process: log, processor, projector, api. */
export async function startService(
  settings: ServiceSettings,
  logger: Logger,
  runtime: Runtime = nodeRuntime,
): Promise<Service> {
  const { data } = settings;
  if (data !== null) await mkdir(data, { recursive: true });
  // The log first: its lock keeps a second process away from everything else in the directory.
  const log: ShardLog =
    data === null
      ? new MemoryLog({ shard, runtime, exclusive: true })
      : await openLmdbLog({ directory: join(data, 'log'), shard, runtime });
  try {
    return await compose(settings, log, runtime, logger);
  } catch (error) {
    await log.close();
    throw error;
  }
}

async function compose(settings: ServiceSettings, log: ShardLog, runtime: Runtime, logger: Logger): Promise<Service> {
  const secret = await secretOf(settings);
  const keys = reservationKeys(secret);
  const codec = localCodec();
  const database = await openDatabase(settings, logger);
  const feed = new GroupFeed({ log, codec });
  const decider = createShardDecider({ cray: createCrayDecider({ keyHashes: keys.hashes }) });
  const secretFingerprint = keys.fingerprint;
  const processor = new Processor({ log, feed, codec, decider, runtime, logger, secretFingerprint });
  const gateway = new ShardGateway({ log, feed, codec, runtime, logger });
  const store = new PostgresStore({ database, shard });
  const projector = new Projector({ log, codec, store, runtime, logger });
  const readModel = new PostgresReadModel({ database, projector });

  let cancelTrim = () => {};
  const trimNowAndThen = () => {
    cancelTrim = runtime.after(trimMs, () => {
      log.trim?.('commands', feed.reader.commandPosition).catch((error: unknown) => {
        logger.warn({ error: String(error) }, 'old commands could not be removed');
      });
      trimNowAndThen();
    });
  };
  let state = 'the log is being read';
  const readiness = () => {
    const stopped = processor.stopped ?? projector.stopped;
    const reasons = [stopped === null ? state : stopped.message].filter((reason) => reason !== '');
    return { ready: reasons.length === 0, reasons };
  };
  const app = await buildApp({ gateway, readModel, runtime, keys, settings: settings.api, ready: readiness });
  const url = await app.listen({ port: settings.port, host: settings.host });

  const start = async () => {
    await beginCommandLog(log, codec, runtime, { domains, secretFingerprint });
    feed.start();
    projector.start();
    await processor.start();
    gateway.start();
    // A first barrier, so that being ready means: deciding works, from the log and back.
    await gateway.barrier();
    await readModel.waitFor(await log.head('events'), readyMsMax);
    trimNowAndThen();
    state = '';
  };
  const close = async () => {
    cancelTrim();
    await app.close();
    gateway.close();
    await processor.close();
    await projector.close();
    await feed.close();
    await database.close();
    await log.close();
  };
  return { url, ready: start(), history: () => history(log, codec), close };
}

/** How often decided commands past their retention are removed from an embedded log. */
const trimMs = 3_600_000;
/** A read model that is made anew may take this long. */
const readyMsMax = 3_600_000;

async function secretOf({ data, secretFile }: ServiceSettings): Promise<Buffer> {
  if (data === null && secretFile === null) return randomBytes(32);
  return loadSecret(data ?? '.', secretFile);
}

function openDatabase({ data, postgres }: ServiceSettings, logger: Logger): Promise<Database> {
  if (postgres !== null) return openPostgres(postgres, logger);
  return openPglite(data === null ? 'memory' : join(data, 'read-model'), logger);
}
