import { createHash } from 'node:crypto';
import avsc from 'avsc';
import { boundedType } from './bounded-type.js';
import { type CatalogueEntry, loadCatalogue, type RecordSchema } from './catalogue.js';
import type { CommandHeader, DecodedCommand, DecodedEvent, Stamp } from './envelope.js';
import type { Command, Event } from './messages.js';
import localIds from './schema-ids.json' with { type: 'json' };
import { upcasterOf } from './upcasters.js';

/** Bytes of the wire format before the Avro bytes: a zero, and the schema's id as a big-endian 32-bit number. */
const headBytes = 5;

export interface EncodedCommand {
  value: Uint8Array;
  /** See DecodedCommand. */
  digest: string;
}

export interface EncodedEvent {
  value: Uint8Array;
  fingerprint: string;
  /** The Avro bytes within `value`. */
  body: Uint8Array;
}

/** What a record's value holds without the wire format's head, whose ids are a registry's own. */
export interface Framed {
  type: string;
  fingerprint: string;
  /** The Avro bytes. */
  body: Uint8Array;
}

/** Between messages and the values of records: Avro in the Confluent wire format. Decoding throws CodecError. */
export interface Codec {
  encodeCommand(command: Command, header: CommandHeader): EncodedCommand;
  decodeCommand(value: Uint8Array): DecodedCommand<Command>;
  encodeEvent(event: Event, stamp: Stamp): EncodedEvent;
  decodeEvent(value: Uint8Array): DecodedEvent<Event>;
  /** As encodeEvent, by the schema with this fingerprint instead of the newest one: to compare with what was written. */
  encodeEventAs(fingerprint: string, event: Event, stamp: Stamp): EncodedEvent;
  /** Takes the head off; null where the value has none that is known here. The body is not looked at. */
  unframe(value: Uint8Array): Framed | null;
  /** Puts a head before a body. Throws CodecError `unknown-schema`. */
  frame(fingerprint: string, body: Uint8Array): Uint8Array;
}

export class CodecError extends Error {
  constructor(
    readonly code: 'not-avro' | 'unknown-schema' | 'wrong-role' | 'invalid',
    message: string,
  ) {
    super(message);
    this.name = 'CodecError';
  }
}

/** Schema ids by `<type>.v<version>`: a registry's, or the committed local ones. */
export type SchemaIds = Readonly<Record<string, number>>;

interface Written {
  entry: CatalogueEntry;
  id: number;
  /** The writer's own schema. */
  type: avsc.Type;
  /** The record that every message begins with: the header of a command, the stamp of an event. */
  head: avsc.Type;
  /** Names the layout of what follows the head; see bodyLayout. */
  layout: string;
  /** Reads its bytes as the newest version does. */
  read(body: Buffer): Record<string, unknown>;
  /** Of the newest version, but for the head. */
  fields: readonly string[];
}

/** The codec of a process without a registry. */
export function localCodec(): Codec {
  return createCodec(localIds);
}

/** A codec over a catalogue, by default this package's. Throws when a schema has no id. */
export function createCodec(ids: SchemaIds, catalogue: readonly CatalogueEntry[] = loadCatalogue()): Codec {
  const byId = new Map<number, Written>();
  const byFingerprint = new Map<string, Written>();
  const newest = new Map<string, Written>();
  for (const written of compile(ids, catalogue)) {
    byId.set(written.id, written);
    byFingerprint.set(written.entry.fingerprint, written);
    newest.set(written.entry.type, written);
  }
  const writerOf = (type: string): Written => {
    const writer = newest.get(type);
    if (writer === undefined) throw new CodecError('unknown-schema', `no schema for ${type}`);
    return writer;
  };
  const writerWith = (fingerprint: string): Written => {
    const writer = byFingerprint.get(fingerprint);
    if (writer === undefined) throw new CodecError('unknown-schema', `no schema has the fingerprint ${fingerprint}`);
    return writer;
  };
  const open = (value: Uint8Array, role: CatalogueEntry['role']) => {
    const bytes = asBuffer(value);
    if (bytes.length < headBytes || bytes[0] !== 0) {
      throw new CodecError('not-avro', 'the record is not in the Confluent wire format');
    }
    const written = byId.get(bytes.readUInt32BE(1));
    if (written === undefined) throw new CodecError('unknown-schema', `no schema has the id ${bytes.readUInt32BE(1)}`);
    const { entry } = written;
    if (entry.role !== role) throw new CodecError('wrong-role', `${entry.type} is not a record of this stream`);
    const body = bytes.subarray(headBytes);
    return { written, body, fields: readAll(written, body) };
  };
  return {
    encodeCommand(command, header) {
      const writer = writerOf(command.type);
      const { value, body } = encode(writer, { ...command, header });
      return { value, digest: bodyDigest(writer, body) };
    },
    decodeCommand(value) {
      const { written, body, fields } = open(value, 'command');
      const command = messageOf(written, fields) as unknown as Command;
      return { header: fields.header as CommandHeader, command, digest: bodyDigest(written, body) };
    },
    encodeEvent(event, stamp) {
      return encode(writerOf(event.type), { ...event, stamp });
    },
    decodeEvent(value) {
      const { written, body, fields } = open(value, 'event');
      const event = messageOf(written, fields) as unknown as Event;
      return { stamp: fields.stamp as Stamp, event, fingerprint: written.entry.fingerprint, body };
    },
    encodeEventAs(fingerprint, event, stamp) {
      return encode(writerWith(fingerprint), { ...event, stamp });
    },
    unframe(value) {
      const bytes = asBuffer(value);
      const written = bytes.length < headBytes || bytes[0] !== 0 ? undefined : byId.get(bytes.readUInt32BE(1));
      if (written === undefined) return null;
      const { type, fingerprint } = written.entry;
      return { type, fingerprint, body: bytes.subarray(headBytes) };
    },
    frame: (fingerprint, body) => framed(writerWith(fingerprint).id, body),
  };
}

