import type { ITopicConfig } from 'kafkajs';
import type { KafkaSettings } from './client.js';
import { rootOf } from './errors.js';
import {
  askMetadata,
  ConfigResourceTypes,
  protocolError,
  type RawBroker,
  RawCluster,
  silentLibrary,
  socketFactory,
} from './kafkajs.js';
import { kafkaLimits } from './limits.js';

/** What a broker says of a cluster and of the topics that it was asked for. */
export interface ClusterFound {
  /** The cluster's name for itself. */
  id: string | null;
  /** Addresses as `host:port`, by id: of those that the cluster counts as alive. */
  brokers: ReadonlyMap<number, string>;
  controller: number;
  topics: ReadonlyMap<string, TopicMetadata>;
}

export interface TopicMetadata {
  /** Why there is nothing to say about it, e.g. an error of type UNKNOWN_TOPIC_OR_PARTITION; null: nothing is wrong. */
  error: (Error & { type?: string }) | null;
  partitions: PartitionFound[];
}

export interface PartitionFound {
  partition: number;
  /** Id of a broker, or null: nobody leads it at the moment. */
  leader: number | null;
  /** Ids of brokers. */
  replicas: number[];
  inSync: number[];
}

export const unknownTopic = 'UNKNOWN_TOPIC_OR_PARTITION';

/**
 * A connection to one broker, which is asked for topics by their names. A stranger's topic is nobody's concern here:
 * whatever is wrong with it, the answer is the same. Each call ends within `requestMs`.
 */
export class BrokerConnection {
  private constructor(
    readonly address: string,
    private readonly cluster: RawCluster,
    private readonly broker: RawBroker,
  ) {}

  static async to(address: string, settings: KafkaSettings): Promise<BrokerConnection> {
    const { clientId, ssl, sasl } = settings;
    const cluster = new RawCluster({
      ...{ clientId, ssl, sasl, brokers: [address], logger: silentLibrary, socketFactory: socketFactory() },
      connectionTimeout: kafkaLimits.requestMs,
      authenticationTimeout: kafkaLimits.requestMs,
      requestTimeout: kafkaLimits.requestMs,
      allowAutoTopicCreation: false,
      retry: { retries: 0 },
    });
    try {
      await cluster.connect();
    } catch (error) {
      void cluster.disconnect().catch(() => {});
      throw error;
    }
    return new BrokerConnection(address, cluster, cluster.brokerPool.seedBroker!);
  }

  /** Of these topics, at least one. */
  async find(topics: string[]): Promise<ClusterFound> {
    const { brokers, clusterId, controllerId, topicMetadata } = await askMetadata(this.broker, topics);
    return {
      id: clusterId,
      brokers: new Map(brokers.map(({ nodeId, host, port }) => [nodeId, `${host}:${port}`])),
      controller: controllerId,
      topics: new Map(
        topicMetadata.map(({ topic, topicErrorCode, partitionMetadata }) => [
          topic,
          {
            error: topicErrorCode === 0 ? null : protocolError(topicErrorCode),
            partitions: partitionMetadata.map(({ partitionId, leader, replicas, isr }) => ({
              partition: partitionId,
              leader: leader < 0 ? null : leader,
              replicas,
              inSync: isr,
            })),
          },
        ]),
      ),
    };
  }

  /** Settings of topics that exist, by the broker's names. */
  async settings(topics: string[]): Promise<Map<string, ReadonlyMap<string, string>>> {
    const asked = topics.map((name) => ({ type: ConfigResourceTypes.TOPIC, name }));
    const { resources } = await this.broker.describeConfigs({ resources: asked });
    return new Map(
      resources.map(({ resourceName, configEntries }) => [
        resourceName,
        new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
      ]),
    );
  }

  /**
   * Topics that exist already are left as they are. Without a leader yet, maybe: see `find`. `validateOnly` makes
   * nothing, and throws where it could not.
   */
  async createTopics(topics: ITopicConfig[], { validateOnly = false } = {}): Promise<void> {
    try {
      await this.broker.createTopics({ topics, validateOnly, timeout: kafkaLimits.requestMs });
    } catch (error) {
      const each = (error as { errors?: unknown[] }).errors ?? [error];
      const failed = each.find((one) => rootOf(one).type !== 'TOPIC_ALREADY_EXISTS');
      if (failed !== undefined) throw failed;
    }
  }

  close(): void {
    void this.cluster.disconnect().catch(() => {});
  }
}

/**
 * A connection to whichever of these brokers answers first. Rejects with the most telling of the errors where none
 * does.
 */
export async function reachAny(addresses: readonly string[], settings: KafkaSettings): Promise<BrokerConnection> {
  const connecting = addresses.map((address) => BrokerConnection.to(address, settings));
  try {
    const first = await Promise.any(connecting);
    for (const each of connecting) {
      each.then((connection) => connection !== first && connection.close()).catch(() => {});
    }
    return first;
  } catch (error) {
    const errors = (error as AggregateError).errors as Error[];
    // A wrong password says more than a broker that is unavailable.
    throw errors.find((each) => rootOf(each).name !== 'KafkaJSConnectionError') ?? errors[0];
  }
}
