import type { Caller, HistoryPart } from '../../history/module.js';

const nodes = ['x0c0s0b0n0', 'x0c0s1b0n0', 'x0c0s2b0n0', 'x0c0s3b0n0'] as const;
const [n0, n1, n2, n3] = nodes;
const idempotencyKey = (n: number) => ({ 'idempotency-key': `00000000-0000-4000-8000-00000000000${n}` });

const reserve = { ComponentIDs: [n1, n2], ReservationDuration: 1 };

/**
 * Every operation once accepted and most once refused; repeats, conflicts, leases that end and leases that are
 * extended.
 */
export const craySession: Pick<HistoryPart, 'first' | 'second' | 'again'> = {
  first: firstEpoch,
  second: secondEpoch,
  again: { path: '/hsm/v2/locks/service/reservations', body: reserve, headers: idempotencyKey(1) },
};

interface Shown {
  ID: string;
  Key: string;
}

async function firstEpoch(caller: Caller): Promise<void> {
  await inventory(caller);
  await hsm(caller, '/locks/lock', { Role: ['Management'], Reason: 'nobody touches these' });
  await hsm(caller, '/locks/lock', { Role: ['Management'] });
  await hsm(caller, '/locks/lock', { ComponentIDs: [n0, n1], ProcessingModel: 'flexible' });
  await hsm(caller, '/locks/lock', { ComponentIDs: ['x9c9s9b0n9'] });
  await hsm(caller, '/locks/unlock', { ComponentIDs: [n1] });
  await hsm(caller, '/locks/reservations', { ComponentIDs: [n0] });
  await hsm(caller, '/locks/service/reservations', { ComponentIDs: [n1, n0], ReservationDuration: 1 });

  const reserved = await hsm(caller, '/locks/service/reservations', reserve, idempotencyKey(1));
  await hsm(caller, '/locks/service/reservations', reserve, idempotencyKey(1));
  await hsm(caller, '/locks/service/reservations', { ...reserve, ReservationDuration: 2 }, idempotencyKey(1));
  const [first, second] = reserved.map(shownKey);
  await hsm(caller, '/locks/service/reservations/renew', { ReservationKeys: [first], ReservationDuration: 3 });
  await hsm(caller, '/locks/service/reservations/renew', {
    ReservationKeys: [{ ...first, ID: n3 }],
    ReservationDuration: 3,
  });
  // The second lease ends by itself.
  await caller.pass(70_000);
  await hsm(caller, '/locks/service/reservations/release', { ReservationKeys: [second] });
  await hsm(caller, '/locks/service/reservations/release', { ReservationKeys: [first] });

  await hsm(caller, '/locks/service/reservations', { ComponentIDs: [n2], ReservationDuration: 2 });
}

async function secondEpoch(caller: Caller): Promise<void> {
  await hsm(caller, '/locks/disable', { ComponentIDs: [n2, n3] });
  await hsm(caller, '/locks/service/reservations', { ComponentIDs: [n3], ReservationDuration: 1 });
  await hsm(caller, '/locks/repair', { ComponentIDs: [n3] });
  await hsm(caller, '/locks/service/reservations', { ComponentIDs: [n3], ReservationDuration: 15 }, idempotencyKey(2));
  await hsm(caller, '/locks/reservations/remove', { ComponentIDs: [n0, n3], ProcessingModel: 'flexible' });
  await hsm(caller, '/locks/reservations/remove', { ComponentIDs: [n1] });
  const [admin] = await hsm(caller, '/locks/reservations', { ComponentIDs: [n0] });
  await hsm(caller, '/locks/reservations/release', { ReservationKeys: [shownKey(admin)] });
  await caller.send('PATCH', '/v1/locks/lock', { ComponentIDs: [n3] });
  await caller.send('POST', '/v1/locks/service/reservations', { ComponentIDs: [n3] });
  await hsm(caller, '/locks/reservations', { ComponentIDs: [n0] });
  await hsm(caller, '/locks/service/reservations', { ComponentIDs: [n1], ReservationDuration: 15 });
  // Half a minute back: log time and the leases go with it.
  await caller.pass(-30_000);
  await caller.send('DELETE', '/hsm/v2/groups/blue');
  await caller.send('DELETE', '/hsm/v2/partitions/p1');
  await caller.send('DELETE', '/hsm/v2/State/Components/x0c0s4b0n0');
  await hsm(caller, '/State/Components', { Components: [{ ID: n3, State: 'Off', Flag: 'Alert' }], Force: true });
  await caller.send('PATCH', `/hsm/v2/State/Components/${n3}/Role`, { Role: 'Application' });
  await hsm(caller, '/groups', { label: 'red', tags: ['t1'], exclusiveGroup: 'colour', members: { ids: [n0] } });
  await hsm(caller, '/groups', { label: 'pink', exclusiveGroup: 'colour', members: { ids: [n0] } });
  await hsm(caller, '/groups/red/members', { id: n1 });
  await caller.send('DELETE', `/hsm/v2/groups/red/members/${n0}`);
  await caller.send('PATCH', '/hsm/v2/groups/red', { description: 'no more the first', tags: [] });
}

async function inventory(caller: Caller): Promise<void> {
  const component = (ID: string, n: number) => ({
    ID,
    State: 'Ready',
    Role: n === 0 ? 'Management' : 'Compute',
    NID: n,
  });
  await hsm(caller, '/State/Components', { Components: [...nodes, 'x0c0s4b0n0'].map(component) });
  await hsm(caller, '/groups', { label: 'blue', description: 'the first two', members: { ids: [n0, n1] } });
  await hsm(caller, '/groups', { label: 'Blue', members: { ids: [] } });
  await hsm(caller, '/groups', { label: 'green', members: { ids: [n3] } });
  await hsm(caller, '/partitions', { name: 'p1', members: { ids: [n2] } });
}

interface Reserved {
  ID: string;
  ReservationKey: string;
}

function shownKey(reserved: Reserved | undefined): Shown {
  if (reserved === undefined) throw new Error('nothing was reserved');
  return { ID: reserved.ID, Key: reserved.ReservationKey };
}

/** Gives what was reserved, where that is what was asked for. */
async function hsm(
  caller: Caller,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Reserved[]> {
  return (await caller.send('POST', `/hsm/v2${path}`, body, headers))?.Success ?? [];
}
