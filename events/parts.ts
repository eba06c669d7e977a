import avsc from 'avsc';
import { itemsAtOnceMax, itemsPerStep, type Steps } from './steps.js';

/* Encoding and decoding of a large message in steps. */

const { ArrayType, RecordType } = avsc.types;
const long = avsc.Type.forSchema('long');

/** Whether a message has a list that is worth steps, in itself or in a member. */
export function hasLongList(message: object): boolean {
  return Object.values(message).some(
    (member) => isLong(member) || (typeof member === 'object' && member !== null && Object.values(member).some(isLong)),
  );
}

function isLong(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > itemsAtOnceMax;
}

/** The bytes of `type.toBuffer`, in pieces. Throws as that does. */
export function* encodeInSteps(type: avsc.Type, value: unknown, pieces: Buffer[]): Steps<void> {
  if (type instanceof ArrayType && isLong(value)) {
    pieces.push(long.toBuffer(value.length));
    for (let at = 0; at < value.length; at += itemsPerStep) {
      if (at > 0) yield;
      const part = value.slice(at, at + itemsPerStep);
      // Without what a list has around its items: their count, and the zero at its end.
      pieces.push(type.toBuffer(part).subarray(long.toBuffer(part.length).length, -1));
    }
    pieces.push(long.toBuffer(0));
  } else if (type instanceof RecordType && typeof value === 'object' && value !== null && hasLongList(value)) {
    for (const { name, type: own, defaultValue } of type.fields) {
      const member = (value as Record<string, unknown>)[name];
      yield* encodeInSteps(own, member === undefined ? defaultValue() : member, pieces);
    }
  } else pieces.push(type.toBuffer(value));
}

/**
 * What `reader.fromBuffer` reads of bytes that `writer` wrote, without its own classes; both are the same type where
 * the bytes have its form. Throws where the bytes are not it.
 */
export function* decodeInSteps(writer: avsc.Type, reader: avsc.Type, bytes: Buffer): Steps<unknown> {
  const { value, end } = yield* read(writer, reader, bytes, 0);
  if (end !== bytes.length) throw new Error('trailing data');
  return value;
}

interface Read {
  value: unknown;
  end: number;
}

function* read(writer: avsc.Type, reader: avsc.Type, bytes: Buffer, from: number): Steps<Read> {
  if (writer instanceof ArrayType && reader instanceof ArrayType)
    return yield* readList(itemOf(writer.itemsType, reader.itemsType), bytes, from);
  if (!(writer instanceof RecordType && reader instanceof RecordType)) return itemOf(writer, reader)(bytes, from);
  const members = new Map<string, unknown>();
  const wanted = new Map(reader.fields.map((field) => [field.name, field]));
  let at = from;
  for (const { name, type } of writer.fields) {
    // What the newest version no longer has is passed over.
    const member = yield* read(type, wanted.get(name)?.type ?? type, bytes, at);
    members.set(name, member.value);
    at = member.end;
  }
  const fields = reader.fields.map((field) => {
    return [field.name, members.has(field.name) ? members.get(field.name) : field.defaultValue()] as const;
  });
  return { value: Object.fromEntries(fields), end: at };
}

type ReadItem = (bytes: Buffer, from: number) => Read;

function itemOf(writer: avsc.Type, reader: avsc.Type): ReadItem {
  const resolver = writer === reader ? undefined : reader.createResolver(writer);
  return (bytes, from) => {
    const { value, offset } = reader.decode(bytes, from, resolver);
    if (offset < 0) throw new Error('truncated buffer');
    return { value, end: offset };
  };
}

const readCount = itemOf(long, long);

/** As BoundedArray reads. */
function* readList(readItem: ReadItem, bytes: Buffer, from: number): Steps<Read> {
  const values: unknown[] = [];
  let at = from;
  for (;;) {
    let { value: count, end } = readCount(bytes, at) as { value: number; end: number };
    if (count < 0) end = readCount(bytes, end).end;
    at = end;
    if (count === 0) return { value: values, end: at };
    count = Math.abs(count);
    if (count > bytes.length - at) throw new Error('an array is longer than its bytes');
    for (let n = 0; n < count; n++) {
      const item = readItem(bytes, at);
      values.push(item.value);
      at = item.end;
      if (values.length % itemsPerStep === 0) yield;
    }
  }
}
