import { createHash } from 'node:crypto';
import { joined } from './bytes.js';
import { type CatalogueEntry, loadCatalogue } from './catalogue.js';
import { CodecError } from './codec-error.js';
import type { CommandHeader, DecodedCommand, DecodedEvent, RecordedSchema, Stamp } from './envelope.js';
import { framed, headBytes } from './frame.js';
import { firstLevel } from './levels.js';
import type { Command, Event } from './messages.js';
import { encodeInSteps, hasLongList } from './parts.js';
import localIds from './schema-ids.json' with { type: 'json' };
import { type SchemaIds, SchemaTable } from './schema-table.js';
import type { Steps } from './steps.js';
import { compile, Writers, type Written } from './written.js';

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

/** What a record's value holds without its head, whose id may be a registry's own. */
export interface Framed {
  type: string;
  fingerprint: string;
  /** The Avro bytes. */
  body: Uint8Array;
}

/**
 * Between messages and the values of records: Avro behind a head (`frame.ts`). Decoding throws CodecError.
 *
 * What is encoded has the form of a level: of the versions of its schema the newest that came with that level or
 * before. By default that of the first level, which every version of this service reads.
 */
export interface Codec {
  encodeCommand(command: Command, header: CommandHeader, level?: number): EncodedCommand;
  /** The same, in steps where the command has long lists. */
  encodeCommandInSteps(command: Command, header: CommandHeader, level?: number): Steps<EncodedCommand>;
  decodeCommand(value: Uint8Array): DecodedCommand<Command>;
  /** The same in steps, for a value of many bytes. */
  decodeCommandInSteps(value: Uint8Array): Steps<DecodedCommand<Command>>;
  encodeEvent(event: Event, stamp: Stamp, level?: number): EncodedEvent;
  decodeEvent(value: Uint8Array): DecodedEvent<Event>;
  /** As encodeEvent, by the schema with this fingerprint instead: to compare with what was written. */
  encodeEventAs(fingerprint: string, event: Event, stamp: Stamp): EncodedEvent;
  /** Takes the head off; null where the value has none that is known here. The body is not looked at. */
  unframe(value: Uint8Array): Framed | null;
  /** Puts a head before a body. Throws CodecError `unknown-schema`. */
  frame(fingerprint: string, body: Uint8Array): Uint8Array;
  /**
   * What the ids mean that records carry: what a log records of them. Throws CodecError `two-meanings` where a schema
   * has none.
   */
  schemas(): RecordedSchema[];
  /**
   * From now on ids mean what the log's own record of them says, whatever they were taken for before. Throws CodecError
   * `two-meanings` where one was used with another meaning. SPEC rule 13.
   */
  adopt(schemas: readonly RecordedSchema[]): void;
}

/** The codec of a process without a registry. */
export function localCodec(): Codec {
  return createCodec(localIds);
}

let own: readonly CatalogueEntry[] | null = null;

function ownCatalogue(): readonly CatalogueEntry[] {
  own ??= loadCatalogue();
  return own;
}

