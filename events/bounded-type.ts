import avsc from 'avsc';

/** What of avsc's reader is used here; its typings leave it out. */
interface Tap {
  readonly buf: Uint8Array;
  pos: number;
  readLong(): number;
  skipLong(): void;
  /** Undefined where the bytes end before it. */
  readString(): string | undefined;
}
interface Readable {
  _read(tap: Tap): unknown;
}

/**
 * An array that believes no count larger than the bytes that are left.
 *
 * avsc looks for the end of the bytes only after it has read everything. A damaged count of 10^9 thus keeps it busy for
 * minutes and then takes all memory, in every process that reads the record, again after each restart; but a record
 * that cannot be decoded must get an outcome (SPEC rule 3). Every item of ours takes a byte or more, so a true count
 * always fits.
 */
class BoundedArray extends avsc.types.ArrayType {
  _read(tap: Tap): unknown[] {
    const items = this.itemsType as unknown as Readable;
    const values: unknown[] = [];
    for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
      // A negative count is followed by the block's size in bytes.
      if (count < 0) tap.skipLong();
      const left = Math.abs(count);
      if (left > tap.buf.length - tap.pos) throw new Error('an array is longer than its bytes');
      for (let n = 0; n < left; n += 1) values.push(items._read(tap));
    }
    return values;
  }
}

/** Longer ones are not kept. */
const rememberedCharsMax = 64;

/**
 * Strings of one field, of which the one read last is kept: where the next has the same bytes, it is that one. Most
 * fields of a stamp are those of the event before, and comparing is faster than making a string anew that somebody has
 * to clear away.
 */
function rememberedString(): avsc.Type {
  let last = '';
  const read = (tap: Tap): string | undefined => {
    const start = tap.pos;
    const length = tap.readLong();
    if (length === last.length && isAt(tap, last)) {
      tap.pos += length;
      return last;
    }
    tap.pos = start;
    const text = tap.readString();
    // Only where every byte is a character, which is then its own: the bytes of `é` are the numbers of the characters
    // of `Ã©`.
    if (text?.length === length && length <= rememberedCharsMax) last = text;
    return text;
  };
  // avsc freezes its types.
  return Object.create(new avsc.types.StringType(), { _read: { value: read } }) as avsc.Type;
}

/** True where `text`, of as many characters as bytes, is ASCII and its bytes come next. */
function isAt({ buf, pos }: Tap, text: string): boolean {
  // Anything else in it is U+FFFD, which no byte equals.
  for (let n = 0; n < text.length; n += 1) if (buf[pos + n] !== text.charCodeAt(n)) return false;
  return true;
}

/** The type of a schema, safe to read damaged bytes with. */
export function boundedType(schema: avsc.Schema): avsc.Type {
  return avsc.Type.forSchema(schema, {
    typeHook: (node, options) => {
      if (node === 'string') return rememberedString();
      const isArray = typeof node === 'object' && 'type' in node && node.type === 'array';
      return isArray ? new BoundedArray(node as avsc.schema.ArrayType, options) : undefined;
    },
  });
}
