import { createDecider } from '@holdfast/core';
import { buildApp, defaultSettings, type Token } from '@holdfast/api';
import { localCodec, shardSecret, givensOf } from '@holdfast/events';
import { GroupFeed, MemoryLog, nodeRuntime, type Runtime, silentLogger } from '@holdfast/log';
import {
  type Beginning,
  beginCommandLog,
  engineHeader,
  newestBeginning,
  Processor,
  ShardGateway,
} from '@holdfast/processor';
import { MemoryReadModel, Projector } from '@holdfast/projections';
import type { Injector } from '../conformance/cray/injector.js';
import { auditAway } from '../support/audit-away.js';
import { appInjector } from '../support/fake-api.js';

export const shard = 'shard-0';

/** Never to change: the key hashes in the recorded logs come from it. */
const secret = shardSecret(Buffer.alloc(32, 7));

export const newDecider = () =>
  createDecider(givensOf(secret));

/** A clock that stands still until it is told to move, so that a minute of lease takes no time. */
export class SteppedClock {
  #time = Date.parse('2026-11-21T12:00:00.250Z');
  readonly runtime: Runtime = { ...nodeRuntime, now: () => this.#time };

  pass(ms: number): void {
    this.#time += ms;
  }

  passUntil(time: number): void {
    this.#time = Math.max(this.#time, time);
  }
}

export interface RunningService {
  inject: Injector;
  gateway: ShardGateway;
  close(): Promise<void>;
}

/**
 * Api, processor and projector on this log, ready: the service's parts, with a read model in memory. `beginning`: of a new log;
 * default: as of one that this version begins.
 */
export async function serve(
  log: MemoryLog,
  runtime: Runtime,
  tokens: readonly Token[],
  beginning: Beginning = newestBeginning(localCodec()),
): Promise<RunningService> {
  const logger = silentLogger;
  // Its own: a log that is read tells a codec which ids there are.
  const codec = localCodec();
  const domains = ['cray/default', 'placement/default'];
  await beginCommandLog(log, codec, runtime, { domains, secretFingerprint: secret.fingerprint }, beginning);
  const feed = new GroupFeed({ log, codec });
  const secretFingerprint = secret.fingerprint;
  const processor = new Processor({ log, feed, codec, decider: newDecider(), runtime, logger, secretFingerprint });
  const gateway = new ShardGateway({ log, feed, codec, runtime, logger });
  const readModel = new MemoryReadModel({ runtime });
  const projector = new Projector({ log, codec, store: readModel, runtime, logger });
  feed.start();
  projector.start();
  await processor.start();
  await gateway.barrier();
  const ready = () => ({ ready: true, reasons: [] });
  const settings = { ...defaultSettings, tokens };
  const { placement } = readModel;
  const app = await buildApp({ gateway, readModel, audit: auditAway, placement, runtime, secret, settings, ready });
  const close = async () => {
    await app.close();
    gateway.close();
    await processor.close();
    await projector.close();
    await feed.close();
  };
  return { inject: appInjector(app), gateway, close };
}

export function newLog(runtime: Runtime): MemoryLog {
  return new MemoryLog({ shard, runtime, exclusive: true });
}

/** Asks for the newest level, as an operator does. */
export async function raiseLevel({ gateway }: RunningService): Promise<void> {
  const command = { type: 'engine.LevelRaiseRequested', ...newestBeginning(localCodec()) } as const;
  await gateway.submit({ ...engineHeader(nodeRuntime.uuid()), command, key: shard, urgent: true });
}
