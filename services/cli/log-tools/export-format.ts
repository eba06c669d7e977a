import { createHash } from 'node:crypto';
import type { Codec, RecordedSchema } from '@holdfast/events';
import type { LogRecord, StreamName } from '@holdfast/log';
import avsc from 'avsc';
import type { Seal } from './seal.js';

/*
 * An export of a log: a directory with `commands.avro` and `events.avro` (Avro object container files, a row for each
 * record), `manifest.json`, and `SHA256SUMS` over the three, as `sha256sum -c` reads it.
 *
 * Rows have columns for people and their tools, and what an exact copy needs: the Avro bytes of the record, and the
 * fingerprint of their schema, without the head of the wire format, whose ids belong to one registry. The columns
 * follow from the bytes. `chain` is a hash of the row's other fields and of the chain of the row before: it says which
 * row is the first that is not as it was exported.
 */
export const formatVersion = 1;
export const manifestFile = 'manifest.json';
export const sumsFile = 'SHA256SUMS';
export const avroFile = (stream: StreamName) => `${stream}.avro`;

interface Common {
  position: number;
  /** By the log's clock, in milliseconds since 1970. */
  appendTime: number;
  key: string;
  /**
   * Empty for what is a stray at its position, and for a command of no known schema; the whole value is then the body.
   */
  type: string;
  /** As JSON, without its header or stamp; `null` where it cannot be decoded. */
  payload: string;
  /** Empty with the type. */
  fingerprint: string;
  body: Buffer;
}

export interface EventRow extends Common {
  shard: string;
  epoch: number;
  owner: string;
  sequence: number;
  commandId: string;
  commandPosition: number;
  index: number;
  size: number;
  time: number;
  actor: string;
  /**
   * Of events that have one. Exports from before are read by it, and the chain is over it, so it keeps its name; what
   * other events are on is in `key` and `payload`.
   */
  xname: string | null;
}

export interface CommandRow extends Common {
  commandId: string;
  domain: string;
  actor: string;
}

export type Row = EventRow | CommandRow;
export type ChainedRow = Row & { chain: string };

const timestamp = { type: 'long', logicalType: 'timestamp-millis' } as const;
const text = (...names: string[]) => names.map((name) => ({ name, type: 'string' }));
const longs = (...names: string[]) => names.map((name) => ({ name, type: 'long' }));

const common = [...longs('position'), { name: 'appendTime', type: timestamp }, ...text('key', 'type')];
const exact = [...text('payload', 'fingerprint'), { name: 'body', type: 'bytes' }];
const fields = {
  events: [
    ...common,
    ...text('shard'),
    ...longs('epoch'),
    ...text('owner'),
    ...longs('sequence'),
    ...text('commandId'),
    ...longs('commandPosition', 'index', 'size'),
    { name: 'time', type: timestamp },
    ...text('actor'),
    { name: 'xname', type: ['null', 'string'], default: null },
    ...exact,
  ],
  commands: [...common, ...text('commandId', 'domain', 'actor'), ...exact],
};

const schemaOf = (stream: StreamName, more: object[]) =>
  ({
    type: 'record',
    name: stream === 'events' ? 'ExportedEvent' : 'ExportedCommand',
    namespace: 'holdfast.export',
    fields: [...fields[stream], ...more],
  }) as unknown as avsc.Schema;

/** Of the rows in each file. */
export const rowSchemas: Record<StreamName, avsc.Schema> = {
  events: schemaOf('events', text('chain')),
  commands: schemaOf('commands', text('chain')),
};
export const rowTypes: Record<StreamName, avsc.Type> = {
  events: avsc.Type.forSchema(rowSchemas.events),
  commands: avsc.Type.forSchema(rowSchemas.commands),
};
const unchained: Record<StreamName, avsc.Type> = {
  events: avsc.Type.forSchema(schemaOf('events', [])),
  commands: avsc.Type.forSchema(schemaOf('commands', [])),
};

