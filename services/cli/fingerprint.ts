import { type Codec, createCodec, loadCatalogue, localCodec } from '@holdfast/events';
import { nodeRuntime, recordsOf, type ShardLog, silentLogger } from '@holdfast/log';
import { KafkaProblems, lookUpSchemas, openKafkaLog } from '@holdfast/log-kafka';
import { peekLmdbLog } from '@holdfast/log-lmdb';
import { findSchemas } from '@holdfast/processor';
import { shardPartition as partition, shardName as shard } from '@holdfast/shard/shard-name';
import { placeKnown } from './codec.js';
import { eventIn } from './event-in.js';
import { embeddedLogIn, type KafkaLogSettings } from './log.js';

/** So far a shard says what it was opened with: in the first of its events. */
const positionsMax = 1_000;

/**
 * With which secret the embedded log in a directory was opened; null where there is none yet. Changes nothing. Throws
 * LogError.
 */
export async function embeddedFingerprint(data: string): Promise<string | null> {
  return peekLmdbLog({ directory: embeddedLogIn(data), shard }, (log) => fingerprintIn(log, data, null));
}

/** The same of topics; null where they are not there, or cannot be used. */
export async function kafkaFingerprint(kafka: KafkaLogSettings, data: string | null): Promise<string | null> {
  const { shards, registry: _, ...reach } = kafka;
  const place = { shard, partition, partitions: shards, topicSettings: 'check' as const };
  // The name of a group begins with it, and those of a service are what its user may read with.
  const parts = { clientId: 'holdfast', leavesNoGroups: true, runtime: nodeRuntime, logger: silentLogger };
  const log = await openKafkaLog({ ...reach, ...place, ...parts }).catch((error: unknown) => {
    // A first start makes them; what else is wrong with them has a line of its own.
    if (error instanceof KafkaProblems) return null;
    throw error;
  });
  if (log === null) return null;
  try {
    return await fingerprintIn(log, data, kafka);
  } finally {
    await log.close();
  }
}

async function fingerprintIn(
  log: ShardLog,
  data: string | null,
  kafka: KafkaLogSettings | null,
): Promise<string | null> {
  const head = await log.head('events');
  if (head === 0) return null;
  const codec = await codecOf(log, data, kafka);
  for await (const records of recordsOf(log, { stream: 'events', from: 0, to: Math.min(head, positionsMax) })) {
    for (const { value } of records) {
      const opened = eventIn(codec, value, 'engine.ShardOpened');
      if (opened !== null) return opened.secretFingerprint;
    }
  }
  return null;
}

/** As a service finds it, but nothing is registered. */
async function codecOf(log: ShardLog, data: string | null, kafka: KafkaLogSettings | null): Promise<Codec> {
  const from = await placeKnown(data, null, shard).catch(() => null);
  const found = await findSchemas(log, (schemas) => adopted(localCodec(), schemas), from);
  if (found === null && kafka?.registry != null) {
    const ids = await lookUpSchemas(kafka.registry, loadCatalogue());
    return createCodec(ids, loadCatalogue());
  }
  return adopted(localCodec(), found ?? []);
}

function adopted(codec: Codec, schemas: Parameters<Codec['adopt']>[0]): Codec {
  codec.adopt(schemas);
  return codec;
}
