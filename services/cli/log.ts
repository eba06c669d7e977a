import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Conditions, type Logger, MemoryLog, makeDirectories, type Runtime, type ShardLog } from '@holdfast/log';
import { type KafkaSettings, type KafkaTopics, openKafkaLog, type RegistrySettings } from '@holdfast/log-kafka';
import { openApart, openLmdbLog } from '@holdfast/log-lmdb';
import { shardName, shardPartition } from '@holdfast/shard/shard-name';

export interface KafkaLogSettings extends Omit<KafkaSettings, 'clientId'> {
  /** Partitions of topics that do not exist yet. */
  shards: number;
  /** Copies of topics that do not exist yet, and the fewest of others. */
  replication?: number;
  registry: RegistrySettings | null;
  topics: KafkaTopics;
}

export interface LogSettings {
  /** A directory, or null to keep everything in memory. Not used with Kafka, but for the secret. */
  data: string | null;
  kafka: KafkaLogSettings | null;
  /** Of an embedded log: bytes to be kept in its file, and to be free besides. Default: none, as for tools. */
  reserveBytes?: number;
  /** Of an embedded log: take a directory on a file system that other hosts or mounts may write to. Default: no. */
  allowNetworkFs?: boolean;
  /**
   * Of an embedded log: look at all of its pages first, as for tools that read all of it. Default: at a bounded part.
   */
  look?: 'all' | 'bounded';
  /**
   * Of an embedded log: it is written by a process of its own, as for a service. Default: by this one, as for tools.
   */
  apart?: boolean;
}

/** Where the log is, for people. */
export function placeOf({ data, kafka }: LogSettings): string {
  return kafka === null ? (data ?? 'memory') : `${kafka.topics.commands} and ${kafka.topics.events}`;
}

/**
 * Opens the log that the settings name. With `check`, topics that are missing are not made but told. `beforeMaking` is
 * called before a log that keeps anything is made, and throws where there was one.
 */
export async function openLog(
  { data, kafka, reserveBytes = 0, allowNetworkFs = false, look = 'bounded', apart = false }: LogSettings,
  runtime: Runtime,
  logger: Logger,
  topicSettings: 'check' | 'create' = 'create',
  conditions: Pick<Conditions, 'set'> = { set() {} },
  beforeMaking: () => Promise<void> = async () => {},
): Promise<ShardLog> {
  if (kafka !== null) {
    const { shards, registry: _, ...reach } = kafka;
    const which = { shard: shardName, partition: shardPartition, partitions: shards };
    const place = { ...which, topicSettings, beforeMaking };
    return openKafkaLog({ ...reach, ...place, clientId: 'holdfast', runtime, logger });
  }
  if (data === null) return new MemoryLog({ shard: shardName, runtime, exclusive: true });
  if (!hasEmbeddedLog(data)) await beforeMaking();
  await makeDirectories(data);
  const directory = embeddedLogIn(data);
  return (apart ? openApart : openLmdbLog)({
    directory,
    shard: shardName,
    runtime,
    reserveBytes,
    allowNetworkFs,
    look,
    logger,
    conditions,
  });
}

/** Where it is within a data directory. */
export function embeddedLogIn(data: string): string {
  return join(data, 'log');
}

/** Whether the file of an embedded log is there. */
export function hasEmbeddedLog(data: string): boolean {
  return existsSync(embeddedLogFile(data));
}

export function embeddedLogFile(data: string): string {
  return join(embeddedLogIn(data), 'log.mdb');
}
