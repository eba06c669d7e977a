import { randomUUID } from 'node:crypto';
import { nodeRuntime } from '@holdfast/log';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newLog, type RunningService, serve } from '../../test/history/service.js';
import { loadFixture } from '../../test/support/sites.js';
import { loadDocument } from './documents.js';

/*
 * Every operation of every API that takes an Idempotency-Key, done and refused, each sent three times: what is given again says so, the
 * first answer and one without the key do not. An operation that is new must come into the table.
 */

interface Step {
  operation: string;
  method: string;
  path: string;
  body?: unknown;
  /** Where the log refuses it; else it does it. */
  refused?: true;
}
type Answered = Record<string, { body: unknown }>;
/** A step may say something of what earlier ones answered. */
type Table = readonly ((before: Answered) => Step)[];

const absent = 'x0c7s9b0n0';
const fresh = ['x0c7s0b0n0', 'x0c7s1b0n0'];

/** What is done and then refused. */
function both(
  operation: string,
  method: string,
  path: string,
  body: unknown,
  refusedBody: unknown,
  refusedPath = path,
): Table {
  const step = { operation, method };
  return [() => ({ ...step, path, body }), () => ({ ...step, path: refusedPath, body: refusedBody, refused: true })];
}

/** The operations on a group or a partition of this name. */
function collectionTable(
  noun: string,
  path: string,
  name: string,
  bodyOf: (name: string, ids: string[]) => object,
): Table {
  const [own, none] = [`${path}/${name}`, `${path}/p8`];
  return [
    ...both(`create${noun}`, 'POST', path, bodyOf(name, []), bodyOf(name, [])),
    ...both(`change${noun}`, 'PATCH', own, { description: 'd' }, { description: 'd' }, none),
    ...both(`add${noun}Member`, 'POST', `${own}/members`, { id: fresh[1] }, { id: fresh[1] }),
    ...both(
      `remove${noun}Member`,
      'DELETE',
      `${own}/members/${fresh[1]}`,
      undefined,
      undefined,
      `${own}/members/${absent}`,
    ),
    ...both(`delete${noun}`, 'DELETE', own, undefined, undefined, none),
  ];
}

/** The operations on locks, on one component. `named`: how the document calls those of this method. */
function lockTable(base: string, method: string, id: string, named: (operation: string) => string): Table {
  const onIds = (operation: string, path: string): Table =>
    both(named(operation), method, `${base}${path}`, { ComponentIDs: [id] }, { ComponentIDs: [absent] });
  const onKeys = (operation: string, path: string, created: string, more = {}): Table =>
    [false, true].map((refused) => (before) => {
      const { Success } = before[created]!.body as { Success: { ReservationKey: string }[] };
      const ReservationKeys = [{ ID: id, Key: refused ? 'none' : Success[0]!.ReservationKey }];
      const step = { operation: named(operation), method, path: `${base}${path}`, body: { ReservationKeys, ...more } };
      return refused ? { ...step, refused } : step;
    });
  const unlock = onIds('unlockComponents', '/unlock');
  const created = named('createAdminReservations');
  return [
    ...onIds('lockComponents', '/lock'),
    ...onIds('createAdminReservations', '/reservations'),
    ...onKeys('releaseReservations', '/reservations/release', created),
    ...onIds('createAdminReservations', '/reservations'),
    ...onIds('removeReservations', '/reservations/remove'),
    ...onIds('disableComponents', '/disable'),
    ...onIds('repairComponents', '/repair'),
    // As the HSM has it, a service reserves what is not locked.
    ...(base.startsWith('/hsm') ? unlock : []),
    // It has one method in both dialects.
    ...both(
      'createServiceReservations',
      'POST',
      `${base}/service/reservations`,
      { ComponentIDs: [id], ReservationDuration: 5 },
      { ComponentIDs: [absent], ReservationDuration: 5 },
    ),
    ...onKeys('renewServiceReservations', '/service/reservations/renew', 'createServiceReservations', {
      ReservationDuration: 5,
    }),
    ...onKeys('releaseServiceReservations', '/service/reservations/release', 'createServiceReservations'),
    ...(base.startsWith('/hsm') ? [] : unlock),
  ];
}

