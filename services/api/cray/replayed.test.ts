import { nodeRuntime } from '@holdfast/log';
import { afterAll, beforeAll, test } from 'vitest';
import { newLog, type RunningService, serve } from '../../../test/history/service.js';
import { loadFixture } from '../../../test/modules/cray/conformance/loading.js';
import { both, requireReplayed, type Table } from '../../../test/support/replayed.js';

const absent = 'x0c7s9b0n0';
const fresh = ['x0c7s0b0n0', 'x0c7s1b0n0'];

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

let service: RunningService;
beforeAll(async () => {
  service = await serve(newLog(nodeRuntime), nodeRuntime, []);
  await loadFixture(service.inject);
});
afterAll(() => service.close());

test.each([
  ['cray/cray-published.yaml', published],
  ['cray/cray-hsm.yaml', hsm],
])('of %s, every operation says of an answer whether it was given before', async (document, table) => {
  await requireReplayed(service, document, table);
});