/** The chain of a row; `before` is that of the row before, empty for the first. Hex, 64 characters. */
export function chainOf(stream: StreamName, before: string, row: Row): string {
  return createHash('sha256').update(before).update(unchained[stream].toBuffer(row)).digest('hex');
}

/** A record as a row. An event must be decodable, or a stray at its position; a command need not be (SPEC rule 3). */
export function rowOf(stream: StreamName, codec: Codec, record: LogRecord, stray: boolean): Row {
  if (stream === 'commands') return commandRow(codec, record, stray);
  return stray ? strayRow(record) : eventRow(codec, record);
}

function strayRow({ position, appendTime, key, value }: LogRecord): EventRow {
  const exact = { payload: 'null', fingerprint: '', body: Buffer.from(value) };
  return { position, appendTime, key, type: '', ...noStamp, xname: null, ...exact };
}

const noStamp = {
  ...{ shard: '', epoch: 0, owner: '', sequence: 0, commandId: '', commandPosition: -1 },
  ...{ index: 0, size: 0, time: 0, actor: '' },
};

function eventRow(codec: Codec, { position, appendTime, key, value }: LogRecord): EventRow {
  const { event, stamp, fingerprint, body } = codec.decodeEvent(value);
  const { type, ...payload } = event;
  const { before: _, ...columns } = stamp;
  return {
    ...{ position, appendTime, key, type, ...columns },
    xname: 'xname' in event ? event.xname : null,
    ...{ payload: JSON.stringify(payload), fingerprint, body: Buffer.from(body) },
  };
}

function commandRow(codec: Codec, { position, appendTime, key, value }: LogRecord, stray: boolean): CommandRow {
  const place = { position, appendTime, key };
  const known = stray ? null : codec.unframe(value);
  if (known === null) return { ...place, type: '', fingerprint: '', body: Buffer.from(value), ...undecoded };
  const { type, fingerprint, body } = known;
  const row = { ...place, type, fingerprint, body: Buffer.from(body) };
  try {
    const { command, header } = codec.decodeCommand(value);
    const { type: _, ...payload } = command;
    const { id: commandId, domain, actor } = header;
    return { ...row, commandId, domain, actor: actor.name, payload: JSON.stringify(payload) };
  } catch {
    return { ...row, ...undecoded };
  }
}

const undecoded = { commandId: '', domain: '', actor: '', payload: 'null' };

/**
 * The record of a row, framed by the codec. A stray event is left without its bytes, as elsewhere they might be those
 * of an event: it keeps its position, and is none of anybody's. Throws CodecError where its schema is not known here.
 */
export function recordOf(stream: StreamName, codec: Codec, row: Row): LogRecord {
  const { position, appendTime, key, fingerprint, body } = row;
  const unframed = stream === 'events' ? Buffer.alloc(0) : body;
  return { position, appendTime, key, value: fingerprint === '' ? unframed : codec.frame(fingerprint, body) };
}

/** What the manifest says of one file. */
export interface FileEntry {
  rows: number;
  /** Of the first and the last row; null where there is none. */
  first: number | null;
  last: number | null;
  /** Position where the stream would go on. */
  head: number;
  /** Chain of the last row; empty where there is none. */
  chain: string;
  bytes: number;
  /** Bytes before the first block of rows. */
  headerBytes: number;
  headerSha256: string;
  sha256: string;
}

export interface Manifest {
  format: 'holdfast-export';
  version: number;
  shard: string;
  /** What import needs to begin a command log. */
  domains: readonly string[];
  secretFingerprint: string;
  /** The command log that the exported commands are of. */
  commandLog: string;
  /** Position of the first command that was not decided, in that log. */
  undecidedFrom: number;
  seal: Seal;
  /** What the ids in the log mean, as it has recorded them; absent where it has not. SPEC rule 13. */
  recorded?: readonly RecordedSchema[];
  files: Record<StreamName, FileEntry>;
  /** The schema of each fingerprint that occurs. */
  schemas: Record<string, unknown>;
}