const published: Table = [
  ...lockTable('/v1/locks', 'PATCH', 'x0c0s0b0n0', (operation) => operation),
  ...lockTable('/v1/locks', 'POST', 'x0c0s1b0n0', (operation) =>
    operation === 'createServiceReservations' ? operation : `${operation}ByPost`,
  ),
];
const inventory = '/hsm/v2/State/Components';
const hsm: Table = [
  ...lockTable('/hsm/v2/locks', 'POST', 'x0c0s2b0n0', (operation) => operation),
  () => ({
    operation: 'putComponents',
    method: 'POST',
    path: inventory,
    body: { Components: fresh.map((ID) => ({ ID, State: 'Ready' })) },
  }),
  () => ({ operation: 'deleteComponent', method: 'DELETE', path: `${inventory}/${fresh[0]}` }),
  () => ({ operation: 'deleteComponent', method: 'DELETE', path: `${inventory}/${absent}`, refused: true }),
  ...both(
    'changeRole',
    'PATCH',
    `${inventory}/${fresh[1]}/Role`,
    { Role: 'Management' },
    { Role: 'Management' },
    `${inventory}/${absent}/Role`,
  ),
  ...both(
    'changeRoles',
    'PATCH',
    `${inventory}/BulkRole`,
    { ComponentIDs: [fresh[1]], Role: 'Compute' },
    { ComponentIDs: [absent], Role: 'Compute' },
  ),
  ...collectionTable('Group', '/hsm/v2/groups', 'again', (name, ids) => ({ label: name, members: { ids } })),
  ...collectionTable('Partition', '/hsm/v2/partitions', 'p9', (name, ids) => ({ name, members: { ids } })),
  () => ({ operation: 'deleteComponents', method: 'DELETE', path: inventory }),
];

const [provider, nobody] = ['4e8e5957-649f-477b-9e5b-f1f75b21c03c', 'd7ee02fb-1d9e-4d6b-8ce8-5b8a8f0a5f1e'];
const consumer = '599ffd2d-526a-4b2e-8683-f13ad25f9951';
const of = (uuid: string) => `/placement/resource_providers/${uuid}`;
const holding = (consumer_generation: number | null, amount: number) => ({
  allocations: amount === 0 ? {} : { [provider]: { resources: { VCPU: amount } } },
  project_id: 'p1',
  user_id: 'u1',
  consumer_generation,
  consumer_type: 'LOCK',
});
const stale = { resource_provider_generation: 99 };
const at = (generation: number) => ({ resource_provider_generation: generation });
const placement: Table = [
  ...both(
    'createResourceProvider',
    'POST',
    '/placement/resource_providers',
    { name: 'host', uuid: provider },
    { name: 'host' },
  ),
  ...both(
    'updateResourceProvider',
    'PUT',
    of(provider),
    { name: 'host2' },
    { name: 'host2', parent_provider_uuid: nobody },
  ),
  ...both(
    'createInventory',
    'POST',
    `${of(provider)}/inventories`,
    { resource_class: 'VCPU', total: 4, ...at(0) },
    { resource_class: 'VCPU', total: 4, ...at(1) },
  ),
  ...both('updateInventory', 'PUT', `${of(provider)}/inventories/VCPU`, { total: 8, ...at(1) }, { total: 9, ...stale }),
  ...both(
    'replaceInventories',
    'PUT',
    `${of(provider)}/inventories`,
    { inventories: { VCPU: { total: 9 }, DISK_GB: { total: 1 } }, ...at(2) },
    { inventories: {}, ...stale },
  ),
  () => ({ operation: 'deleteInventory', method: 'DELETE', path: `${of(provider)}/inventories/DISK_GB` }),
  () => ({
    operation: 'deleteInventory',
    method: 'DELETE',
    path: `${of(provider)}/inventories/SRIOV_NET_VF`,
    refused: true,
  }),
  ...both('createTrait', 'PUT', '/placement/traits/CUSTOM_A', undefined, undefined).slice(0, 1),
  ...both(
    'replaceProviderTraits',
    'PUT',
    `${of(provider)}/traits`,
    { traits: ['HW_CPU_X86_VMX'], ...at(4) },
    { traits: [], ...stale },
  ),
  () => ({ operation: 'deleteProviderTraits', method: 'DELETE', path: `${of(provider)}/traits` }),
  () => ({ operation: 'deleteProviderTraits', method: 'DELETE', path: `${of(nobody)}/traits`, refused: true }),
  () => ({ operation: 'deleteTrait', method: 'DELETE', path: '/placement/traits/CUSTOM_A' }),
  () => ({ operation: 'deleteTrait', method: 'DELETE', path: '/placement/traits/CUSTOM_NONE', refused: true }),
  ...both(
    'replaceAggregates',
    'PUT',
    `${of(provider)}/aggregates`,
    { aggregates: [nobody], ...at(6) },
    { aggregates: [], ...stale },
  ),
  ...both('createResourceClass', 'POST', '/placement/resource_classes', { name: 'CUSTOM_C' }, { name: 'CUSTOM_C' }),
  () => ({ operation: 'updateResourceClass', method: 'PUT', path: '/placement/resource_classes/CUSTOM_D' }),
  () => ({ operation: 'deleteResourceClass', method: 'DELETE', path: '/placement/resource_classes/CUSTOM_D' }),
  () => ({
    operation: 'deleteResourceClass',
    method: 'DELETE',
    path: '/placement/resource_classes/CUSTOM_N',
    refused: true,
  }),
  ...both('replaceAllocations', 'PUT', `/placement/allocations/${consumer}`, holding(null, 1), holding(null, 99)),
  ...both(
    'manageAllocations',
    'POST',
    '/placement/allocations',
    { [consumer]: holding(1, 2) },
    { [consumer]: holding(7, 2) },
  ),
  () => ({ operation: 'deleteAllocations', method: 'DELETE', path: `/placement/allocations/${consumer}` }),
  () => ({ operation: 'deleteAllocations', method: 'DELETE', path: `/placement/allocations/${nobody}`, refused: true }),
  () => ({ operation: 'deleteInventories', method: 'DELETE', path: `${of(provider)}/inventories` }),
  () => ({ operation: 'deleteInventories', method: 'DELETE', path: `${of(nobody)}/inventories`, refused: true }),
  () => ({ operation: 'deleteResourceProvider', method: 'DELETE', path: of(provider) }),
  () => ({ operation: 'deleteResourceProvider', method: 'DELETE', path: of(nobody), refused: true }),
];

