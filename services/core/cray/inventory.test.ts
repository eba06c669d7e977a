import type { CollectionKind, ComponentProperties, CrayCommand } from '@holdfast/events/cray/messages';
import { expect, test } from 'vitest';
import { after, collection, decider, given, noon, put, reserved, when } from './scenario.js';
import type { CrayState } from './state.js';

const [A, B, unknown] = ['x0c0s0b0n0', 'x0c0s2b0n0', 'x9c0s0b0n0'] as const;
const deletion = (ids: string[] | null): CrayCommand => ({ type: 'cray.ComponentsDeletionRequested', ids });
const putting = (kind: CollectionKind, name: string, ...members: string[]) =>
  ({
    type: 'cray.CollectionPutRequested',
    kind,
    name,
    description: 'why',
    members,
    tags: [] as string[],
    exclusiveGroup: '',
  }) as const;
const refused = (xname: string, reason: string) => ({ type: 'cray.RequestRefused', xname, reason });
const propertiesOf = (xname: string, role: string) => {
  const event = put(xname, { role });
  if (event.type !== 'cray.ComponentPut') throw new Error('a put was made');
  return { xname, properties: event.properties, locked: false, disabled: false };
};

/** As it was decided before that level, and still is in a log that has not got it. */
const belowLevel4 = (state: CrayState, command: CrayCommand) =>
  decider.decide(command, state, { now: noon, commandId: 'c', commandPosition: 1, level: 3 });

test('a component that is put again has its new properties, and keeps lock and reservation', () => {
  const state = given(put(A), { type: 'cray.ComponentLocked', xname: A }, reserved(A));
  const components = [propertiesOf(A, 'Storage'), propertiesOf(B, 'Compute')];
  const { events, status, total } = when(state, {
    type: 'cray.ComponentsPutRequested',
    components,
    existing: 'replace',
  });
  expect({ status, total }).toEqual({ status: 'accepted', total: 2 });
  expect(events).toEqual(components.map(({ xname, properties }) => ({ type: 'cray.ComponentPut', xname, properties })));
  const { components: now } = after(state, ...events);
  const { components: before } = state;
  expect(now.get(A)).toEqual({ ...before.get(A), properties: components[0]?.properties });
  expect(now.get(B)).toMatchObject({ locked: false, disabled: false, reservation: null });
});

test('a put keeps a component disabled', () => {
  const state = given(put(A), { type: 'cray.ReservationsDisabled', xname: A }, put(A));
  expect(state.components.get(A)).toMatchObject({ disabled: true });
});

test('deleting a component ends its reservation; what does not exist is named, and the rest is deleted', () => {
  const state = given(put(A), put(B), reserved(B));
  const { events, status, total } = when(state, deletion([unknown, B]));
  expect(events).toEqual([
    refused(unknown, 'NotFound'),
    { type: 'cray.ReservationRemoved', xname: B, reservationId: 'earlier.1' },
    { type: 'cray.ComponentDeleted', xname: B },
  ]);
  expect({ status, total }).toEqual({ status: 'accepted', total: 2 });
  const left = after(state, ...events);
  expect(left.components.keys()).toEqual([A]);
  expect(left.leases).toBeNull();
});

test('a deletion of nothing that exists is refused', () => {
  expect(when(given(put(A)), deletion([unknown]))).toEqual({
    events: [refused(unknown, 'NotFound')],
    status: 'refused',
    total: 1,
    reason: 'NotFound',
  });
});

test('null deletes every component, an empty list none', () => {
  const nothing = { events: [], status: 'refused', total: 0, reason: 'NotFound' };
  expect(when(given(put(B), put(A)), deletion(null)).events).toEqual([
    { type: 'cray.ComponentDeleted', xname: A },
    { type: 'cray.ComponentDeleted', xname: B },
  ]);
  expect(when(given(put(A)), deletion([]))).toEqual(nothing);
  expect(when(given(), deletion(null))).toEqual(nothing);
});

test('a collection may name members that the inventory does not know', () => {
  expect(when(given(), putting('group', 'grp', unknown))).toEqual({
    events: [{ ...collection('group', 'grp', unknown), description: 'why' }],
    status: 'accepted',
    total: 1,
  });
});

test.each(['group', 'partition'] as const)('a %s whose name is taken, in any case, is refused', (kind) => {
  const taken = given(collection(kind, 'p1', A));
  const exists = { status: 'refused', total: 1, reason: 'Exists' };
  expect(when(taken, putting(kind, 'p1', B))).toEqual({ events: [refused('p1', 'Exists')], ...exists });
  expect(when(taken, putting(kind, 'P1', B))).toEqual({ events: [refused('P1', 'Exists')], ...exists });
});

test('a group and a partition may have the same name', () => {
  expect(when(given(collection('group', 'p1', A)), putting('partition', 'p1', A)).status).toBe('accepted');
});

test('a component is in one partition only, and in any number of groups', () => {
  const state = given(collection('partition', 'p1', A, B), collection('group', 'g1', A));
  const second = putting('partition', 'p2', unknown, B);
  expect(when(state, second).events).toEqual([refused(B, 'Exclusive')]);
  expect(belowLevel4(state, second).events).toEqual([refused('p2', 'Exists')]);
  expect(when(state, putting('group', 'g2', A)).status).toBe('accepted');
});

