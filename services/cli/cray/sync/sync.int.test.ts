import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import fixture from '../../../../docs/examples/fleet.json' with { type: 'json' };
import { dataFile } from '../../../../test/modules/cray/conformance/loading.js';
import { fakeApi } from '../../../../test/support/fake-api.js';
import { call, hsm, serviceFor } from '../../../../test/support/service.js';
import { Client, ServerError } from '../../client.js';
import { type HsmCollection, type HsmComponent, type HsmInventory, membersOf } from './compare.js';
import { type PassOptions, pass } from './pass.js';

/** A source that answers this: for what neither a real HSM nor another Holdfast would. */
async function fakeHsm(inventory: HsmInventory) {
  const server = createServer((request, response) => {
    const answers: Record<string, unknown> = {
      '/hsm/v2/State/Components': { Components: inventory.components },
      '/hsm/v2/groups': inventory.groups,
      '/hsm/v2/partitions': inventory.partitions,
    };
    const answer = answers[request.url!];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { type: 'about:blank', title: 'Not Found', status: 404 }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Recorded {
  steps: { request: { method: string; path: string }; response: { status: number; body: unknown } }[];
}

/** What hms-smd itself answered, as it was recorded. */
function recorded(path: string): unknown {
  const steps = dataFile<Recorded[]>('inventory.json').flatMap((one) => one.steps);
  const found = steps.find(
    ({ request, response }) => request.method === 'GET' && request.path === path && response.status === 200,
  );
  if (found === undefined) throw new Error(`nothing recorded of ${path}`);
  return structuredClone(found.response.body);
}

/** The whole inventory of the recorded HSM; of its partitions, what the recorded filter says of their members. */
function recordedInventory(): HsmInventory {
  const { Components } = recorded('/State/Components?bogus=1') as { Components: HsmComponent[] };
  const { Components: ofP1 } = recorded('/State/Components?partition=p1') as { Components: HsmComponent[] };
  const members = { ids: ofP1.map(({ ID }) => String(ID)) };
  return {
    components: Components,
    groups: recorded('/groups') as HsmCollection[],
    partitions: [{ name: 'p1', members }],
  };
}

const sample = (): HsmInventory => structuredClone(fixture) as unknown as HsmInventory;

/** The whole API over a shard without a log; with `whole`, the service as it is. */
async function holdfast(whole = false): Promise<string> {
  if (whole) {
    const service = await serviceFor();
    onTestFinished(() => service.close());
    return service.url;
  }
  const { app } = await fakeApi();
  onTestFinished(() => app.close());
  return app.listen({ host: '127.0.0.1', port: 0 });
}

async function synced(from: string, to: string, more: Partial<PassOptions> = {}) {
  const told: string[] = [];
  const passed = await pass({
    ...{ from: new Client(from, null), to: new Client(to, null), dryRun: false, deleteMaxPercent: 10 },
    ...{ deleteHeld: false, headers: {}, told: (text: string) => told.push(text), would: () => {}, ...more },
  });
  return { ...passed, told };
}

async function inventoryOf(url: string) {
  const components = (await call(url, 'GET', '/hsm/v2/State/Components')).body.Components as HsmComponent[];
  const groups = (await call(url, 'GET', '/hsm/v2/groups')).body as HsmCollection[];
  const partitions = (await call(url, 'GET', '/hsm/v2/partitions')).body as HsmCollection[];
  return { components, groups, partitions };
}

/** Changes a source that is another Holdfast. */
async function changed(url: string, method: string, path: string, body?: unknown): Promise<void> {
  const { status, body: answer } = await call(url, method, `/hsm/v2${path}`, body);
  expect(status, `${method} ${path}: ${JSON.stringify(answer)}`).toBeLessThan(300);
}

/** Another Holdfast with components of each kind of member, groups and a partition. */
async function source(whole = false): Promise<string> {
  const url = await holdfast(whole);
  const Components = [
    { ID: 'x0c0s0b0n0', State: 'Ready', Flag: 'Warning', Role: 'Compute', NID: 1, Arch: 'ARM', Class: 'Mountain' },
    { ID: 'x0c0s1b0n0', State: 'Off', Role: 'Management', SubRole: 'Worker', NID: 2, NetType: 'Sling', Arch: 'X86' },
    { ID: 'x0c0s2b0n0', State: 'On', Enabled: false, SoftwareStatus: 'AdminStatus', Subtype: 'blade', NID: 3 },
    { ID: 'x0c0s3b0', State: 'Ready', Class: 'River' },
  ];
  await changed(url, 'POST', '/State/Components', { Components });
  const groups = [
    {
      label: 'red',
      description: 'the red ones',
      tags: ['t1', 't2'],
      exclusiveGroup: 'colour',
      members: { ids: ['x0c0s0b0n0'] },
    },
    { label: 'blue', exclusiveGroup: 'colour', members: { ids: ['x0c0s1b0n0', 'x0c0s2b0n0'] } },
    { label: 'empty', tags: ['t1'] },
  ];
  for (const group of groups) await changed(url, 'POST', '/groups', group);
  await changed(url, 'POST', '/partitions', { name: 'p1', tags: ['t3'], members: { ids: ['x0c0s0b0n0', 'x0c0s3b0'] } });
  return url;
}

const nothing = { added: 0, changed: 0, removed: 0, collections: 0, left: 0, told: [] };

test('what hms-smd answered is taken over: each member of each component, groups with tags and exclusive sets', async () => {
  const inventory = recordedInventory();
  const [from, to] = [await fakeHsm(inventory), await holdfast()];
  expect(await synced(from, to)).toMatchObject({ added: inventory.components.length, left: 0, told: [] });
  const taken = await inventoryOf(to);
  const byId = (components: HsmComponent[]) => new Map(components.map((one) => [one.ID, one]));
  expect(byId(taken.components)).toEqual(byId(inventory.components));
  expect({ ...taken, components: [] }).toEqual({ ...inventory, components: [] });
  expect(await synced(from, to)).toEqual(nothing);
  inventory.groups.push(recorded('/groups/blue') as HsmCollection, recorded('/groups/red') as HsmCollection);
  expect(await synced(from, to)).toEqual({ ...nothing, collections: 2 });
  const { groups } = await inventoryOf(to);
  expect(new Set(groups)).toEqual(new Set(inventory.groups));
  expect(groups.map(({ exclusiveGroup }) => exclusiveGroup)).toContain('color');
  expect(await synced(from, to)).toEqual(nothing);
});

test('another Holdfast is a source like an HSM; a dry run says what would be done and does nothing; a second pass has nothing to do', async () => {
  const [from, to] = [await source(true), await holdfast(true)];
  expect(await synced(from, to, { dryRun: true })).toMatchObject({ added: 4, collections: 4, left: 0 });
  expect(await inventoryOf(to)).toEqual({ components: [], groups: [], partitions: [] });
  expect(await synced(from, to)).toMatchObject({ added: 4, collections: 4, left: 0, told: [] });
  expect(await inventoryOf(to)).toEqual(await inventoryOf(from));
  expect(await synced(from, to)).toEqual(nothing);
});

/** Of each member, another value. */
const members: [name: string, value: unknown][] = [
  ['State', 'Standby'],
  ['Flag', 'Alert'],
  ['Enabled', false],
  ['SoftwareStatus', 'Other'],
  ['Role', 'Application'],
  ['SubRole', 'Master'],
  ['NID', 4_711],
  ['Subtype', 'other'],
  ['NetType', 'Ethernet'],
  ['Arch', 'Other'],
  ['Class', 'Hill'],
];

test('a change of any member of a component is followed, and nothing else changes', async () => {
  const [from, to] = [await source(), await holdfast()];
  await synced(from, to);
  for (const [name, value] of members) {
    const before = await inventoryOf(to);
    const one = before.components.find(({ ID }) => ID === 'x0c0s1b0n0')!;
    await changed(from, 'POST', '/State/Components', { Components: [{ ...one, [name]: value }], Replace: true });
    expect(await synced(from, to), name).toEqual({ ...nothing, changed: 1 });
    const components = before.components.map((each) => (each === one ? { ...one, [name]: value } : each));
    expect(await inventoryOf(to)).toEqual({ ...before, components });
  }
  expect(await inventoryOf(to)).toEqual(await inventoryOf(from));
});

test('groups and partitions are followed: members, tags, descriptions, exclusive sets, and those that come and go', async () => {
  const [from, to] = [await source(), await holdfast()];
  await synced(from, to);
  const steps: [method: string, path: string, body?: object][][] = [
    // Two of an exclusive set change members with each other.
    [
      ['DELETE', '/groups/red/members/x0c0s0b0n0'],
      ['DELETE', '/groups/blue/members/x0c0s1b0n0'],
      ['POST', '/groups/red/members', { id: 'x0c0s1b0n0' }],
      ['POST', '/groups/blue/members', { id: 'x0c0s0b0n0' }],
    ],
    [['PATCH', '/groups/red', { description: 'others', tags: ['t9'] }]],
    [['PATCH', '/groups/red', { tags: [] }]],
    [
      ['DELETE', '/groups/empty'],
      ['POST', '/groups', { label: 'empty', exclusiveGroup: 'size', members: { ids: ['x0c0s3b0'] } }],
    ],
    // A component moves to another partition.
    [
      ['DELETE', '/partitions/p1/members/x0c0s3b0'],
      ['POST', '/partitions', { name: 'p2', description: 'second', members: { ids: ['x0c0s3b0'] } }],
    ],
    [
      ['DELETE', '/groups/blue'],
      ['DELETE', '/partitions/p1'],
    ],
  ];
  for (const step of steps) {
    for (const [method, path, body] of step) await changed(from, method, path, body);
    expect(await synced(from, to, { deleteMaxPercent: 100 }), JSON.stringify(step)).toMatchObject({
      left: 0,
      told: [],
    });
    expect(await inventoryOf(to)).toEqual(await inventoryOf(from));
    expect(await synced(from, to)).toEqual(nothing);
  }
});

test('large groups of an exclusive set that change all of their members with each other end in step', async () => {
  const ids = (cabinet: number) => Array.from({ length: 150 }, (_, n) => `x${cabinet}c0s${n >> 1}b0n${n & 1}`);
  const components = [...ids(1), ...ids(2)].map((ID) => ({ ID, State: 'Ready' }));
  const groups = [1, 2].map((n) => ({ label: `g${n}`, exclusiveGroup: 'set', members: { ids: ids(n) } }));
  const [from, to] = [await fakeHsm({ components, groups, partitions: [] }), await holdfast()];
  await synced(from, to);
  [groups[0]!.members, groups[1]!.members] = [groups[1]!.members, groups[0]!.members];
  expect(await synced(from, to)).toEqual({ ...nothing, collections: 2 });
  expect(await synced(from, to)).toEqual(nothing);
});

test('what changes there changes here: properties, roles, NIDs and members; locks and reservations stay', async () => {
  const inventory = sample();
  const [from, to] = [await fakeHsm(inventory), await holdfast()];
  await synced(from, to);
  const id = String(inventory.components[0]!.ID);
  await hsm(to, '/locks/service/reservations', { ComponentIDs: [id], ReservationDuration: 5 });
  await hsm(to, '/locks/lock', { ComponentIDs: [String(inventory.components[1]!.ID)] });
  Object.assign(inventory.components[0]!, { State: 'Off', Role: 'Service', NID: 4_711, Locked: true });
  inventory.groups[0]!.members!.ids = [id];
  // One of the four members of groups goes.
  const meant = { deleteMaxPercent: 25 };
  expect(await synced(from, to, meant)).toMatchObject({ added: 0, changed: 1, collections: 1, left: 0 });
  const { components, groups } = await inventoryOf(to);
  expect(components.find(({ ID }) => ID === id)).toMatchObject({ State: 'Off', Role: 'Service', NID: 4_711 });
  expect(groups[0]!.members).toEqual({ ids: [id] });
  const status = await hsm(to, '/locks/status', { ComponentIDs: [id, inventory.components[1]!.ID] });
  expect(status.body.Components).toMatchObject([
    { Reserved: true, Locked: false },
    { Reserved: false, Locked: true },
  ]);
  expect(await synced(from, to)).toEqual(nothing);
});

test('where the log here has no single changes of a group yet, it is deleted and created', async () => {
  const [from, to] = [await source(), await holdfast()];
  await synced(from, to);
  await changed(from, 'POST', '/groups/empty/members', { id: 'x0c0s3b0' });
  await changed(from, 'DELETE', '/groups/blue/members/x0c0s1b0n0');
  await changed(from, 'PATCH', '/partitions/p1', { description: 'other' });
  let tagsToo = false;
  const client = new Client(to, null);
  const done = client.done.bind(client);
  client.done = (method, path, body, options) => {
    const tagged = tagsToo && method === 'POST' && ((body as HsmCollection).tags ?? []).length > 0;
    const single = method === 'PATCH' || /members/.test(path) || tagged;
    const why = `${method} ${path}: 409 Changing a group needs level 4 of the log, which has 3: see \`holdfast level raise\``;
    return single ? Promise.reject(new ServerError(why)) : done(method, path, body, options);
  };
  expect(await synced(from, to, { to: client })).toEqual({ ...nothing, collections: 3 });
  expect(await inventoryOf(to)).toEqual(await inventoryOf(from));
  // One that the level has no room for stays as it is, and is told once.
  await changed(from, 'PATCH', '/groups/red', { tags: ['t5'] });
  const before = await inventoryOf(to);
  tagsToo = true;
  const { collections, left, told } = await synced(from, to, { to: client });
  expect([collections, left, told]).toEqual([0, 1, [expect.stringMatching(/red: .*level raise/)]]);
  expect(await inventoryOf(to)).toEqual(before);
});

test('what is gone there is deleted; not what is held, and nothing where a large share is gone', async () => {
  const inventory = sample();
  const [from, to] = [await fakeHsm(inventory), await holdfast()];
  await synced(from, to);
  const [held, free] = inventory.components.slice(0, 2).map(({ ID }) => String(ID));
  await hsm(to, '/locks/service/reservations', { ComponentIDs: [held], ReservationDuration: 5 });
  const all = inventory.components.length;
  inventory.components.splice(0, 2);
  for (const one of [...inventory.groups, ...inventory.partitions]) {
    one.members!.ids = one.members!.ids!.filter((id) => id !== held && id !== free);
  }
  const share = (2 / all) * 100;
  const refused = await synced(from, to, { deleteMaxPercent: share - 0.01 });
  expect([refused.removed, refused.told]).toEqual([0, [expect.stringContaining('--delete-max-percent')]]);
  const taken = await synced(from, to, { deleteMaxPercent: share });
  expect([taken.removed, taken.left, taken.told]).toEqual([1, 1, [expect.stringContaining(held!)]]);
  const ids = (await inventoryOf(to)).components.map(({ ID }) => ID);
  expect([ids.includes(held), ids.includes(free)]).toEqual([true, false]);
  expect(await synced(from, to, { deleteHeld: true, deleteMaxPercent: share })).toMatchObject({ removed: 1, left: 0 });
  inventory.components.length = 0;
  inventory.groups.length = 0;
  const emptied = await synced(from, to);
  expect([emptied.removed, emptied.collections, emptied.left]).toEqual([0, 0, 1]);
  expect((await inventoryOf(to)).components).toHaveLength(all - 2);
  // Neither do groups lose their members with them.
  const before = await inventoryOf(to);
  inventory.groups = before.groups.map((one) => ({ ...one, members: { ids: [] } }));
  expect(await synced(from, to)).toMatchObject({ removed: 0, collections: 0, left: 1 });
  expect(await inventoryOf(to)).toEqual(before);
});

test('one that is refused is told, and keeps no other back', async () => {
  const inventory = sample();
  inventory.components[3]!.Role = 'Nonsense';
  inventory.components.push({ ID: 'nowhere', State: 'Ready' });
  const [from, to] = [await fakeHsm(inventory), await holdfast()];
  const { added, left, told } = await synced(from, to);
  expect([added, left]).toEqual([inventory.components.length - 2, 2]);
  expect(told.join('\n')).toMatch(/nowhere is not a valid xname[\s\S]*x0c0s3b0n0: .*role/i);
});

test('a fleet of 20,000 is taken over in requests of a thousand', async () => {
  const components = Array.from({ length: 20_000 }, (_, n) => ({
    ...{ ID: `x${1_000 + (n >> 9)}c${(n >> 6) & 7}s${n & 63}b0n0`, State: 'Ready', Role: 'Compute', NID: n },
  }));
  const [from, to] = [await fakeHsm({ components, groups: [], partitions: [] }), await holdfast()];
  const sent: number[] = [];
  const client = new Client(to, null);
  const done = client.done.bind(client);
  client.done = (method, path, body, options) => {
    if (method === 'POST') sent.push((body as HsmInventory & { Components: unknown[] }).Components.length);
    return done(method, path, body, options);
  };
  expect(await synced(from, to, { to: client })).toMatchObject({ added: 20_000, left: 0 });
  expect(Math.max(...sent)).toBe(1_000);
  expect(await synced(from, to)).toEqual(nothing);
}, 120_000);

test('a source whose answer is no inventory changes nothing', async () => {
  const inventory = sample();
  const [from, to] = [await fakeHsm(inventory), await holdfast()];
  await synced(from, to);
  Object.assign(inventory, { components: undefined });
  await expect(synced(from, to)).rejects.toThrow('no Components');
  await expect(synced('http://127.0.0.1:1', to)).rejects.toMatchObject({ code: 'unreachable' });
  expect((await inventoryOf(to)).components).toHaveLength(sample().components.length);
});

test.each<[string, (there: HsmInventory) => unknown, RegExp]>([
  ['no groups', (there) => Object.assign(there, { groups: [] }), /^3 of 3 groups \(100%\) are not there/],
  ['no partitions', (there) => Object.assign(there, { partitions: [] }), /^1 of 1 partition \(100%\) are not there/],
  ['neither', (there) => Object.assign(there, { groups: [], partitions: [] }), /^3 of 3 groups .*, 1 of 1 partition /],
  [
    'groups without members',
    ({ groups }) => groups.map((one) => Object.assign(one, { members: null })),
    /^2 of 3 groups \(67%\)/,
  ],
  [
    'a partition without members',
    ({ partitions }) => Object.assign(partitions[0]!, { members: { ids: [] } }),
    /^1 of 1 partition /,
  ],
])('a source with all components, but %s, takes nothing away', async (_, lose, why) => {
  const to = await holdfast();
  const inventory = await inventoryOf(await source());
  const from = await fakeHsm(inventory);
  await synced(from, to);
  const before = await inventoryOf(to);
  lose(inventory);
  const { told, ...rest } = await synced(from, to, { deleteMaxPercent: 66 });
  expect({ ...rest, told: [] }).toEqual({ ...nothing, left: 1 });
  expect(told).toEqual([expect.stringMatching(why)]);
  expect(told[0]).toContain('--delete-max-percent');
  expect(await inventoryOf(to)).toEqual(before);
  expect(await synced(from, to, { deleteMaxPercent: 100 })).toMatchObject({ left: 0 });
  expect(await synced(from, to)).toEqual(nothing);
});

test.each<[string, object]>([
  ['tags in upper case', { tags: ['T', 'u'] }],
  ['a tag twice', { tags: ['b', 'a', 'B'] }],
  ['null for what it has not', { description: null, tags: null, exclusiveGroup: null, members: null }],
  ['an exclusive set in upper case', { exclusiveGroup: 'SET' }],
  ['members in another spelling', { members: { ids: ['X0C0S0B0N0', 'x0c0s0b0n0', 'x0c0s00b0n1'] } }],
  ['a label in upper case', { label: 'LOUD' }],
])('a group with %s is in step after one pass', async (_, group) => {
  const components = ['x0c0s0b0n0', 'x0c0s0b0n1'].map((ID) => ({ ID, State: 'Ready' }));
  const groups = [{ label: 'loud', ...group }] as HsmCollection[];
  const [from, to] = [await fakeHsm({ components, groups, partitions: [] }), await holdfast()];
  expect(await synced(from, to)).toMatchObject({ collections: 1, left: 0, told: [] });
  expect(await synced(from, to)).toEqual(nothing);
});

test('a dry run names each component, group and partition that it would change, and in which members', async () => {
  const inventory = await inventoryOf(await source());
  const [from, to] = [await fakeHsm(inventory), await holdfast()];
  await synced(from, to);
  Object.assign(inventory.components[0]!, { State: 'Off', NID: 9 });
  inventory.components.splice(3, 1, { ID: 'x0c0s9b0n0', State: 'Ready' });
  const [red, blue] = ['red', 'blue'].map((name) => inventory.groups.find(({ label }) => label === name)!);
  Object.assign(red!, { members: { ids: ['x0c0s9b0n0'] }, description: 'other', tags: [] });
  inventory.groups = [red!, blue!, { label: 'new', tags: ['t'], members: { ids: ['x0c0s0b0n0'] } }];
  inventory.partitions = [{ name: 'p2' }];
  const before = await inventoryOf(to);
  const lines: string[] = [];
  const dry = await synced(from, to, { dryRun: true, deleteMaxPercent: 100, would: (text) => lines.push(text) });
  expect(lines).toEqual([
    'would add x0c0s9b0n0',
    'would change x0c0s0b0n0: State Ready -> Off, NID 1 -> 9',
    'would delete group empty',
    'would change group red: members + x0c0s9b0n0 - x0c0s0b0n0, description "the red ones" -> "other", tags t1 t2 -> none',
    'would add group new: members + x0c0s0b0n0, tags none -> t',
    'would delete partition p1',
    'would add partition p2: no members',
    'would delete x0c0s3b0',
  ]);
  expect(dry).toEqual({ ...nothing, added: 1, changed: 1, removed: 1, collections: 5 });
  expect(await inventoryOf(to)).toEqual(before);
  lines.length = 0;
  const wet = await synced(from, to, { deleteMaxPercent: 100, would: (text) => lines.push(text) });
  expect([lines, wet]).toEqual([[], dry]);
});

/** Three groups of ten, twenty and thirty members, and a partition of all. */
function large(): HsmInventory {
  const ids = Array.from({ length: 30 }, (_, n) => `x0c0s${n}b0n0`);
  const groups = [10, 20, 30].map((count) => ({ label: `g${count}`, members: { ids: ids.slice(0, count) } }));
  const components = ids.map((ID, n) => ({ ID, State: 'Ready', Role: 'Compute', NID: n + 1 }));
  return structuredClone({ components, groups, partitions: [{ name: 'p1', members: { ids } }] });
}

const ids = (from: number, to: number) =>
  large()
    .components.slice(from, to)
    .map(({ ID }) => String(ID));
const setMembers = (one: HsmCollection | undefined, members: string[]) =>
  Object.assign(one!, { members: { ids: members } });

test.each<[string, (there: HsmInventory) => unknown, RegExp]>([
  [
    'a group has lost most of its members',
    ({ groups }) => setMembers(groups[0], ids(0, 4)),
    /^1 of 3 groups \(34%\) are/,
  ],
  ['a partition has', ({ partitions }) => setMembers(partitions[0], ids(0, 14)), /^1 of 1 partition \(100%\) are not/],
  [
    'groups have lost some each',
    ({ groups }) => groups.forEach((one) => void setMembers(one, membersOf(one).slice(0, -4))),
    /^11 of 60 group memberships \(19%\) are not there any more, or lost most/,
  ],
  [
    'a partition has lost some',
    ({ partitions }) => setMembers(partitions[0], ids(0, 25)),
    /^5 of 30 partition memberships \(17%\) are not there/,
  ],
  [
    'some have gone as components, and from their groups with them',
    (there) => {
      there.components = there.components.slice(5);
      for (const one of [...there.groups, ...there.partitions]) {
        setMembers(
          one,
          membersOf(one).filter((id) => !ids(0, 5).includes(id)),
        );
      }
    },
    /^5 of 30 components \(17%\) are not there/,
  ],
])('where %s, none loses a member here; what is added or said otherwise is done', async (_, lose, why) => {
  const inventory = large();
  const [from, to] = [await fakeHsm(inventory), await holdfast()];
  await synced(from, to);
  const before = await inventoryOf(to);
  lose(inventory);
  inventory.components.push({ ID: 'x0c0s99b0n0', State: 'Ready', Role: 'Compute', NID: 99 });
  inventory.groups[1]!.members!.ids!.push('x0c0s99b0n0');
  inventory.groups[1]!.description = 'twenty';
  const { told, ...done } = await synced(from, to);
  expect({ ...done, told: [] }).toEqual({ ...nothing, added: 1, collections: 1, left: 1 });
  expect(told).toEqual([expect.stringMatching(why)]);
  const after = await inventoryOf(to);
  expect(after.partitions).toEqual(before.partitions);
  const expected = structuredClone(before.groups);
  const twenty = expected.find(({ label }) => label === 'g20')!;
  Object.assign(twenty, { description: 'twenty', members: { ids: [...membersOf(twenty), 'x0c0s99b0n0'].sort() } });
  expect(after.groups.map((one) => ({ ...one, members: membersOf(one) }))).toEqual(
    expected.map((one) => ({ ...one, members: membersOf(one) })),
  );
  expect(await synced(from, to, { deleteMaxPercent: 100 })).toMatchObject({ left: 0 });
  expect(await synced(from, to)).toEqual(nothing);
});

test.each<[string, (there: HsmInventory) => unknown]>([
  ['lost a tenth', ({ groups }) => setMembers(groups[2], ids(0, 24))],
  [
    'lost half of one, and gained as much in another',
    ({ groups }) => [setMembers(groups[0], ids(0, 5)), setMembers(groups[1], ids(0, 25))],
  ],
  [
    'moved to a new one',
    ({ groups }) => [setMembers(groups[1], ids(0, 11)), groups.push({ label: 'new', members: { ids: ids(11, 20) } })],
  ],
])('groups that have %s of their members are followed', async (_, change) => {
  const inventory = large();
  const [from, to] = [await fakeHsm(inventory), await holdfast()];
  await synced(from, to);
  change(inventory);
  expect(await synced(from, to)).toMatchObject({ left: 0, told: [] });
  const sizes = (groups: HsmCollection[]) => groups.map((one) => [one.label, membersOf(one).length]).sort();
  expect(sizes((await inventoryOf(to)).groups)).toEqual(sizes(inventory.groups));
});
