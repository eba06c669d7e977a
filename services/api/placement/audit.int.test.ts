import type { Event } from '@holdfast/events';
import { atOnce } from '@holdfast/events/steps';
import { beginning } from '@holdfast/log';
import { PostgresReadModel, PostgresStore, projectionGroups } from '@holdfast/projections';
import { shardName as shard } from '@holdfast/shard/shard-name';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { databaseBackends, progressOf, type TestDatabase } from '../../../test/support/databases.js';
import { type FakeApi, fakeApi } from '../../../test/support/fake-api.js';
import { decided, groupOf } from '../../../test/support/groups.js';

/* A session on a provider, as the log has it; then what the audit says of it, over HTTP. */

const begun = Date.parse('2026-11-21T09:00:00Z');
const [rack, shelf] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
const [first, second] = ['aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa', 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb'];
const idempotencyKey = '8B1E3C5A-6C3B-4F6E-9B43-0A4F0D8C7E21';

const amount = (amount: number, resourceClass = 'VCPU') => ({ resourceClass, amount });
const units = { reserved: 0, minUnit: 1, maxUnit: 8, stepSize: 1, allocationRatio: 1.5 };
const vcpus = { resourceClass: 'VCPU', total: 8, ...units };
const tapes = { resourceClass: 'CUSTOM_TAPE', total: 2, ...units };
const inventories = [vcpus, tapes];
const put = (provider: string, name: string, parent: string | null): Event => {
  return { type: 'placement.ProviderPut', provider, name, parent, generation: 0 };
};
const allocated = (consumer: string, generation: number, ...resources: ReturnType<typeof amount>[]): Event => {
  return { type: 'placement.ProviderAllocated', provider: shelf, generation, consumer, resources };
};
const has = (consumer: string, projectId: string, ...resources: ReturnType<typeof amount>[]): Event => ({
  type: 'placement.ConsumerPut',
  consumer,
  generation: 1,
  projectId,
  userId: 'u1',
  consumerType: 'LOCK',
  allocations: [{ provider: shelf, resources }],
});
const refused: Event = {
  type: 'placement.RequestRefused',
  subject: { kind: 'consumer', id: first },
  reason: 'over-capacity',
  provider: shelf,
  resourceClass: 'VCPU',
  generation: null,
  stated: null,
  traits: [],
};

/** Who asked, why, for what, and what came of it; a minute apart. */
const session: [actor: string, reason: string, command: string, events: Event[]][] = [
  ['admin', '', 'ProviderCreationRequested', [put(rack, 'rack', null), put(shelf, 'shelf', rack)]],
  [
    'admin',
    '',
    'InventoriesReplacementRequested',
    [{ type: 'placement.InventoriesSet', provider: shelf, generation: 1, inventories }],
  ],
  [
    'alice',
    'nightly run',
    'AllocationsReplacementRequested',
    [allocated(first, 2, amount(3), amount(1, 'CUSTOM_TAPE')), has(first, 'red', amount(3), amount(1, 'CUSTOM_TAPE'))],
  ],
  ['bob', '', 'AllocationsReplacementRequested', [allocated(second, 3, amount(5)), has(second, 'blue', amount(5))]],
  ['alice', '', 'AllocationsReplacementRequested', [refused]],
  [
    'bob',
    '',
    'AllocationsDeletionRequested',
    [allocated(second, 3), { type: 'placement.ConsumerDeleted', consumer: second }],
  ],
  [
    'admin',
    '',
    'TraitsReplacementRequested',
    [
      { type: 'placement.AggregatesSet', provider: shelf, generation: 3, aggregates: [rack] },
      { type: 'placement.TraitsSet', provider: shelf, generation: 4, traits: ['HW_CPU_X86_AVX'] },
    ],
  ],
];

let opened: TestDatabase;
let api: FakeApi;
const ends: number[] = [];

beforeAll(async () => {
  opened = await databaseBackends[0]!.open();
  const { database } = opened;
  const groups = session.map(([name, reason, command, events], n) => {
    const actor = { name, authenticated: true, address: '10.0.0.1', userAgent: 'osc' };
    const origin = { actor, reason, idempotencyKey, traceparent: '' };
    const status = events.includes(refused) ? 'refused' : 'accepted';
    const outcome = decided(`placement.${command}`, { origin, status });
    const stamp = { sequence: (ends.at(-1) ?? 0) + 1, time: begun + n * 60_000, commandId: `c${n}`, actor: name };
    const group = groupOf([...events, outcome], stamp);
    ends.push(group.sequence);
    return group;
  });
  for (const projectionGroup of Object.values(projectionGroups)) {
    const store = new PostgresStore({ database, shard, projectionGroup });
    const next = { log: 'log', read: 1, checkpoint: { ...beginning, resume: 1 } };
    const changes = groups.flatMap((group) => atOnce(store.project(group)));
    await store.apply(changes, await store.reset('stale'), next);
  }
  const progress = progressOf(shard, { read: Number.MAX_SAFE_INTEGER });
  api = await fakeApi({}, { audit: new PostgresReadModel({ database, status: progress, audit: progress }) });
});
afterAll(async () => {
  await api?.app.close();
  await opened?.remove();
});

async function get(path: string) {
  const { status, text, headers } = await api.inject({ method: 'GET', path: `/audit/${path}` });
  expect(text).not.toContain(idempotencyKey);
  return { status, body: JSON.parse(text), headers };
}
const texts = ({ body }: Awaited<ReturnType<typeof get>>) => body.Entries.map(({ Text }: { Text: string }) => Text);

test('a consumer and a provider have their histories, the newest first, with who and why', async () => {
  const history = await get(`consumers/${first.toUpperCase()}/history`);
  expect(texts(history)).toEqual([
    `allocation refused, as VCPU on ${shelf} would exceed its capacity; asked by alice`,
    `3 VCPU and 1 CUSTOM_TAPE of ${shelf} allocated by alice: nightly run`,
  ]);
  expect(history.body.Entries[1]).toMatchObject({
    ID: first,
    Type: 'placement.ConsumerPut',
    Time: '2026-11-21T09:02:00.000Z',
    Changes: {
      ProjectId: 'red',
      Allocations: [
        {
          Provider: shelf,
          Resources: [
            { ResourceClass: 'VCPU', Amount: 3 },
            { ResourceClass: 'CUSTOM_TAPE', Amount: 1 },
          ],
        },
      ],
    },
    Request: { Outcome: 'accepted', Reason: 'nightly run', Actor: { Name: 'alice', UserAgent: 'osc' } },
  });
  expect(texts(await get(`providers/${shelf}/history`))).toEqual([
    'traits set to HW_CPU_X86_AVX by admin',
    `aggregates set to ${rack} by admin`,
    `nothing allocated to ${second} any more by bob`,
    `5 VCPU allocated to ${second} by bob`,
    `3 VCPU and 1 CUSTOM_TAPE allocated to ${first} by alice: nightly run`,
    'inventory set to 8 VCPU and 2 CUSTOM_TAPE by admin',
    `provider shelf under ${rack} written by admin`,
  ]);
  expect(texts(await get(`consumers/${second}/history?types=placement.ConsumerDeleted`))).toEqual([
    'all that was allocated released by bob',
  ]);
  const nobody = 'cccccccc-cccc-4ccc-8ccc-cccccccccccc';
  expect((await get(`consumers/${nobody}/history`)).status).toBe(404);
});

test('holders are who has what allocated, by every filter', async () => {
  const { body } = await get('holders?module=placement');
  expect(body).toEqual({
    Holders: [
      {
        ID: first,
        Text: `3 VCPU and 1 CUSTOM_TAPE of ${shelf} allocated since 2026-11-21T09:02:00Z by alice: nightly run`,
        ProjectID: 'red',
        UserID: 'u1',
        ConsumerType: 'LOCK',
        Allocations: [{ Provider: shelf, Resources: expect.any(Array) }],
        Since: '2026-11-21T09:02:00.000Z',
        Request: expect.objectContaining({ Sequence: ends[2], Reason: 'nightly run' }),
      },
    ],
    Next: null,
  });
  const count = async (query: string) => (await get(`holders?module=placement&${query}`)).body.Holders.length;
  const [fits, others] = [
    [`provider=${shelf}`, 'resourceClass=custom_tape', 'project=red', 'actor=alice', 'age=10m'],
    [`provider=${rack}`, 'resourceClass=DISK_GB', 'project=blue', 'actor=bob', 'age=1d'],
  ];
  for (const query of fits) expect(await count(query), query).toBe(1);
  for (const query of others) expect(await count(query), query).toBe(0);
  expect((await get('holders')).body.Holders).toEqual([]);
});

test('a past moment has providers with what was used, and consumers with what they had', async () => {
  const { body, headers } = await get(`status?module=placement&at=${ends[3]}`);
  expect(headers['holdfast-time']).toBe('2026-11-21T09:03:00.000Z');
  expect(body.Providers.map(({ ID, Generation }: { ID: string; Generation: number }) => [ID, Generation])).toEqual([
    [rack, 0],
    [shelf, 3],
  ]);
  expect(body.Providers[1]).toMatchObject({
    Name: 'shelf',
    ParentID: rack,
    Inventories: [
      { ResourceClass: 'VCPU', Total: 8, Reserved: 0, MinUnit: 1, MaxUnit: 8, StepSize: 1, AllocationRatio: 1.5 },
      { ResourceClass: 'CUSTOM_TAPE', Total: 2 },
    ],
    Usages: [
      { ResourceClass: 'VCPU', Amount: 8 },
      { ResourceClass: 'CUSTOM_TAPE', Amount: 1 },
    ],
  });
  expect(body.Providers[1]).toMatchObject({ Aggregates: [], Traits: [] });
  expect(body.Consumers.map(({ ID }: { ID: string }) => ID)).toEqual([first, second]);
  const some = await get(`status?module=placement&at=${ends.at(-1)}&ids=${second},${shelf}`);
  expect(some.body).toMatchObject({
    Providers: [
      {
        ID: shelf,
        Usages: [{ Amount: 3 }, { Amount: 1 }],
        Generation: 4,
        Aggregates: [rack],
        Traits: ['HW_CPU_X86_AVX'],
      },
    ],
    Consumers: [],
    NotFound: [second],
  });
  expect((await get(`status?module=placement&at=${ends.at(-1)! + 1}`)).status).toBe(400);
});

test('events tell of it in order, also of one resource alone', async () => {
  const { text } = await api.inject({ method: 'GET', path: `/audit/events?uuid=${second}` });
  const types = text.split('\n').flatMap((line) => (line === '' ? [] : [(JSON.parse(line) as { Type: string }).Type]));
  expect(types).toEqual(['placement.ConsumerPut', 'placement.ConsumerDeleted']);
});
