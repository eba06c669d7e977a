import { CodecError } from './codec-error.js';
import type { RecordedSchema } from './envelope.js';
import { type Head, headOf } from './frame.js';
import localIds from './schema-ids.json' with { type: 'json' };
import type { Written } from './written.js';

/** Schema ids by `<type>.v<version>`: a registry's, a log's, or the committed local ones. */
export type SchemaIds = Readonly<Record<string, number>>;

const named = ({ name, version }: Pick<RecordedSchema, 'name' | 'version'>) => `${name} version ${version}`;

/**
 * What the ids of heads mean. In heads of our own they never change. Those of the wire format are a registry's, and
 * taken for what that says, until the log's own record of them is known: within one log an id never means two schemas.
 * Then nothing is read or written with an id that is not recorded. SPEC rule 13.
 */
export class SchemaTable {
  #all: readonly Written[];
  #self = new Map<number, Written>();
  #wire = new Map<number, Written>();
  #ids = new Map<Written, number>();
  /** What is in the log's record; null before that is known. */
  #recorded: Set<Written> | null = null;
  /** What the log says of ids whose schemas only later versions know. */
  #later = new Map<number, string>();
  /** Why a schema has no id: what the one that the registry gave it means in the log. */
  #taken = new Map<Written, string>();
  /** Those with whose ids something was encoded or decoded. */
  #used = new Set<Written>();

  /** Throws where a schema has no id. */
  constructor(all: readonly Written[], ids: SchemaIds) {
    this.#all = all;
    for (const written of all) {
      const { type, version } = written.entry;
      const id = (written.frame === 'self' ? (localIds as SchemaIds) : ids)[`${type}.v${version}`];
      if (id === undefined) throw new Error(`${type}.v${version} has no schema id`);
      this.#ids.set(written, id);
      (written.frame === 'self' ? this.#self : this.#wire).set(id, written);
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

  /** Something was read by this schema. */
  note(written: Written): void {
    this.#used.add(written);
  }

  /** Throws CodecError `two-meanings` or `unknown-schema` where nothing may be written with it. */
  headFor(written: Written): Head {
    const { frame, entry } = written;
    if (frame === 'wire' && this.#recorded?.has(written) === false) {
      throw new CodecError('unknown-schema', `${named(entry)} is not among the schemas that the log has recorded`);
    }
    this.#used.add(written);
    return { frame, id: this.#idOf(written) };
  }

  /** See Codec. */
  recorded(): RecordedSchema[] {
    const wire = this.#all.filter(({ frame }) => frame === 'wire');
    return wire.map((written) => {
      const { name, version, fingerprint } = written.entry;
      return { id: this.#idOf(written), name, version, fingerprint };
    });
  }

  /** See Codec. */
  adopt(schemas: readonly RecordedSchema[]): void {
    if (schemas.length === 0) return;
    const bySchema = new Map(this.#all.map((written) => [named(written.entry), written]));
    const known = schemas.map((schema) => ({ ...schema, own: bySchema.get(named(schema)) }));
    for (const { own, ...schema } of known) this.#require(own, schema);
    const wire = new Map<number, Written>();
    this.#recorded = new Set();
    this.#later.clear();
    for (const { own, ...schema } of known) {
      if (own === undefined) {
        this.#later.set(schema.id, named(schema));
        continue;
      }
      this.#recorded.add(own);
      this.#ids.set(own, schema.id);
      wire.set(schema.id, own);
    }
    this.#wire = wire;
    this.#taken.clear();
    for (const { id, ...schema } of schemas) {
      // What the log does not have yet keeps the registry's id, unless that is another's here.
      for (const other of this.#all) {
        if (other.frame === 'self' || this.#recorded.has(other) || this.#ids.get(other) !== id) continue;
        this.#taken.set(other, `the id ${id}, which the registry has for it, is that of ${named(schema)} in this log`);
      }
    }
  }

  /** Throws where what was read or written until now contradicts what the log says of a schema. */
  #require(own: Written | undefined, { id, fingerprint, ...schema }: RecordedSchema): void {
    if (own !== undefined && own.entry.fingerprint !== fingerprint) {
      throw new CodecError('two-meanings', `the log's ${named(schema)} is another schema than this version's`);
    }
    const before = this.#wire.get(id);
    if (before !== undefined && before !== own && this.#used.has(before)) {
      const was = `records were taken for ${named(before.entry)} by that`;
      throw new CodecError('two-meanings', `the log has the id ${id} for ${named(schema)}, and ${was}`);
    }
    if (own !== undefined && this.#ids.get(own) !== id && this.#used.has(own)) {
      const was = `it was read or written with ${this.#ids.get(own)}`;
      throw new CodecError('two-meanings', `the log has the id ${id} for ${named(schema)}, and ${was}`);
    }
  }

  #idOf(written: Written): number {
    const taken = this.#taken.get(written);
    if (taken !== undefined) {
      throw new CodecError('two-meanings', `${named(written.entry)} has no id of its own: ${taken}`);
    }
    return this.#ids.get(written)!;
  }
}