function* compile(ids: SchemaIds, catalogue: readonly CatalogueEntry[]): Generator<Written> {
  const typeOf = typesOf(catalogue);
  for (const entry of catalogue) {
    const id = ids[`${entry.type}.v${entry.version}`];
    if (id === undefined) throw new Error(`${entry.type}.v${entry.version} has no schema id`);
    const last = catalogue.filter((other) => other.type === entry.type).at(-1)!;
    const [{ type, head }, { type: reader }] = [typeOf(entry), typeOf(last)];
    const resolver = last === entry ? undefined : reader.createResolver(type);
    const upcast = upcasterOf(entry.type, entry.version);
    yield {
      entry,
      id,
      type,
      head,
      layout: bodyLayout(entry, catalogue),
      read: (body) => {
        const fields = reader.fromBuffer(body, resolver) as Record<string, unknown>;
        return upcast === undefined ? fields : upcast(fields);
      },
      fields: last.schema.fields.slice(1).map(({ name }) => name),
    };
  }
}

/**
 * The type of each message, and that of its head. All events share the type of their stamp, and so its objects are of one shape, which
 * is what makes reading their members fast. A command's body may name records of its header, which must then be its own.
 */
function typesOf(
  catalogue: readonly CatalogueEntry[],
): (entry: CatalogueEntry) => { type: avsc.Type; head: avsc.Type } {
  const stamps = new Map<string, avsc.Type>();
  const types = catalogue.map((entry) => {
    const { schema, role } = entry;
    const [first, ...rest] = schema.fields as [RecordSchema['fields'][number], ...RecordSchema['fields']];
    const text = JSON.stringify(first.type);
    const head = stamps.get(text) ?? boundedType(first.type as avsc.Schema);
    if (role === 'command') return [entry, { type: boundedType(schema as avsc.Schema), head }] as const;
    stamps.set(text, head);
    const shared = { ...schema, fields: [{ ...first, type: head }, ...rest] };
    return [entry, { type: boundedType(shared as avsc.Schema), head }] as const;
  });
  const byEntry = new Map(types);
  return (entry) => byEntry.get(entry)!;
}

/**
 * The fingerprint of the first version whose fields behind the head are those of `entry`: a version that changes only the
 * head changes no digest, so that a retry which spans an upgrade is still the same request. SPEC rule 11.
 */
function bodyLayout(entry: CatalogueEntry, catalogue: readonly CatalogueEntry[]): string {
  const fields = ({ schema }: CatalogueEntry) => {
    const body = { ...schema, fields: schema.fields.slice(1) };
    return JSON.stringify(avsc.Type.forSchema(body as avsc.Schema).schema());
  };
  const earlier = catalogue.filter(({ type, version }) => type === entry.type && version < entry.version);
  if (earlier.length === 0) return entry.fingerprint;
  const own = fields(entry);
  return earlier.find((other) => fields(other) === own)?.fingerprint ?? entry.fingerprint;
}

function encode({ entry, id, type }: Written, message: object): EncodedEvent {
  let body: Buffer;
  try {
    body = type.toBuffer(message);
  } catch {
    // Avro's own error quotes the value, and whoever logs an error logs its cause: it goes no further. SPEC rule 12.
    throw new CodecError('invalid', `a ${entry.type} does not fit its schema`);
  }
  const value = framed(id, body);
  return { value, fingerprint: entry.fingerprint, body: value.subarray(headBytes) };
}

function framed(id: number, body: Uint8Array): Buffer {
  const value = Buffer.allocUnsafe(headBytes + body.length);
  value[0] = 0;
  value.writeUInt32BE(id, 1);
  value.set(body, headBytes);
  return value;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The fields of a record but for its head, as a message. */
function messageOf({ entry, fields }: Written, record: Record<string, unknown>): Record<string, unknown> {
  // Not by a rest pattern, which is slower: every event is made here.
  const message: Record<string, unknown> = { type: entry.type };
  for (const field of fields) message[field] = record[field];
  return message;
}

function readAll({ entry, read }: Written, body: Buffer): Record<string, unknown> {
  try {
    return read(body);
  } catch {
    throw new CodecError('invalid', `the bytes are not a ${entry.type} of version ${entry.version}`);
  }
}

/** Two bodies are the same when this is: what follows the header, and its layout. SPEC rule 11. */
function bodyDigest({ layout, head }: Written, body: Uint8Array): string {
  const buffer = asBuffer(body);
  const { offset } = head.decode(buffer);
  return createHash('sha256').update(layout).update(buffer.subarray(offset)).digest('base64url');
}
