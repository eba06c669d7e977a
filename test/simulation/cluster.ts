import { createShardDecider } from '@holdfast/core';
import { createCrayDecider } from '@holdfast/core/cray/index';
import { localCodec } from '@holdfast/events';
import { type Group, GroupFeed, type Logger, silentLogger } from '@holdfast/log';
import { admissionLimits, beginCommandLog, gatewayLimits, Processor, ShardGateway } from '@holdfast/processor';
import { MemoryReadModel, Projector } from '@holdfast/projections';
import type { KeyHashes } from '../model/model.js';
import { SimLog, type SimStorage } from './sim-log.js';
import { SimProcess, type World } from './world.js';

export const codec = localCodec();

/** Stands in for the HMAC: any function of both that differs for each pair. */
export const keyHashes: KeyHashes = (reservationId, xname) => ({
  reservationKeyHash: `rk ${reservationId} ${xname}`,
  deputyKeyHash: `dk ${reservationId} ${xname}`,
});

export const identity = { domains: ['cray/default'], secretFingerprint: 'fingerprint' };

/** One process of the service: production code on simulated ports. */
export interface Node {
  process: SimProcess;
  feed: GroupFeed;
  processor: Processor;
  gateway: ShardGateway;
  readModel: MemoryReadModel;
  /** Every group its feed accepted, in order. */
  accepted: Group[];
  /** Set once it serves. */
  ready: boolean;
  /** Why it stopped, which a sound log must never make it do. */
  failure: Error | null;
}

/** Starts a process; `before` is the one whose read model it finds, as Postgres outlives a crash. */
export function startNode(name: string, world: World, storage: SimStorage, before: Node | null): Node {
  const process = new SimProcess(name, world);
  const log = new SimLog(storage, process);
  const { runtime } = process;
  // A sound log never makes a projector distrust what it stored: it would mend that, and so hide the mistake.
  const logger: Logger = {
    ...silentLogger,
    warn: (_, message) => {
      if (message.includes('anew')) node.failure = new Error(`${name}: ${message}`);
    },
  };
  const feed = new GroupFeed({ log, codec });
  const decider = createShardDecider({ cray: createCrayDecider({ keyHashes }) });
  const readModel = before?.readModel.reopen({ runtime }) ?? new MemoryReadModel({ runtime });
  const limits = { ...admissionLimits, queueAgeMsMax: gatewayLimits.decideMs };
  const projector = new Projector({ log, codec, store: readModel, runtime, logger });
  const node: Node = {
    process,
    feed,
    processor: new Processor({
      log,
      feed,
      codec,
      decider,
      runtime,
      logger,
      secretFingerprint: identity.secretFingerprint,
    }),
    // Clients press on also where nobody decides: that is when claims race one another.
    gateway: new ShardGateway({ log, feed, codec, runtime, logger, limits }),
    readModel,
    accepted: [],
    ready: false,
    failure: null,
  };
  feed.subscribe({
    group: (group) => node.accepted.push(group),
    stopped: (error) => {
      node.failure = error;
    },
  });
  const start = async () => {
    await beginCommandLog(log, codec, runtime, identity);
    feed.start();
    projector.start();
    await node.processor.start();
    node.gateway.start();
    node.ready = true;
  };
  start().catch((error: unknown) => {
    // An append that fails while the command log begins ends a real process too: its supervisor starts it again.
    node.process.crash();
    if (!String(error).includes('answer was lost')) node.failure = error as Error;
  });
  return node;
}
