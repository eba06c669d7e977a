import { describe, expect, test } from 'vitest';
import { loadDocument } from '../documents.js';
import { violation } from './json-schema.js';
import { placementLimits } from './limits.js';
import { schemasOf } from './schemas.js';

const document = loadDocument('placement/placement.yaml', '').parsed();
const schemas = schemasOf(document);
const wrong = (operation: string, version: number, body: unknown) => {
  const schema = schemas.get(operation)!.body(version);
  if (schema === null) throw new Error(`${operation} has no body in 1.${version}`);
  return violation(schema, body);
};
const wrongQuery = (operation: string, version: number, query: object) =>
  violation(schemas.get(operation)!.query(version), query);

const uuid = '4e8e5957-649f-477b-9e5b-f1f75b21c03c';
const listed = [{ resource_provider: { uuid }, resources: { VCPU: 1 } }];
const keyed = { [uuid]: { resources: { VCPU: 1 } } };
const owned = { project_id: 'p', user_id: 'u' };

describe('what a consumer is to hold', () => {
  const bodies: [from: number, to: number, body: object][] = [
    [0, 7, { allocations: listed }],
    [8, 11, { allocations: listed, ...owned }],
    [12, 27, { allocations: keyed, ...owned }],
    [28, 37, { allocations: keyed, ...owned, consumer_generation: null }],
    [28, 37, { allocations: {}, ...owned, consumer_generation: 1 }],
    [34, 37, { allocations: keyed, ...owned, consumer_generation: 1, mappings: { _a: [uuid] } }],
    [38, 39, { allocations: keyed, ...owned, consumer_generation: 1, mappings: { _a: [uuid] }, consumer_type: 'LOCK' }],
    [38, 39, { allocations: {}, ...owned, consumer_generation: 1, consumer_type: 'LOCK' }],
  ];

  test.each(bodies)('from 1.%i to 1.%i, and in no other version: %j', (from, to, body) => {
    for (let version = 0; version <= 39; version++) {
      const isIn = version >= from && version <= to;
      expect(wrong('replaceAllocations', version, body) === null, `1.${version}`).toBe(isIn);
    }
  });

  test('of several consumers, what one of them may be, and nothing to hold from the beginning', () => {
    expect(wrong('manageAllocations', 13, { [uuid]: { allocations: {}, ...owned } })).toBeNull();
    expect(wrong('manageAllocations', 28, { [uuid]: { allocations: {}, ...owned } })).toContain('consumer_generation');
    expect(wrong('manageAllocations', 13, {})).toContain('should be non-empty');
    expect(schemas.get('manageAllocations')!.body(12)).toBeNull();
  });

  test('mappings are looked at for their form alone', () => {
    const at = (version: number, mappings: unknown) =>
      wrong('replaceAllocations', version, { allocations: keyed, ...owned, consumer_generation: null, mappings });
    expect(at(34, { a: [uuid] })).toBeNull();
    expect(at(34, { a: 'beta' })).toContain("'beta' is not of type 'array'");
    expect(at(34, {})).toContain('{} should be non-empty');
    expect(at(33, { a: [uuid] })).toContain("('mappings' was unexpected)");
  });

  test('amounts are whole numbers from 1 to the largest that Placement has', () => {
    const body = (amount: unknown) => ({ allocations: { [uuid]: { resources: { VCPU: amount } } }, ...owned });
    for (const amount of [1, placementLimits.integerMax]) {
      expect(wrong('replaceAllocations', 12, body(amount))).toBeNull();
    }
    for (const amount of [0, -1, 1.5, placementLimits.integerMax + 1, '1', true, null]) {
      expect(wrong('replaceAllocations', 12, body(amount)), String(amount)).not.toBeNull();
    }
  });

  test('ids have 1 to 255 characters that can be stored', () => {
    const body = (project_id: string) => ({ allocations: keyed, ...owned, project_id });
    const longest = '🔒'.repeat(placementLimits.idLengthMax);
    for (const id of ['p', longest]) expect(wrong('replaceAllocations', 12, body(id))).toBeNull();
    for (const id of ['', `${longest}p`, 'a\0b', '\ud800']) {
      expect(wrong('replaceAllocations', 12, body(id)), id).not.toBeNull();
    }
  });
});

