import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import avsc from 'avsc';
import { sha256 } from './hash.js';

/**
 * Every schema in `schemas/`: a file per record and version, never edited once landed.
 *
 * A file may name a record of another file, which is taken in where it is first named:
 * `holdfast.envelope.CommandHeader` is its version 1, `holdfast.envelope.CommandHeader.v2` its version 2. So each
 * message has one schema that stands alone: what a registry gets, and what is fingerprinted.
 */
export interface CatalogueEntry {
  /** As in the TypeScript types, e.g. `<module>.ThingMade`. */
  type: string;
  version: number;
  /** Also the subject in a registry, e.g. `holdfast.<module>.ThingMade`. */
  name: string;
  role: 'command' | 'event';
  schema: RecordSchema;
  /** SHA-256 of the schema's canonical form. */
  fingerprint: string;
}

export interface RecordSchema {
  type: 'record';
  name: string;
  namespace: string;
  fields: { name: string; type: SchemaNode; default?: unknown }[];
}
type SchemaNode = string | SchemaNode[] | { [property: string]: unknown };

interface SchemaFile {
  module: string;
  name: string;
  version: number;
  schema: RecordSchema;
}

/**
 * All messages of these folders, by default of this package's, ordered by module, name and version. Throws on a file
 * whose record is not the one that its path names.
 */
export function loadCatalogue(...folders: string[]): CatalogueEntry[] {
  const files = (folders.length === 0 ? [schemaFolder()] : folders).flatMap(readSchemaFiles).sort(inOrder);
  const shared = new Map<string, RecordSchema>();
  for (const { module, name, version, schema } of files) {
    shared.set(`holdfast.${module}.${name}${version === 1 ? '' : `.v${version}`}`, schema);
  }
  return files.flatMap(({ module, name, version, schema }) => {
    const head = schema.fields[0]?.name;
    const role = head === 'header' ? 'command' : head === 'stamp' ? 'event' : null;
    if (role === null) return [];
    const whole = standAlone(schema, shared);
    const canonical = JSON.stringify(avsc.Type.forSchema(whole as avsc.Schema).schema());
    const entry: CatalogueEntry = {
      type: keptOnce(`${module}.${name}`),
      version,
      name: `holdfast.${module}.${name}`,
      role,
      schema: whole,
      fingerprint: sha256(canonical),
    };
    return [entry];
  });
}

/**
 * The same text, as the copy that V8 keeps of each name in the code: it tells two of those apart by their address, and
 * any other two texts by their characters. Every event is told apart by its type, again and again.
 */
function keptOnce(text: string): string {
  return Object.keys({ [text]: null })[0]!;
}

/** Sources run from the package's folder, what was built of them from `dist/`. */
export function schemaFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const schemas = [join(here, 'schemas'), join(here, '..', 'schemas')].find((folder) => existsSync(folder));
  if (schemas === undefined) throw new Error(`no schemas beside ${here}`);
  return schemas;
}

function readSchemaFiles(folder: string): SchemaFile[] {
  const files: SchemaFile[] = [];
  for (const module of readdirSync(folder)) {
    for (const file of readdirSync(join(folder, module))) {
      const [, name, version] = /^(\w+)\.v(\d+)\.avsc$/.exec(file) ?? [];
      if (name === undefined) throw new Error(`schemas/${module}/${file} is not named <Name>.v<N>.avsc`);
      const schema = JSON.parse(readFileSync(join(folder, module, file), 'utf8')) as RecordSchema;
      if (schema.namespace !== `holdfast.${module}` || schema.name !== name) {
        throw new Error(`schemas/${module}/${file} describes ${schema.namespace}.${schema.name}`);
      }
      files.push({ module, name, version: Number(version), schema });
    }
  }
  return files;
}

/** Versions by number: as text, v10 would come before v2, and the newest version is the one that is written. */
function inOrder(a: SchemaFile, b: SchemaFile): number {
  const [first, second] = [`${a.module}.${a.name}`, `${b.module}.${b.name}`];
  if (first === second) return a.version - b.version;
  return first < second ? -1 : 1;
}

/** The schema with every record of another file taken in where it is first named. */
function standAlone(schema: RecordSchema, shared: ReadonlyMap<string, RecordSchema>): RecordSchema {
  const seen = new Set<string>();
  const resolve = (node: SchemaNode): SchemaNode => {
    if (typeof node === 'string') {
      const record = shared.get(node);
      if (record === undefined) return node;
      if (seen.has(node)) return `${record.namespace}.${record.name}`;
      seen.add(node);
      return whole(record) as unknown as SchemaNode;
    }
    if (Array.isArray(node)) return node.map(resolve);
    return node.type === 'array' ? { ...node, items: resolve(node.items as SchemaNode) } : node;
  };
  const whole = (record: RecordSchema): RecordSchema => ({
    ...record,
    fields: record.fields.map((field) => ({ ...field, type: resolve(field.type) })),
  });
  return whole(schema);
}
