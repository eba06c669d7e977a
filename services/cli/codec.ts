import {
  type CatalogueEntry,
  type Codec,
  createCodec,
  frameOf,
  inLandingOrder,
  loadCatalogue,
  localCodec,
  type RecordedSchema,
} from '@holdfast/events';
import type { Checkpoint, Logger, ShardLog } from '@holdfast/log';
import { exclusively, lookUpSchemas, registerSchemas } from '@holdfast/log-kafka';
import { findSchemas } from '@holdfast/processor';
import { knownOnServer } from '@holdfast/projections';
import type { KafkaLogSettings, LogSettings } from './log.js';
import { readNote } from './log-note.js';

export interface CodecOptions {
  log: ShardLog;
  logger: Logger;
  /**
   * Where somebody went on reading, which says what the ids mean or spares to look for it before that; null: nobody
   * did.
   */
  from: Checkpoint | null;
  /** Hears sentences for people. Default: nobody does. */
  say?: ((sentence: string) => void) | undefined;
}

export interface OpenedCodec {
  codec: Codec;
  /** Whether the log has said what ids mean. */
  recorded: boolean;
}

/**
 * The codec of a log: ids mean what the log has recorded (SPEC rule 13), else what the registry says, else the local
 * ones. A registry is asked only where the log's record lacks a schema of this version: it may be unavailable else, and
 * what it says then counts for nobody.
 */
export async function openCodec(
  settings: LogSettings,
  { log, logger, from, say = () => {} }: CodecOptions,
): Promise<OpenedCodec> {
  const { kafka } = settings;
  const found = await findSchemas(log, codecWith, from);
  const recorded = found !== null;
  if (kafka === null || kafka.registry === null) return { codec: codecWith(found ?? []), recorded };
  const catalogue = inLandingOrder(loadCatalogue());
  if (found !== null && covers(found, catalogue)) {
    void tellOtherIds(kafka, { catalogue, found, logger, say });
    return { codec: codecWith(found), recorded };
  }
  const codec = createCodec(await registered(kafka, catalogue, logger), catalogue);
  if (found !== null) codec.adopt(found);
  return { codec, recorded };
}

/** How far the log was read by who keeps a note beside it, else by the rows of its read model. */
export async function placeKnown(
  data: string | null,
  postgres: string | null,
  shard: string,
): Promise<Checkpoint | null> {
  const note = data === null ? null : await readNote(data);
  if (note !== null && note.read > 0) return note.checkpoint;
  // Where it is unavailable, the log is looked through.
  const rows = postgres === null ? [] : await knownOnServer(postgres).catch(() => []);
  return rows.find((known) => known.shard === shard && known.read > 0)?.checkpoint ?? null;
}

function codecWith(schemas: readonly RecordedSchema[]): Codec {
  const codec = localCodec();
  codec.adopt(schemas);
  return codec;
}

/**
 * Only one process at a time registers: those that start at once on an empty registry would use up ids that nobody
 * gets.
 */
function registered(kafka: KafkaLogSettings, catalogue: readonly CatalogueEntry[], logger: Logger) {
  const { topics, shards: _, replication: __, registry, ...reach } = kafka;
  const settings = { ...reach, clientId: 'holdfast' };
  return registerSchemas(registry!, catalogue, {
    logger,
    exclusively: (work) => exclusively({ settings, topic: topics.commands, logger }, work),
  });
}

function covers(found: readonly RecordedSchema[], catalogue: readonly CatalogueEntry[]): boolean {
  const recorded = new Set(found.map(({ name, version }) => `${name} ${version}`));
  return catalogue.every((entry) => frameOf(entry) === 'self' || recorded.has(`${entry.name} ${entry.version}`));
}

interface Recorded {
  catalogue: readonly CatalogueEntry[];
  found: readonly RecordedSchema[];
  logger: Logger;
  say(sentence: string): void;
}

function otherIds(registry: string, { name, version, id }: RecordedSchema, theirs: number | null): string {
  const there = theirs === null ? 'has none for it' : `has ${theirs}`;
  return `The registry at ${registry} does not have the schema ids of this log, as after a move to Kafka or to another registry: ${name}, version ${version}, is ${id} in the log, and the registry ${there}. This service goes by the log and needs nothing. Programs of your own that look ids up in that registry cannot read the topic: let them take the ids from the log's SchemasRecorded (docs/kafka.md, "Reading the topic"), or put the registry's backup in its place.`;
}

/** Whoever reads the topic by a registry with other ids reads something else in it. */
async function tellOtherIds(
  { registry }: KafkaLogSettings,
  { catalogue, found, logger, say }: Recorded,
): Promise<void> {
  try {
    const ids = await lookUpSchemas(registry!, catalogue);
    const other = found.find((schema) => {
      const entry = catalogue.find(({ name, version }) => name === schema.name && version === schema.version);
      return entry !== undefined && ids[`${entry.type}.v${entry.version}`] !== schema.id;
    });
    if (other === undefined) return;
    const entry = catalogue.find(({ name, version }) => name === other.name && version === other.version)!;
    const theirs = ids[`${entry.type}.v${entry.version}`] ?? null;
    say(otherIds(new URL(registry!.url).host, other, theirs));
  } catch (error) {
    logger.info({ reason: (error as Error).message }, 'the registry was not asked for its ids: the log has them all');
  }
}
