import { buildApp, defaultSettings, type Token } from '@holdfast/api';
import { createDecider, domains, modulesWith } from '@holdfast/core';
import { givensOf, localCodec, shardSecret } from '@holdfast/events';
import { MemoryLog, nodeRuntime, type Runtime, silentLogger } from '@holdfast/log';
import { engineHeader, type LogBeginning, newestBeginning, type ShardGateway } from '@holdfast/processor';
import { shardName, startShard, storedRows } from '@holdfast/shard';
import { auditUnavailable } from '../support/audit-unavailable.js';
import { appInjector } from '../support/fake-api.js';
import type { Injector } from '../support/injector.js';
import { MemoryReadModel } from '../support/memory-read-model.js';

/** Never to change: the key hashes in the recorded logs come from it. */
const secret = shardSecret(Buffer.alloc(32, 7));

export const newDecider = () => createDecider(givensOf(secret));

/** A clock that stands still until it is told to move, so that a minute of lease takes no time. */
export class SteppedClock {
  #time = Date.parse('2026-11-21T12:00:00.250Z');
  #steadyMs = 0;
  readonly runtime: Runtime = {
    ...nodeRuntime,
    now: () => this.#time,
    steady: { boot: nodeRuntime.uuid(), ms: () => this.#steadyMs },
  };

  /** By the log's clock alone: to whoever ticks it was a step. */
  pass(ms: number): void {
    this.#time += ms;
  }

  passForAll(ms: number): void {
    this.#time += ms;
    this.#steadyMs += ms;
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
 * Api, processor and projector on this log, ready: the service's parts, with a read model in memory. `beginning`: of a
 * new log; default: as of one that this version begins.
 */
export async function serve(
  log: MemoryLog,
  runtime: Runtime,
  tokens: readonly Token[],
  beginning: LogBeginning = newestBeginning(localCodec()),
): Promise<RunningService> {
  // Its own: a log that is read tells a codec which ids there are.
  const codec = localCodec();
  const readModel = new MemoryReadModel({ runtime });
  const shard = await startShard({
    ...{ log, codec, recorded: false, beginning, runtime, logger: silentLogger, snapshots: null },
    roles: ['api', 'processor', 'projector'],
    ...{ domains, modules: modulesWith(givensOf(secret)), secretFingerprint: secret.fingerprint },
    rows: async () => storedRows(readModel),
    // Time passes where a session says so.
    ticks: false,
  });
  await shard.served({ readModel: null, msMax: 10_000 });
  const gateway = shard.gateway!;
  const ready = () => ({ ready: true, reasons: [] });
  const settings = { ...defaultSettings, tokens };
  const app = await buildApp({ gateway, readModel, audit: auditUnavailable, runtime, secret, settings, ready });
  const close = async () => {
    await app.close();
    await shard.close();
  };
  return { inject: appInjector(app), gateway, close };
}

export function newLog(runtime: Runtime): MemoryLog {
  return new MemoryLog({ shard: shardName, runtime, exclusive: true });
}

/** Asks for the newest level, as an operator does. */
export async function raiseLevel({ gateway }: RunningService): Promise<void> {
  const command = { type: 'engine.LevelRaiseRequested', ...newestBeginning(localCodec()) } as const;
  await gateway.submit({ ...engineHeader(nodeRuntime.uuid()), command, key: shardName, urgent: true });
}