/** A codec over a catalogue, by default this package's. Throws when a schema has no id. */
export function createCodec(ids: SchemaIds, catalogue: readonly CatalogueEntry[] = ownCatalogue()): Codec {
  const all = compile(catalogue);
  const table = new SchemaTable(all, ids);
  const writers = new Writers(all);
  return {
    encodeCommand(command, header, level = firstLevel) {
      const writer = writers.of(command.type, level);
      const { value, body } = encode(table, writer, { ...command, header });
      return { value, digest: bodyDigest(writer, body) };
    },
    *encodeCommandInSteps(command, header, level = firstLevel) {
      if (!hasLongList(command)) return this.encodeCommand(command, header, level);
      const writer = writers.of(command.type, level);
      const pieces: Buffer[] = [];
      try {
        yield* encodeInSteps(writer.type, { ...command, header }, pieces);
      } catch {
        throw unfit(writer);
      }
      const value = framed(table.headFor(writer), joined(pieces));
      return { value, digest: bodyDigest(writer, value.subarray(headBytes)) };
    },
    decodeCommand(value) {
      const { written, body, fields } = decode(table, value, 'command');
      return commandOf(written, body, fields);
    },
    *decodeCommandInSteps(value) {
      const { written, body } = open(table, value, 'command');
      let fields: Record<string, unknown>;
      try {
        fields = yield* written.readInSteps(body);
      } catch {
        throw unreadable(written);
      }
      table.note(written);
      return commandOf(written, body, fields);
    },
    encodeEvent(event, stamp, level = firstLevel) {
      return encode(table, writers.of(event.type, level), { ...event, stamp });
    },
    decodeEvent(value) {
      const { written, body, fields } = decode(table, value, 'event');
      const event = messageOf(written, fields) as unknown as Event;
      return { stamp: fields.stamp as Stamp, event, fingerprint: written.entry.fingerprint, body };
    },
    encodeEventAs(fingerprint, event, stamp) {
      return encode(table, writers.with(fingerprint), { ...event, stamp });
    },
    unframe(value) {
      const bytes = asBuffer(value);
      const written = table.find(bytes);
      if (written === null) return null;
      const { type, fingerprint } = written.entry;
      return { type, fingerprint, body: bytes.subarray(headBytes) };
    },
    frame: (fingerprint, body) => framed(table.headFor(writers.with(fingerprint)), body),
    schemas: () => table.recorded(),
    adopt: (schemas) => table.adopt(schemas),
  };
}

/** Throws where its head means no schema, or one that is not of records of this role. */
function open(table: SchemaTable, value: Uint8Array, role: CatalogueEntry['role']): { written: Written; body: Buffer } {
  const bytes = asBuffer(value);
  const written = table.of(bytes);
  const { entry } = written;
  if (entry.role !== role) throw new CodecError('wrong-role', `${entry.type} is not a record of this stream`);
  return { written, body: bytes.subarray(headBytes) };
}

function decode(table: SchemaTable, value: Uint8Array, role: CatalogueEntry['role']) {
  const { written, body } = open(table, value, role);
  const fields = readAll(written, body);
  table.note(written);
  return { written, body, fields };
}

function commandOf(written: Written, body: Buffer, fields: Record<string, unknown>): DecodedCommand<Command> {
  const command = messageOf(written, fields) as unknown as Command;
  return { header: fields.header as CommandHeader, command, digest: bodyDigest(written, body) };
}

function encode(table: SchemaTable, writer: Written, message: object): EncodedEvent {
  const { entry, type } = writer;
  let end: number;
  try {
    end = type.encode(message, room, headBytes);
    if (end < 0) {
      // So many bytes more than there are.
      room = Buffer.allocUnsafeSlow(room.length - end);
      end = type.encode(message, room, headBytes);
    }
  } catch {
    throw unfit(writer);
  }
  const value = framed(table.headFor(writer), room.subarray(headBytes, end));
  if (room.length > roomBytesMax) room = Buffer.allocUnsafeSlow(roomBytesMax);
  return { value, fingerprint: entry.fingerprint, body: value.subarray(headBytes) };
}

/** Avro's own error quotes the value, and whoever logs an error logs its cause: it goes no further. SPEC rule 12. */
function unfit({ entry }: Written): CodecError {
  return new CodecError('invalid', `a ${entry.type} does not fit its schema`);
}

function unreadable({ entry }: Written): CodecError {
  return new CodecError('invalid', `the bytes are not a ${entry.type} of version ${entry.version}`);
}

/** What is kept of the room below. */
const roomBytesMax = 64 * 1024;

/**
 * Where a message is encoded before it is copied: a buffer with memory of its own for each takes several times as long
 * to make.
 */
let room = Buffer.allocUnsafeSlow(roomBytesMax);

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

function readAll(written: Written, body: Buffer): Record<string, unknown> {
  try {
    return written.read(body);
  } catch {
    throw unreadable(written);
  }
}

/** Two bodies are the same when this is: what follows the header, and its layout. SPEC rule 11. */
function bodyDigest({ layout, header }: Written, body: Uint8Array): string {
  const buffer = asBuffer(body);
  const { offset } = header.decode(buffer);
  return createHash('sha256').update(layout).update(buffer.subarray(offset)).digest('base64url');
}
