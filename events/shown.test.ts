import { expect, test } from 'vitest';
import { loadCatalogue, type RecordSchema } from './catalogue.js';
import { sampleEvents } from './samples.js';
import { type FieldsShown, type Shown, shownPart } from './showing.js';
import { shownDetail, shownFields } from './shown.js';

/* What the audit shows is decided for every field of every event that the catalogue has, and for nothing else. */

const newest = new Map(
  loadCatalogue()
    .filter(({ role }) => role === 'event')
    .map((entry) => [entry.type, entry]),
);
const lists = shownFields as Record<string, FieldsShown>;

type Node = RecordSchema['fields'][number]['type'];

/** `kind`, `properties.role`, ...: of each field that holds no others, its way from the event. */
function fieldsOf(node: Node, way: string, records: Map<string, RecordSchema>): string[] {
  if (typeof node === 'string') return records.has(node) ? fieldsOf(records.get(node) as never, way, records) : [way];
  if (Array.isArray(node))
    return [...new Set(node.flatMap((one) => (one === 'null' ? [] : fieldsOf(one, way, records))))];
  if (node.type === 'array') return fieldsOf(node.items as Node, way, records);
  if (node.type !== 'record') return [way];
  const record = node as unknown as RecordSchema;
  for (const name of [record.name, `${record.namespace}.${record.name}`]) records.set(name, record);
  return record.fields
    .filter(({ name }) => way !== '' || name !== 'stamp')
    .flatMap(({ name, type }) => fieldsOf(type, way === '' ? name : `${way}.${name}`, records));
}

function decidedOf(list: Shown | FieldsShown, way = ''): [way: string, Shown][] {
  if (typeof list === 'string') return [[way, list]];
  return Object.entries(list).flatMap(([name, one]) => decidedOf(one, way === '' ? name : `${way}.${name}`));
}

test('every type of event has a list', () => {
  expect(Object.keys(lists).sort()).toEqual([...newest.keys()].sort());
  expect(newest.size).toBeGreaterThan(30);
});

test.each([...newest])('%s: every field is decided on, and no other', (type, { schema }) => {
  const known = fieldsOf(schema as never, '', new Map()).filter((way) => way !== '');
  const decided = decidedOf(lists[type]!).map(([way]) => way);
  // What is withheld as a whole stands for all that is in it.
  const covered = known.map(
    (way) => decided.find((one) => way === one || way.startsWith(`${one}.`)) ?? `${way}: nobody decided`,
  );
  expect([...new Set(covered)].sort()).toEqual([...decided].filter((way) => way !== '').sort());
});

/** What sounds like a secret, and is shown all the same, with why. */
const soundsOnly = new Map([
  ['engine.RequestDecided.keyed', 'whether there was a key, not which'],
  ['engine.SchemasRecorded.schemas.fingerprint', 'of a schema, which is published'],
]);

test('what sounds like a secret is withheld, or said here why not', () => {
  const all = Object.entries(lists).flatMap(([type, list]) => decidedOf(list, type));
  const sounding = all.filter(([way]) =>
    /hash|key|secret|token|password|credential|digest|fingerprint/i.test(
      way.slice(way.indexOf('.', way.indexOf('.') + 1)),
    ),
  );
  expect(
    sounding
      .filter(([, shown]) => shown === 'shown')
      .map(([way]) => way)
      .sort(),
  ).toEqual([...soundsOnly.keys()].sort());
  const withheld = sounding.filter(([, shown]) => shown === 'withheld').map(([way]) => way);
  expect(withheld).toEqual(
    expect.arrayContaining([
      'engine.RequestDecided.digest',
      'engine.RequestDecided.origin.idempotencyKey',
      'engine.Repeated.digest',
      'engine.Repeated.origin.idempotencyKey',
      'engine.ShardOpened.secretFingerprint',
    ]),
  );
});

/** The same with a field more in it and in all that it holds. */
function planted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(planted);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, one]) => [name, planted(one)]);
  return {
    ...Object.fromEntries(fields),
    masterKey: 'planted',
    constructor: 'planted',
    nested: { toString: 'planted' },
  };
}

test.each(Object.values(sampleEvents))(
  '$type: a field that its list does not have is not shown, wherever it stands',
  (event) => {
    const { type, ...fields } = event;
    const shown = shownDetail(type, planted(fields) as object);
    expect(JSON.stringify(shown)).not.toContain('planted');
    expect(shown).toEqual(shownDetail(type, fields));
    for (const [way, decision] of decidedOf(lists[type]!).filter(([way]) => way !== '' && !way.includes('.'))) {
      expect([way, Object.hasOwn(shown, way)]).toEqual([way, decision === 'shown']);
    }
  },
);

test.each(['none.ShareLocked', 'constructor', '__proto__', ''])(
  'of a type that nobody decided on (%s) nothing is shown',
  (type) => {
    expect(shownDetail(type, { xname: 'x0', any: 1 })).toEqual({});
  },
);

test('a field that was without fields, and has some, is not shown', () => {
  expect(shownPart({ reason: 'shown' }, { reason: { masterKey: 'planted' } })).toEqual({});
  expect(shownPart({ members: 'shown' }, { members: ['x0', { masterKey: 'planted' }, null] })).toEqual({
    members: ['x0', null],
  });
});
