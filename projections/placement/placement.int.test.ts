import type { PlacementEvent } from '@holdfast/events/placement/messages';
import { atOnce } from '@holdfast/events/steps';
import { beginning, type Group } from '@holdfast/log';
import { shardName as shard } from '@holdfast/shard/shard-name';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  classes,
  consumers,
  consumerTypes,
  placementEvents,
  projects,
  providers,
  traits,
} from '../../test/modules/placement/events.js';
import { describeDatabases, progressOf } from '../../test/support/databases.js';
import { decided, groupOf } from '../../test/support/groups.js';
import { MemoryReadModel } from '../../test/support/memory-read-model.js';
import { PostgresReadModel } from '../postgres-read-model.js';
import { PostgresStore } from '../postgres-store.js';
import { project, projectionGroups } from '../projection-groups.js';
import type { PlacementModel } from './port.js';

/** Groups in batches, numbered as a log numbers them. */
const log: fc.Arbitrary<Group[][]> = fc.tuple(placementEvents, fc.integer({ min: 1, max: 12 })).map(([all, batch]) => {
  let sequence = 1;
  const groups = all.map((events, n) => {
    const group = groupOf([...events, decided('placement.X')], { sequence, time: 1_000 + n * 10, commandId: `${n}` });
    sequence = group.sequence + 1;
    return group;
  });
  return Array.from({ length: Math.ceil(groups.length / batch) }, (_, n) => groups.slice(n * batch, (n + 1) * batch));
});

/** Everything that can be asked. */
async function answers(model: PlacementModel): Promise<unknown> {
  const everything = {
    all: await model.providers({}),
    one: await Promise.all(providers.map((uuid) => model.providers({ uuid }))),
    named: await model.providers({ name: 'rack p0' }),
    trees: await Promise.all(providers.map((inTree) => model.providers({ inTree }))),
    room: await Promise.all(
      classes.map((resourceClass) => model.providers({ resources: [{ resourceClass, amount: 4 }] })),
    ),
    both: await model.providers({
      inTree: 'p0',
      resources: [
        { resourceClass: 'VCPU', amount: 2 },
        { resourceClass: 'MEMORY_MB', amount: 1 },
      ],
    }),
    aggregates: await Promise.all(providers.map((one) => model.aggregates(one))),
    ofProviders: await Promise.all(providers.map((one) => model.providerTraits(one))),
    traits: await model.traits({ associated: false }),
    associated: (await model.traits({ associated: true })).associated?.sort(),
    members: await Promise.all([
      model.providers({ memberOf: [['a0']] }),
      model.providers({ notMemberOf: ['a1', 'a9'] }),
      model.providers({ memberOf: [['a0', 'a1'], ['a2']], inTree: 'p0' }),
    ]),
    required: await Promise.all([
      model.providers({ required: [[traits[0]]] }),
      model.providers({ forbidden: ['CUSTOM_FAST', 'NONE'] }),
      model.providers({
        required: [['CUSTOM_FAST', 'NONE'], [traits[0]]],
        forbidden: ['CUSTOM_NEAR'],
        memberOf: [['a0']],
      }),
      model.providers({ required: [[traits[0]]], resources: [{ resourceClass: 'VCPU', amount: 1 }] }),
    ]),
    inventories: await Promise.all(providers.map((one) => model.inventories(one))),
    classes: await model.resourceClasses(),
    consumers: await Promise.all(consumers.map((one) => model.consumer(one))),
    allocations: await Promise.all(providers.map((one) => model.providerAllocations(one))),
    used: await Promise.all(providers.map((one) => model.providerUsages(one))),
    projects: await Promise.all(projects.map((projectId) => model.usages({ projectId }))),
    users: await model.usages({ projectId: 'red', userId: 'alice' }),
    types: await Promise.all(consumerTypes.map((consumerType) => model.usages({ projectId: 'red', consumerType }))),
  };
  return JSON.parse(JSON.stringify(everything));
}

function memoryOf(groups: Group[]): MemoryReadModel {
  const memory = new MemoryReadModel();
  for (const group of groups) memory.fold(atOnce(project(group)));
  return memory;
}

