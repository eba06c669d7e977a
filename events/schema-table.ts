import { CodecError } from './codec-error.js';
import type { RecordedSchema } from './envelope.js';
import { headOf } from './frame.js';
import type { Written } from './written.js';

const named = ({ name, version }: Pick<RecordedSchema, 'name' | 'version'>) => `${name} version ${version}`;

/**
 * What the ids of heads mean. Those that stand for themselves never change. Those of the wire format are a registry's, and
 * taken for what that says, until the log's own record of them is known: within one log an id never means two schemas.
 * SPEC rule 13.
 */
export class SchemaTable {
  #self = new Map<number, Written>();
  #wire = new Map<number, Written>();
  /** What the log says of ids whose schemas only later versions know. */
  #later = new Map<number, string>();
  #all: readonly Written[];

  constructor(all: readonly Written[]) {
    this.#all = all;
    for (const written of all) {
      if (written.id !== null) (written.frame === 'self' ? this.#self : this.#wire).set(written.id, written);
    }
  }

  /** Throws CodecError `not-avro` or `unknown-schema`. */
  of(bytes: Buffer): Written {
    const head = headOf(bytes);
    if (head === null) throw new CodecError('not-avro', 'the record is not in the Confluent wire format');
    const written = (head.frame === 'self' ? this.#self : this.#wire).get(head.id);
    if (written !== undefined) return written;
    const later = head.frame === 'self' ? undefined : this.#later.get(head.id);
    if (later !== undefined) throw new CodecError('unknown-schema', `the id ${head.id} is that of ${later}`);
    throw new CodecError('unknown-schema', `no schema has the id ${head.id}`);
  }

  /** Null where nothing is known of its head. */
  find(bytes: Buffer): Written | null {
    try {
      return this.of(bytes);
    } catch {
      return null;
    }
  }

  /** See Codec. */
  recorded(): RecordedSchema[] {
    const own = this.#all.filter(({ frame }) => frame === 'wire');
    return own.map(({ entry: { name, version, fingerprint }, id }) => {
      if (id !== null) return { id, name, version, fingerprint };
      throw new CodecError('two-meanings', `${named({ name, version })} has no id of its own in this log`);
    });
  }

  /** See Codec. */
  adopt(schemas: readonly RecordedSchema[]): void {
    const bySchema = new Map(this.#all.map((written) => [named(written.entry), written]));
    for (const { id, fingerprint, ...schema } of schemas) {
      const own = bySchema.get(named(schema));
      if (own !== undefined && own.entry.fingerprint !== fingerprint) {
        throw new CodecError('two-meanings', `the log's ${named(schema)} is another schema than this version's`);
      }
      this.#free(id, own, named(schema));
      if (own === undefined) this.#later.set(id, named(schema));
      else this.#give(own, id);
    }
  }

  /** Nothing else has the id from now on. */
  #free(id: number, own: Written | undefined, name: string): void {
    const other = this.#wire.get(id);
    if (other === undefined || other === own) return;
    if (other.used) {
      const was = `records before that were taken for ${named(other.entry)}`;
      throw new CodecError('two-meanings', `the log has the id ${id} for ${name}, and ${was}`);
    }
    this.#wire.delete(id);
    other.id = null;
  }

  #give(own: Written, id: number): void {
    if (own.id === id) return;
    if (own.id !== null) {
      // Records with the id that it had are none of this log's, whatever they were taken for.
      if (own.used) {
        const was = `it was read or written with ${own.id} before`;
        throw new CodecError('two-meanings', `the log has the id ${id} for ${named(own.entry)}, and ${was}`);
      }
      if (this.#wire.get(own.id) === own) this.#wire.delete(own.id);
    }
    own.id = id;
    this.#wire.set(id, own);
  }
}
