import { createRequire } from 'node:module';
import kafkajs, { type Batch, type KafkaMessage } from 'kafkajs';

// Node finds only some of its names, as it is CommonJS: a named import of the others compiles and then fails at start.
export const { AssignerProtocol, ConfigResourceTypes, Kafka, logLevel } = kafkajs;

/*
 * Parts of the library that it does not export. Its administrator asks for all topics of a cluster wherever it is not
 * told ours first, and gives up as a whole where one partition of any of them has no leader; so what must not depend on
 * strangers' topics is asked of a single broker here. The library's version is exact, and the tests of what is built on
 * this run on real brokers.
 */
const load = createRequire(import.meta.url);

/** A connection to one broker, over TLS and with SASL where the settings say so. */
export interface RawBroker {
  connectionPool: { send(call: { request: unknown; response: unknown }): Promise<unknown> };
  describeConfigs(asked: { resources: { type: number; name: string }[] }): Promise<{ resources: RawResource[] }>;
  createTopics(asked: { topics: kafkajs.ITopicConfig[]; validateOnly: boolean; timeout: number }): Promise<unknown>;
}

export interface RawResource {
  resourceName: string;
  configEntries: { configName: string; configValue: string }[];
}

export interface RawCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  /** The broker that it connected to first. */
  brokerPool: { seedBroker?: RawBroker };
}

export const RawCluster: new (options: object) => RawCluster = load('kafkajs/src/cluster');
export const socketFactory: () => unknown = load('kafkajs/src/network/socketFactory');
const { createLogger } = load('kafkajs/src/loggers') as {
  createLogger(options: { level: number; logCreator: kafkajs.logCreator }): unknown;
};

/** For what is asked here: whoever asks says what went wrong. */
export const silentLibrary = createLogger({ level: kafkajs.logLevel.NOTHING, logCreator: () => () => {} });

const metadataRequest: (asked: { topics: string[]; allowAutoTopicCreation: boolean }) => unknown = load(
  'kafkajs/src/protocol/requests/metadata/v6/request',
);
const metadataResponse: { decode(bytes: unknown): Promise<RawMetadata> } = load(
  'kafkajs/src/protocol/requests/metadata/v6/response',
);

/** As the broker says it, with the errors of each topic and partition. */
export interface RawMetadata {
  brokers: { nodeId: number; host: string; port: number }[];
  clusterId: string | null;
  controllerId: number;
  topicMetadata: {
    topicErrorCode: number;
    topic: string;
    partitionMetadata: {
      partitionErrorCode: number;
      partitionId: number;
      leader: number;
      replicas: number[];
      isr: number[];
    }[];
  }[];
}

/**
 * Asks for these topics, at least one, and for no other; never makes one. The library's own way throws where any has an
 * error.
 */
export async function askMetadata(broker: RawBroker, topics: string[]): Promise<RawMetadata> {
  const request = metadataRequest({ topics, allowAutoTopicCreation: false });
  const response = { decode: metadataResponse.decode, parse: async (found: unknown) => found };
  return (await broker.connectionPool.send({ request, response })) as RawMetadata;
}

const { createErrorFromCode } = load('kafkajs/src/protocol/error') as { createErrorFromCode(code: number): Error };

/** What a code of the protocol means, as the library throws it. */
export function protocolError(code: number): Error {
  return createErrorFromCode(code);
}

/** A record as the broker sent it, the marks at the ends of transactions too. */
export type RawMessage = KafkaMessage & { isControlRecord: boolean };
type RawBatch = Batch & { messagesWithinOffset: RawMessage[] };

/*
 * The library keeps those marks to itself, and hands out no batch that holds nothing else: its consumer would be left
 * with a position of which nobody says whether it is a mark, or a record that is gone. So such a batch is not empty
 * here. The library's version is exact, and a test on a real broker tells whether this still holds.
 */
const { prototype: batch } = load('kafkajs/src/consumer/batch') as { prototype: RawBatch };
batch.isEmpty = function (this: RawBatch) {
  return this.messagesWithinOffset.length === 0;
};

/**
 * All that a batch holds from the position on that was asked for. Nothing is left out where uncommitted records are
 * read too.
 */
export function rawMessagesOf(batch: Batch): RawMessage[] {
  return (batch as RawBatch).messagesWithinOffset;
}

interface RawRunner {
  running: boolean;
  fetch(node: number): Promise<unknown[]>;
}

/*
 * A consumer that is stopped just as it turns to other brokers begins to fetch anew, and each of its fetches gets
 * nothing, as it does not run any more, and is followed by the next at once: no turn of the event loop ever comes
 * again. So such a fetch fails, which ends it.
 */
const { prototype: runner } = load('kafkajs/src/consumer/runner') as { prototype: RawRunner };
const { fetch } = runner;
runner.fetch = async function (this: RawRunner, node: number) {
  if (!this.running) throw new Error('the consumer was stopped');
  return fetch.call(this, node);
};