test('a deleted collection is gone and its name and members are free; one that is not there is refused', () => {
  const state = given(collection('partition', 'p1', A));
  const command = { type: 'cray.CollectionDeletionRequested', kind: 'partition', name: 'p1' } as const;
  const { events } = when(state, command);
  expect(events).toEqual([{ type: 'cray.CollectionDeleted', kind: 'partition', name: 'p1' }]);
  const left = after(state, ...events);
  expect(when(left, putting('partition', 'p1', A)).status).toBe('accepted');
  expect(when(left, command)).toEqual({
    events: [refused('p1', 'NotFound')],
    status: 'refused',
    total: 1,
    reason: 'NotFound',
  });
});

test('a known component is left alone, or only what is observed of it changes', () => {
  const state = given(put(A, { role: 'Management', subRole: 'Worker', nid: 5, arch: 'X86', class: 'River' }));
  const before = state.components.get(A)!.properties;
  const other = { ...propertiesOf(A, 'Compute'), locked: true, disabled: true };
  const told = { ...other.properties, state: 'On', nid: 77, subRole: '', arch: 'ARM', class: '', enabled: false };
  const putting = (existing: 'leave' | 'observe', properties: ComponentProperties = told) =>
    when(state, { type: 'cray.ComponentsPutRequested', components: [{ ...other, properties }], existing }).events;
  expect(putting('leave')).toEqual([]);
  const properties = { ...before, state: 'On', arch: 'ARM', class: '' };
  expect(putting('observe')).toEqual([{ type: 'cray.ComponentPut', xname: A, properties }]);
  // What is not said is no change by itself.
  expect(putting('observe', { ...before, arch: '', class: '', role: 'Compute' })).toEqual([]);
});

test('a component may begin locked and disabled', () => {
  const entry = { ...propertiesOf(A, 'Compute'), locked: true, disabled: true };
  const { events } = when(given(), { type: 'cray.ComponentsPutRequested', components: [entry], existing: 'leave' });
  expect(after(given(), ...events).components.get(A)).toMatchObject({ locked: true, disabled: true });
});

test('roles change for all that are named or for none, and in no log below level 4', () => {
  const state = given(put(A), put(B, { role: 'Service', subRole: 'Worker' }));
  const command = (...ids: string[]) =>
    ({ type: 'cray.RoleChangeRequested', ids, role: 'Service', subRole: '' }) as const;
  const { events } = when(state, command(A, B));
  expect(events.map((event) => event.type)).toEqual(['cray.ComponentPut', 'cray.ComponentPut']);
  const now = after(state, ...events);
  for (const xname of [A, B]) {
    const { properties } = state.components.get(xname)!;
    expect(now.components.get(xname)!.properties).toEqual({ ...properties, role: 'Service', subRole: '' });
  }
  expect(when(now, command(A, B)).events).toEqual([]);
  expect(when(state, command(A, unknown))).toMatchObject({ events: [refused(unknown, 'NotFound')], status: 'refused' });
  expect(belowLevel4(state, command(A))).toMatchObject({ events: [], status: 'refused', reason: 'Level' });
});

const changing = (kind: CollectionKind, name: string, added: string[], removed: string[] = []) =>
  ({ type: 'cray.CollectionChangeRequested', kind, name, description: null, tags: null, added, removed }) as const;

test('members come and go; one that is there, is not, or is in another of an exclusive set, is refused', () => {
  const exclusive = (name: string, ...members: string[]) => ({
    ...collection('group', name, ...members),
    exclusiveGroup: 'colour',
  });
  const state = given(exclusive('red', A), exclusive('blue', B), collection('group', 'free'));
  expect(when(state, changing('group', 'RED', [unknown], [A])).events).toEqual([
    { ...changing('group', 'red', [unknown], [A]), type: 'cray.CollectionChanged' },
  ]);
  const reasonOf = (command: CrayCommand) => when(state, command).events;
  expect(reasonOf(changing('group', 'red', [A]))).toEqual([refused(A, 'IsMember')]);
  expect(reasonOf(changing('group', 'red', [], [B]))).toEqual([refused(B, 'NoMember')]);
  expect(reasonOf(changing('group', 'red', [B]))).toEqual([refused(B, 'Exclusive')]);
  expect(reasonOf(changing('group', 'none', [B]))).toEqual([refused('none', 'NotFound')]);
  expect(belowLevel4(state, changing('group', 'free', [A]))).toMatchObject({ events: [], reason: 'Level' });
  expect(when(state, changing('group', 'free', [A, B])).status).toBe('accepted');
  expect(reasonOf({ ...putting('group', 'green', A), exclusiveGroup: 'colour' })).toEqual([refused(A, 'Exclusive')]);
  const { groups } = after(state, ...when(state, changing('group', 'red', [unknown], [A])).events);
  expect([...groups.get('red')!.members]).toEqual([unknown]);
});
