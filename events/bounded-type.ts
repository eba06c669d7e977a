import avsc from 'avsc';

/** What of avsc's reader is used here; its typings leave it out. */
interface Tap {
  readonly buf: Uint8Array;
  pos: number;
  readLong(): number;
  skipLong(): void;
}
interface Readable {
  _read(tap: Tap): unknown;
}

/**
 * An array that believes no count larger than the bytes that are left.
 *
 * avsc looks for the end of the bytes only after it has read everything. A damaged count of 10^9 thus keeps it busy for
 * minutes and then takes all memory, in every process that reads the record, again after each restart; but a record that
 * cannot be decoded must get an outcome (SPEC rule 3). Every item of ours takes a byte or more, so a true count always fits.
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

/** The type of a schema, safe to read damaged bytes with. */
export function boundedType(schema: avsc.Schema): avsc.Type {
  return avsc.Type.forSchema(schema, {
    typeHook: (node, options) => {
      const isArray = typeof node === 'object' && 'type' in node && node.type === 'array';
      return isArray ? new BoundedArray(node as avsc.schema.ArrayType, options) : undefined;
    },
  });
}