let service: RunningService;
beforeAll(async () => {
  service = await serve(newLog(nodeRuntime), nodeRuntime, []);
  await loadFixture(service.inject);
});
afterAll(() => service.close());

describe.each([
  ['cray-published.yaml', published],
  ['cray-hsm.yaml', hsm],
  ['placement.yaml', placement],
])('of %s', (file, table) => {
  test('every operation says of an answer whether it was given before', async () => {
    const seen = new Set<string>();
    const answered: Answered = {};
    for (const step of table) {
      const { operation, method, path, body, refused = false } = step(answered);
      const send = async (key: string | null) => {
        const headers = {
          'openstack-api-version': 'placement 1.39',
          'x-auth-token': 'admin',
          ...(key === null ? {} : { 'idempotency-key': key }),
        };
        const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
        const sent = body === undefined ? {} : { body: JSON.stringify(body) };
        return service.inject({ method, path, ...sent, headers: { ...headers, ...type } });
      };
      const key = randomUUID();
      const [first, again] = [await send(key), await send(key)];
      const marks = [first, again].map(({ headers }) => headers['idempotent-replayed']);
      const what = `${operation}${refused ? ', refused' : ''}: ${first.status} ${first.text}`;
      expect([marks, again.status, told(again)], what).toEqual([[undefined, 'true'], first.status, told(first)]);
      // It came to the log, both times as the same.
      expect(first.headers['holdfast-sequence'], what).toMatch(/^\d+$/);
      expect(again.headers['holdfast-sequence'], what).toBe(first.headers['holdfast-sequence']);
      // The published dialect tells of a refusal within a success.
      const failed = first.status >= 400 || /"Success":(\[\]|\{"ComponentIDs":\[\]\})/.test(first.text);
      expect(failed, what).toBe(refused);
      if (!refused) answered[operation] = { body: first.text === '' ? null : JSON.parse(first.text) };
      else expect((await send(null)).headers['idempotent-replayed'], what).toBeUndefined();
      seen.add(operation);
    }
    expect([...seen].sort()).toEqual(keyedOperations(file));
  });
});

/** What an answer says, but for the id that Placement gives each request. */
function told({ text }: { text: string }): string {
  return text.replace(/req-[0-9a-f-]{36}/, 'req');
}

/** The operations of a document that take an Idempotency-Key. */
function keyedOperations(file: string): string[] {
  const { paths } = loadDocument(file, '').parsed() as {
    paths: Record<string, Record<string, { operationId: string; parameters?: { $ref?: string }[] }>>;
  };
  const operations = Object.values(paths).flatMap((path) => Object.values(path));
  const keyed = operations.filter(({ parameters }) =>
    parameters?.some(({ $ref }) => $ref?.endsWith('/IdempotencyKey')),
  );
  return keyed.map(({ operationId }) => operationId).sort();
}
