import avsc from 'avsc';
import { boundedType } from './bounded-type.js';
import type { CatalogueEntry, RecordSchema } from './catalogue.js';
import { CodecError } from './codec-error.js';
import type { Head } from './frame.js';
import { frameOf, levelOf } from './levels.js';
import { messageSets } from './modules.js';
import { decodeInSteps } from './parts.js';
import type { Steps } from './steps.js';
import type { Upcaster } from './upcaster.js';

/** A schema as a codec uses it, whatever its id. */
export interface Written {
  entry: CatalogueEntry;
  frame: Head['frame'];
  /** From which on it is written. */
  level: number;
  /** The writer's own schema. */
  type: avsc.Type;
  /** The record that every message begins with: the header of a command, the stamp of an event. */
  header: avsc.Type;
  /** Names the layout of what follows the header; see bodyLayout. */
  layout: string;
  /** Reads its bytes as the newest version does. */
  read(body: Buffer): Record<string, unknown>;
  /** The same in steps, for many bytes. */
  readInSteps(body: Buffer): Steps<Record<string, unknown>>;
  /** Of the newest version, but for the header. */
  fields: readonly string[];
}

const upcasters: Readonly<Record<string, Upcaster>> = Object.assign({}, ...messageSets.map((set) => set.upcasters));

const compiled = new WeakMap<readonly CatalogueEntry[], readonly Written[]>();

/** Every schema of a catalogue, made once, as that takes a while. */
export function compile(catalogue: readonly CatalogueEntry[]): readonly Written[] {
  const known = compiled.get(catalogue) ?? [...compileAll(catalogue)];
  compiled.set(catalogue, known);
  return known;
}

/** Which of a catalogue's schemas a message is written with. */
export class Writers {
  readonly #versions = new Map<string, Written[]>();
  readonly #byFingerprint = new Map<string, Written>();

  constructor(all: readonly Written[]) {
    for (const written of all) {
      const { type, fingerprint } = written.entry;
      this.#versions.set(type, [...(this.#versions.get(type) ?? []), written]);
      this.#byFingerprint.set(fingerprint, written);
    }
  }

  /** The newest version that came with this level or before. Throws CodecError `unknown-schema`. */
  of(type: string, level: number): Written {
    const own = this.#versions.get(type);
    if (own === undefined) throw new CodecError('unknown-schema', `no schema for ${type}`);
    // Whether a type may be there at a level is for those who decide: the first version is in any case the oldest form.
    return own.filter((written) => written.level <= level).at(-1) ?? own[0]!;
  }

  /** Throws CodecError `unknown-schema`. */
  with(fingerprint: string): Written {
    const writer = this.#byFingerprint.get(fingerprint);
    if (writer === undefined) throw new CodecError('unknown-schema', `no schema has the fingerprint ${fingerprint}`);
    return writer;
  }
}

function* compileAll(catalogue: readonly CatalogueEntry[]): Generator<Written> {
  const typeOf = typesOf(catalogue);
  for (const entry of catalogue) {
    const last = catalogue.filter((other) => other.type === entry.type).at(-1)!;
    const [{ type, header }, { type: reader }] = [typeOf(entry), typeOf(last)];
    const resolver = last === entry ? undefined : reader.createResolver(type);
    const upcast = upcasters[`${entry.type}.v${entry.version}`];
    yield {
      entry,
      frame: frameOf(entry),
      level: levelOf(entry),
      type,
      header,
      layout: bodyLayout(entry, catalogue),
      read: (body) => {
        const fields = reader.fromBuffer(body, resolver) as Record<string, unknown>;
        return upcast === undefined ? fields : upcast(fields);
      },
      *readInSteps(body) {
        const fields = (yield* decodeInSteps(type, reader, body)) as Record<string, unknown>;
        return upcast === undefined ? fields : upcast(fields);
      },
      fields: last.schema.fields.slice(1).map(({ name }) => name),
    };
  }
}

/**
 * The type of each message, and that of its header. All events share the type of their stamp, and so its objects are of
 * one shape, which is what makes reading their members fast. A command's body may name records of its header, which
 * must then be its own.
 */
function typesOf(
  catalogue: readonly CatalogueEntry[],
): (entry: CatalogueEntry) => { type: avsc.Type; header: avsc.Type } {
  const stamps = new Map<string, avsc.Type>();
  const types = catalogue.map((entry) => {
    const { schema, role } = entry;
    const [first, ...rest] = schema.fields as [RecordSchema['fields'][number], ...RecordSchema['fields']];
    const text = JSON.stringify(first.type);
    const header = stamps.get(text) ?? boundedType(first.type as avsc.Schema);
    if (role === 'command') return [entry, { type: boundedType(schema as avsc.Schema), header }] as const;
    stamps.set(text, header);
    const shared = { ...schema, fields: [{ ...first, type: header }, ...rest] };
    return [entry, { type: boundedType(shared as avsc.Schema), header }] as const;
  });
  const byEntry = new Map(types);
  return (entry) => byEntry.get(entry)!;
}

/**
 * The fingerprint of the first version whose fields behind the head are those of `entry`: a version that changes only
 * the head changes no digest, so that a retry which spans an upgrade is still the same request. SPEC rule 11.
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
