import { createHash } from 'node:crypto';
import avsc from 'avsc';
import { boundedType } from './bounded-type.js';
import { type CatalogueEntry, loadCatalogue } from './catalogue.js';
import type { CommandHeader, DecodedCommand, DecodedEvent, Stamp } from './envelope.js';
import type { Command, Event } from './messages.js';
import localIds from './schema-ids.json' with { type: 'json' };
import { upcast } from './upcasters.js';

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
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    if (bytes.length < headBytes || bytes[0] !== 0) {
      throw new CodecError('not-avro', 'the record is not in the Confluent wire format');
    }
    const written = byId.get(bytes.readUInt32BE(1));
    if (written === undefined) throw new CodecError('unknown-schema', `no schema has the id ${bytes.readUInt32BE(1)}`);
    const { entry } = written;
    if (entry.role !== role) throw new CodecError('wrong-role', `${entry.type} is not a record of this stream`);
    const body = bytes.subarray(headBytes);
    return { written, entry, body, fields: readAll(written, body) };
  };
  return {
    encodeCommand(command, header) {
      const writer = writerOf(command.type);
      const { value, body } = encode(writer, { ...command, header });
      return { value, digest: bodyDigest(writer, body) };
    },
    decodeCommand(value) {
      const { written, entry, body, fields } = open(value, 'command');
      const { header, ...rest } = fields;
      const command = { type: entry.type, ...rest } as Command;
      return { header: header as CommandHeader, command, digest: bodyDigest(written, body) };
    },
    encodeEvent(event, stamp) {
      return encode(writerOf(event.type), { ...event, stamp });
    },
    decodeEvent(value) {
      const { entry, body, fields } = open(value, 'event');
      const { stamp, ...rest } = fields;
      const event = { type: entry.type, ...rest } as Event;
      return { stamp: stamp as Stamp, event, fingerprint: entry.fingerprint, body };
    },
    encodeEventAs(fingerprint, event, stamp) {
      return encode(writerWith(fingerprint), { ...event, stamp });
    },
    unframe(value) {
      const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      const written = bytes.length < headBytes || bytes[0] !== 0 ? undefined : byId.get(bytes.readUInt32BE(1));
      if (written === undefined) return null;
      const { type, fingerprint } = written.entry;
      return { type, fingerprint, body: bytes.subarray(headBytes) };
    },
    frame: (fingerprint, body) => framed(writerWith(fingerprint).id, body),
  };
}

function* compile(ids: SchemaIds, catalogue: readonly CatalogueEntry[]): Generator<Written> {
  for (const entry of catalogue) {
    const id = ids[`${entry.type}.v${entry.version}`];
    if (id === undefined) throw new Error(`${entry.type}.v${entry.version} has no schema id`);
    const type = boundedType(entry.schema as avsc.Schema);
    const head = boundedType(entry.schema.fields[0]!.type as avsc.Schema);
    const last = catalogue.filter((other) => other.type === entry.type).at(-1)!;
    const reader = last === entry ? type : boundedType(last.schema as avsc.Schema);
    const resolver = last === entry ? undefined : reader.createResolver(type);
    const layout = bodyLayout(entry, catalogue);
    yield { entry, id, type, head, layout, read: (body) => reader.fromBuffer(body, resolver) };
  }
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

function readAll({ entry, read }: Written, body: Buffer): Record<string, unknown> {
  try {
    return upcast(entry.type, entry.version, read(body));
  } catch {
    throw new CodecError('invalid', `the bytes are not a ${entry.type} of version ${entry.version}`);
  }
}

/** Two bodies are the same when this is: what follows the header, and its layout. SPEC rule 11. */
function bodyDigest({ layout, head }: Written, body: Uint8Array): string {
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const { offset } = head.decode(buffer);
  return createHash('sha256').update(layout).update(buffer.subarray(offset)).digest('base64url');
}
