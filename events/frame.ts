import { allocate } from './bytes.js';
import { CodecError } from './codec-error.js';

/**
 * The head of a record, before its Avro bytes: five bytes in either form.
 *
 * `wire`: the Confluent wire format, a zero and the schema's id as a big-endian 32-bit number. What the id means, the
 * log itself says once it has recorded it (SPEC rule 13), else the registry.
 *
 * `self`: `HF`, a 1 (versions to come: up to 31), and the schema's id in `schema-ids.json` as a big-endian 16-bit
 * number. Those ids never change, so what tells of registries' ids can be read without a registry.
 */
export interface Head {
  frame: 'wire' | 'self';
  id: number;
}

export const headBytes = 5;
const selfFramed = Buffer.from('HF');
const selfVersion = 1;
/** Versions to come stay below it: from there on it is a character, and what begins with it a text. */
const selfVersionEnd = 0x20;

/**
 * Null where the value has no such head. Throws CodecError `unknown-schema` on a form that only later versions know.
 */
export function headOf(bytes: Buffer): Head | null {
  if (bytes.length < headBytes) return null;
  if (bytes[0] === 0) return { frame: 'wire', id: bytes.readUInt32BE(1) };
  if (!isSelfFramed(bytes)) return null;
  if (bytes[2] === selfVersion) return { frame: 'self', id: bytes.readUInt16BE(3) };
  throw new CodecError('unknown-schema', `the record is framed by itself in version ${bytes[2]}`);
}

/** By its first bytes alone: to look through a log for such records without decoding the others. */
export function isSelfFramed(value: Uint8Array): boolean {
  return (
    value.length >= headBytes && value[0] === selfFramed[0] && value[1] === selfFramed[1] && value[2]! < selfVersionEnd
  );
}

export function framed({ frame, id }: Head, body: Uint8Array): Buffer {
  const value = allocate(headBytes + body.length);
  if (frame === 'wire') {
    value[0] = 0;
    value.writeUInt32BE(id, 1);
  } else {
    value.set(selfFramed);
    value[2] = selfVersion;
    value.writeUInt16BE(id, 3);
  }
  value.set(body, headBytes);
  return value;
}