describe('providers, inventories and classes', () => {
  test('a parent is there from 1.14 on, and may be none', () => {
    const body = { name: 'a', parent_provider_uuid: null };
    expect(wrong('createResourceProvider', 13, body)).toContain("'parent_provider_uuid' was unexpected");
    expect(wrong('createResourceProvider', 14, body)).toBeNull();
    expect(wrong('updateResourceProvider', 14, { ...body, parent_provider_uuid: 'x' })).toContain(
      "'x' is not a 'uuid'",
    );
  });

  test('a name has so many characters and no more', () => {
    const { nameLengthMax: max } = placementLimits;
    expect(wrong('createResourceProvider', 0, { name: 'x'.repeat(max) })).toBeNull();
    expect(wrong('createResourceProvider', 0, { name: 'x'.repeat(max + 1) })).toContain('is too long');
    expect(wrong('createResourceProvider', 0, { name: 'a\0' })).toContain('cannot be stored');
  });

  test('a class is renamed before 1.7, and has no body after', () => {
    expect(wrong('updateResourceClass', 6, { name: 'CUSTOM_A' })).toBeNull();
    expect(wrong('updateResourceClass', 6, { name: 'A' })).toContain("does not match '^CUSTOM_[A-Z0-9_]+$'");
    expect(schemas.get('updateResourceClass')!.body(7)).toBeNull();
  });

  test('a query has what its version has, and nothing else', () => {
    expect(wrongQuery('listResourceProviders', 3, { resources: 'VCPU:1' })).toContain('Additional properties');
    expect(wrongQuery('listResourceProviders', 4, { resources: 'VCPU:1', name: 'a', uuid })).toBeNull();
    expect(wrongQuery('listResourceProviders', 14, { in_tree: 'x' })).toContain("'x' is not a 'uuid'");
    expect(wrongQuery('listUsages', 9, {})).toContain("'project_id' is a required property");
    expect(wrongQuery('listUsages', 37, { project_id: 'p', consumer_type: 'A' })).toContain('Additional properties');
    expect(wrongQuery('listUsages', 38, { project_id: 'p', consumer_type: 'a' })).toContain('does not match');
  });
});

test('what is wrong is said in the words, and at the places, that readers of Placement know', () => {
  expect(wrong('createInventory', 0, { resource_class: 'VCPU', total: -1 })).toBe(
    "-1 is less than the minimum of 1\n\nFailed validating 'minimum' in schema['properties']['total']\n\nOn instance['total']",
  );
  expect(wrong('createInventory', 0, { resource_class: 'VCPU' })).toBe(
    "'total' is a required property\n\nFailed validating 'required' in schema\n\nOn instance",
  );
  expect(wrong('createInventory', 0, [])).toContain("[] is not of type 'object'");
  expect(wrong('replaceAllocations', 12, { allocations: { x: {} }, ...owned })).toContain(
    "'x' does not match any of the regexes: '^[0-9a-fA-F-]{36}$'",
  );
  expect(wrong('createResourceProvider', 0, { name: 'a', b: 1, c: 2 })).toContain(
    "Additional properties are not allowed ('b', 'c' were unexpected)",
  );
});

test('what a client sent is shown to it only as far as a person reads', () => {
  const long = wrong('createResourceProvider', 0, { name: 'x'.repeat(100_000) })!;
  expect(long.length).toBeLessThan(500);
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`f${n}`, 1]));
  expect(wrong('createResourceProvider', 0, { name: 'a', ...many })!.length).toBeLessThan(500);
  const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  expect(wrong('createResourceProvider', 0, deep)!.length).toBeLessThan(500);
});

test('the limits of the document are those of the API', () => {
  const text = JSON.stringify(document);
  const all = (keyword: string) =>
    new Set([...text.matchAll(new RegExp(`"${keyword}":(\\d+)`, 'g'))].map(([, value]) => Number(value)));
  const { consumersMax, providersMax, classesMax } = placementLimits;
  expect(all('maxProperties')).toEqual(new Set([consumersMax, providersMax, classesMax]));
  expect(all('maxItems')).toEqual(new Set([providersMax]));
  expect(all('maxLength')).toEqual(new Set([placementLimits.nameLengthMax, placementLimits.idLengthMax]));
  expect(all('maximum')).toEqual(new Set([placementLimits.integerMax, 3]));
});