describeDatabases('placement in Postgres', (opened) => {
  const modelOf = (of: string) => {
    const progress = progressOf(of);
    return new PostgresReadModel({ database: opened.database, status: progress, audit: progress }).present.placement;
  };

  async function write(of: string, batches: Group[][]): Promise<void> {
    const store = new PostgresStore({ database: opened.database, shard: of });
    let found = await store.reset('stale');
    for (const groups of batches) {
      const next = { log: 'log', read: found.read + 1, checkpoint: { ...beginning, resume: found.read + 1 } };
      await store.apply(
        groups.flatMap((one) => atOnce(store.project(one))),
        found,
        next,
      );
      found = next;
    }
  }

  test('answers as the one in memory does, however the log was cut into batches', async () => {
    const property = fc.asyncProperty(log, async (batches) => {
      await write(shard, batches);
      expect(await answers(modelOf(shard))).toEqual(await answers(memoryOf(batches.flat()).present.placement));
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test('rows that are made at once, from the whole log, are those that grew with it', async () => {
    const tables = { schema: 'holdfast', shard: 'at once' };
    const property = fc.asyncProperty(log, async (batches) => {
      await write('at once', []);
      const bulkLoad = projectionGroups.status.bulkLoad(opened.database, tables);
      for (const group of batches.flat()) await bulkLoad.take(atOnce(projectionGroups.status.project(group)));
      await bulkLoad.finish();
      expect(await answers(modelOf('at once'))).toEqual(await answers(memoryOf(batches.flat()).present.placement));
    });
    await fc.assert(property, { numRuns: 25 });
  });

  test('a provider that goes and comes again in one batch has used what is allocated of the new one', async () => {
    const [provider, consumer] = ['p0', 'c0'];
    const inventory = { resourceClass: 'VCPU', total: 8, reserved: 0, minUnit: 1, maxUnit: 8, stepSize: 1 };
    const begun = (): PlacementEvent[] => [
      { type: 'placement.ProviderPut', provider, name: 'rack', parent: null, generation: 0 },
      {
        type: 'placement.InventoriesSet',
        provider,
        generation: 1,
        inventories: [{ ...inventory, allocationRatio: 1 }],
      },
    ];
    const holds = (amount: number): PlacementEvent[] => {
      const resources = amount === 0 ? [] : [{ resourceClass: 'VCPU', amount }];
      const owned = { projectId: 'red', userId: 'alice', consumerType: null };
      return [
        { type: 'placement.ProviderAllocated', provider, generation: 2, consumer, resources },
        amount === 0
          ? { type: 'placement.ConsumerDeleted', consumer }
          : {
              type: 'placement.ConsumerPut',
              consumer,
              generation: 1,
              ...owned,
              allocations: [{ provider, resources }],
            },
      ];
    };
    const before = groupOf([...begun(), ...holds(2), decided('placement.X')]);
    const again = groupOf(
      [...holds(0), { type: 'placement.ProviderDeleted', provider }, ...begun(), ...holds(3), decided('placement.X')],
      { sequence: before.sequence + 1 },
    );
    await write(shard, [[before], [again]]);
    expect(await answers(modelOf(shard))).toEqual(await answers(memoryOf([before, again]).present.placement));
  });

  test('rows of two shards do not meet', async () => {
    const first = groupOf([
      { type: 'placement.ProviderPut', provider: 'p0', name: 'rack', parent: null, generation: 0 },
      { type: 'placement.ResourceClassCreated', name: 'CUSTOM_TAPE' },
      decided('placement.X'),
    ]);
    await write('one', [[first]]);
    await write('other', []);
    expect(await answers(modelOf('other'))).toEqual(await answers(new MemoryReadModel().present.placement));
    expect(await modelOf('one').providers({})).toHaveLength(1);
  });

  test('texts that Postgres cannot hold stop nothing', async () => {
    const nul = 'nul\0nul';
    const inventory = { total: 1, reserved: 0, minUnit: 1, maxUnit: 1, stepSize: 1, allocationRatio: 1 };
    const group = groupOf([
      { type: 'placement.ProviderPut', provider: nul, name: nul, parent: null, generation: 0 },
      {
        type: 'placement.InventoriesSet',
        provider: nul,
        generation: 1,
        inventories: [{ resourceClass: nul, ...inventory }],
      },
      {
        type: 'placement.ProviderAllocated',
        provider: nul,
        generation: 2,
        consumer: nul,
        resources: [{ resourceClass: nul, amount: 1 }],
      },
      {
        type: 'placement.ConsumerPut',
        consumer: nul,
        generation: 1,
        projectId: nul,
        userId: nul,
        consumerType: nul,
        allocations: [{ provider: nul, resources: [{ resourceClass: nul, amount: 1 }] }],
      },
      { type: 'placement.ResourceClassCreated', name: nul },
      { type: 'placement.TraitCreated', name: nul },
      { type: 'placement.AggregatesSet', provider: nul, generation: 3, aggregates: [nul] },
      { type: 'placement.TraitsSet', provider: nul, generation: 4, traits: [nul] },
      decided('placement.X'),
    ]);
    await write(shard, [[group]]);
    const [memory, model] = [memoryOf([group]).present.placement, modelOf(shard)];
    expect(await model.providerAllocations(nul)).toEqual(await memory.providerAllocations(nul));
    expect(await model.usages({ projectId: nul })).toEqual(await memory.usages({ projectId: nul }));
    expect(await model.providers({ name: nul, memberOf: [[nul]], required: [[nul]] })).toHaveLength(1);
    expect(await memory.providers({ name: nul, memberOf: [[nul]], required: [[nul]] })).toHaveLength(1);
    expect(await model.traits({ associated: true })).toEqual(await memory.traits({ associated: true }));
  });
});
