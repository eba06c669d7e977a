import { allocate } from '@holdfast/events/bytes';
import { LogError, type LogRecord, type NewRecord } from '@holdfast/log';

/*
 * A record as a value in LMDB: format (1 byte, 1), append time (8 bytes, a float64), length of the key (2 bytes), the
 * key in UTF-8, the value. Numbers are big-endian. The position is LMDB's key.
 */
const format = 1;
const headBytes = 11;
const keyBytesMax = 0xffff;

export function encodeFrame({ key, value }: NewRecord, appendTime: number): Buffer {
  const keyBytes = Buffer.byteLength(key);
  if (keyBytes > keyBytesMax)
    throw new LogError('too-large', `a record key has ${keyBytes} bytes, over ${keyBytesMax}`);
  const frame = Buffer.allocUnsafe(headBytes + keyBytes + value.byteLength);
  frame.writeUInt8(format, 0);
  frame.writeDoubleBE(appendTime, 1);
  frame.writeUInt16BE(keyBytes, 9);
  frame.write(key, headBytes);
  frame.set(value, headBytes + keyBytes);
  return frame;
}

/**
 * How LMDB's values become frames. It reads each into one place, where the next one comes, so they are copied: into a
 * pool, as a buffer with memory of its own for each takes several times as long to make and to clear away.
 */
export const frameEncoder = {
  encode: (frame: Buffer): Buffer => frame,
  decode(place: Uint8Array, bytes: number): Buffer {
    const frame = allocate(bytes);
    frame.set(place.subarray(0, bytes));
    return frame;
  },
};

/** What to do about damage. */
export const restore =
  'put the newest undamaged copy of the directory in its place; where there is none, `holdfast copy --until` keeps what is before (docs/cli.md)';

/** Throws LogError `corrupt`. The value is a view of `frame`. */
export function decodeFrame(frame: Buffer, position: number, stream: string): LogRecord {
  const keyEnd = frame.length < headBytes ? Number.NaN : headBytes + frame.readUInt16BE(9);
  if (frame[0] !== format) throw damaged(stream, position, `begins with ${frame[0]}, and ${format} was expected`);
  if (!(keyEnd <= frame.length)) {
    throw damaged(stream, position, `has ${frame.length} bytes, and ${keyEnd || headBytes} at least were expected`);
  }
  return {
    position,
    appendTime: frame.readDoubleBE(1),
    key: frame.toString('utf8', headBytes, keyEnd),
    value: frame.subarray(keyEnd),
  };
}

function damaged(stream: string, position: number, why: string): LogError {
  return new LogError(
    'corrupt',
    `the log is damaged: the record at position ${position} of ${stream} ${why}; ${restore}`,
  );
}
