import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadCatalogue } from './catalogue.js';
import { edits, incompatibilities, schemaHashes } from './compatibility.js';
import pinned from './golden/schemas.json' with { type: 'json' };
import { inLandingOrder } from './landing.js';
import { firstLevel, levelOf } from './levels.js';
import { messageSets } from './modules.js';
import { sampleCommands, sampleEvents } from './samples.js';
import ids from './schema-ids.json' with { type: 'json' };

const catalogue = loadCatalogue();

describe('the catalogue', () => {
  test('every message has a schema, and every schema a message', () => {
    const named = (entries: { type: string }[]) => [...new Set(entries.map(({ type }) => type))].sort();
    expect(named(catalogue.filter(({ role }) => role === 'command'))).toEqual(Object.keys(sampleCommands).sort());
    expect(named(catalogue.filter(({ role }) => role === 'event'))).toEqual(Object.keys(sampleEvents).sort());
  });

  test('every schema has an id of its own', () => {
    const versions = catalogue.map(({ type, version }) => `${type}.v${version}`);
    expect(Object.keys(ids).sort()).toEqual(versions.sort());
    expect(new Set(Object.values(ids)).size).toBe(versions.length);
  });

  test('what a set says of a version is of one that there is', () => {
    const said = messageSets.flatMap(({ levels, upcasters }) => [...Object.keys(levels), ...Object.keys(upcasters)]);
    expect(said.filter((version) => !(version in ids))).toEqual([]);
  });

  test('once there were levels, a later version came with one: else it is written before all can read it', () => {
    const order = inLandingOrder(catalogue);
    const since = order.findIndex((entry) => levelOf(entry) > firstLevel);
    const later = order.slice(since).flatMap(({ type, version }) => (version > 1 ? `${type}.v${version}` : []));
    const named = messageSets.flatMap(({ levels }) => Object.keys(levels));
    expect(later.length).toBeGreaterThan(5);
    expect(later.filter((version) => !named.includes(version))).toEqual([]);
  });

  test('the order of landing has each version after those before it, and what is new at its end', () => {
    const order = inLandingOrder(catalogue);
    expect(order.map(({ type, version }) => `${type}.v${version}`)).toEqual(Object.keys(ids));
    for (const { type } of catalogue) {
      const versions = order.filter((entry) => entry.type === type).map(({ version }) => version);
      expect(versions).toEqual([...versions].sort((a, b) => a - b));
    }
  });
});

describe('compatibility', () => {
  const [first] = catalogue;
  const withField = (field: { name: string; type: string; default?: string }) => {
    const schema = { ...first!.schema, fields: [...first!.schema.fields, field] };
    return [first!, { ...first!, version: 2, schema }];
  };

  test('every version of a message reads every other', () => {
    expect(incompatibilities(catalogue)).toEqual([]);
  });

  test('a new field with a default is allowed', () => {
    expect(incompatibilities(withField({ name: 'why', type: 'string', default: '' }))).toEqual([]);
  });

  test('a new field without a default is named, with the version that cannot read', () => {
    const broken = incompatibilities(withField({ name: 'why', type: 'string' }));
    expect(broken).toEqual([expect.stringContaining(`${first!.type} version 2 cannot read 1`)]);
  });

  test('a field of another type breaks both ways', () => {
    const [stamp, ...fields] = first!.schema.fields;
    const retyped = fields.map((field) => ({ ...field, type: 'boolean' }));
    const second = { ...first!, version: 2, schema: { ...first!.schema, fields: [stamp!, ...retyped] } };
    expect(incompatibilities([first!, second])).toHaveLength(2);
  });
});

describe('what has landed', () => {
  /** The catalogue after an edit of one of its files. */
  function afterEdit(file: string, edit: (text: string) => string) {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-schemas-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    cpSync(new URL('schemas/', import.meta.url), folder, { recursive: true });
    const path = join(folder, file);
    writeFileSync(path, edit(readFileSync(path, 'utf8')));
    return loadCatalogue(folder);
  }
  const editsOf = (edited: typeof catalogue) => edits(schemaHashes(edited), pinned);

  test('an edit of a default is named, though no fingerprint tells of it', () => {
    const edited = afterEdit('envelope/CommandHeader.v2.avsc', (text) =>
      text.replaceAll('"default": ""', '"default": "?"'),
    );
    expect(edited.map(({ fingerprint }) => fingerprint)).toEqual(catalogue.map(({ fingerprint }) => fingerprint));
    const affected = catalogue.filter(
      ({ role, schema }) => role === 'command' && JSON.stringify(schema).includes('"traceparent"'),
    );
    expect(editsOf(edited)).toHaveLength(affected.length);
    expect(editsOf(edited)).toContainEqual(
      expect.stringMatching(/^engine\.Tick\.v2 has landed and is not what it was/),
    );
  });

  test('an edit of a shared record is named with every schema that takes it in', () => {
    const edited = afterEdit('envelope/Stamp.v1.avsc', (text) => text.replace('"epoch"', '"term"'));
    expect(editsOf(edited)).toHaveLength(catalogue.filter(({ role }) => role === 'event').length);
  });

  test('a schema that is new is to be pinned', () => {
    const added = { ...catalogue[0]!, version: 99 };
    expect(editsOf([...catalogue, added])).toEqual([expect.stringContaining(`${added.type}.v99 is not pinned yet`)]);
  });

  test('a shared record is taken in with the version that is named', () => {
    const fieldsOf = (version: number) => {
      const tick = catalogue.find((entry) => entry.type === 'engine.Tick' && entry.version === version)!;
      return (tick.schema.fields[0]!.type as unknown as { fields: { name: string }[] }).fields.map(({ name }) => name);
    };
    const first = ['id', 'domain', 'actor', 'keyed'];
    expect(fieldsOf(1)).toEqual(first);
    expect(fieldsOf(2)).toEqual([...first, 'reason', 'idempotencyKey', 'traceparent']);
  });
});

describe('schema files', () => {
  /** A folder of one module with these files, each a record of a header, by file name. */
  function folderOf(files: Record<string, string>): string {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-schemas-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, 'some'));
    for (const [file, name] of Object.entries(files)) {
      const schema = { type: 'record', name, namespace: 'holdfast.some', fields: [{ name: 'header', type: 'string' }] };
      writeFileSync(join(folder, 'some', file), JSON.stringify(schema));
    }
    return folder;
  }

  test('versions are ordered by number, so that the tenth is newer than the second', () => {
    const folder = folderOf({ 'A.v10.avsc': 'A', 'A.v2.avsc': 'A', 'A.v1.avsc': 'A' });
    expect(loadCatalogue(folder).map(({ version }) => version)).toEqual([1, 2, 10]);
  });

  test('a file that describes another record than its name says is refused', () => {
    expect(() => loadCatalogue(folderOf({ 'A.v1.avsc': 'B' }))).toThrow('A.v1.avsc describes holdfast.some.B');
  });

  test('a file without a version is refused', () => {
    expect(() => loadCatalogue(folderOf({ 'A.avsc': 'A' }))).toThrow('is not named <Name>.v<N>.avsc');
  });
});
