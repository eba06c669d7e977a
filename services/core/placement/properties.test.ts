import type {
  Amount,
  ConsumerRequest,
  Inventory,
  PlacementCommand,
  PlacementEvent,
} from '@holdfast/events/placement/messages';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Decision } from '../decider.js';
import {
  after,
  ask,
  decider,
  given,
  inventories,
  inventory,
  of,
  provider,
  release,
  replace,
  when,
} from './scenario.js';
import type { PlacementState } from './state.js';

const providerId = fc.constantFrom('P', 'Q', 'R');
const consumerId = fc.constantFrom('C', 'D', 'E');
const resourceClass = fc.constantFrom('VCPU', 'VCPU', 'CUSTOM_A', 'CUSTOM_B');
const generation = fc.nat(3);
const trait = fc.constantFrom('CUSTOM_FAST', 'CUSTOM_FAST', 'CUSTOM_NEAR', 'HW_CPU_X86_AVX');

const anInventory: fc.Arbitrary<Inventory> = fc
  .record({
    name: resourceClass,
    total: fc.integer({ min: 1, max: 6 }),
    reserved: fc.nat(1),
    step: fc.constantFrom(1, 1, 2),
  })
  .chain(({ name, total, reserved, step }) =>
    fc
      .constantFrom(1, 1.5, 0.5)
      .map((allocationRatio) => inventory(name, total, { reserved, stepSize: step, allocationRatio })),
  );
const resources: fc.Arbitrary<Amount[]> = fc.uniqueArray(
  fc.record({ resourceClass, amount: fc.integer({ min: 1, max: 3 }) }),
  { minLength: 1, maxLength: 2, selector: (each) => each.resourceClass },
);
const request: fc.Arbitrary<ConsumerRequest> = fc.record({
  consumer: consumerId,
  projectId: fc.constant('p'),
  userId: fc.constant('u'),
  consumerType: fc.constantFrom(null, 'INSTANCE'),
  generation: fc.option(fc.record({ expected: fc.option(generation) }), { freq: 2 }),
  allocations: fc.uniqueArray(fc.record({ provider: providerId, resources }), {
    maxLength: 2,
    selector: (each) => each.provider,
  }),
});
const consumers = fc.uniqueArray(request, { minLength: 1, maxLength: 3, selector: (each) => each.consumer });
const several = fc.uniqueArray(anInventory, { maxLength: 3, selector: (each) => each.resourceClass });
const type = <T extends string>(name: T) => fc.constant(`placement.${name}` as const);

const marks: fc.Arbitrary<PlacementCommand> = fc.oneof(
  fc.record({
    type: type('AggregatesReplacementRequested'),
    provider: providerId,
    generation: fc.option(generation),
    aggregates: fc.subarray(['A', 'B']),
  }),
  fc.record({
    type: type('TraitsReplacementRequested'),
    provider: providerId,
    generation: fc.option(generation, { freq: 1 }),
    traits: fc.constantFrom<string[][]>(
      ['CUSTOM_FAST'],
      [],
      ['HW_CPU_X86_AVX', 'CUSTOM_FAST'],
      ['CUSTOM_FAST', 'CUSTOM_NEAR'],
    ),
  }),
  fc.record({ type: type('TraitCreationRequested'), name: trait }),
  fc.record({ type: type('TraitDeletionRequested'), name: trait }),
);
const command: fc.Arbitrary<PlacementCommand> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ type: type('AllocationsReplacementRequested'), consumers }) },
  fc.record({ type: type('AllocationsDeletionRequested'), consumer: consumerId }),
  fc.record({
    type: type('ProviderCreationRequested'),
    provider: providerId,
    name: fc.constantFrom('a', 'b', 'c'),
    parent: fc.option(providerId),
  }),
  fc.record({
    type: type('ProviderUpdateRequested'),
    provider: providerId,
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    parent: fc.option(fc.record({ provider: fc.option(providerId) })),
    mayMove: fc.boolean(),
  }),
  fc.record({ type: type('ProviderDeletionRequested'), provider: providerId }),
  fc.record({
    type: type('InventoriesReplacementRequested'),
    provider: providerId,
    generation,
    inventories: several,
  }),
  {
    weight: 2,
    arbitrary: fc.record({ type: type('InventoryCreationRequested'), provider: providerId, inventory: anInventory }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: type('InventoryUpdateRequested'),
      provider: providerId,
      generation,
      inventory: anInventory,
    }),
  },
  fc.record({
    type: type('InventoryDeletionRequested'),
    provider: providerId,
    resourceClass: fc.option(resourceClass),
  }),
  fc.record({
    type: type('ResourceClassCreationRequested'),
    name: fc.constantFrom('CUSTOM_A', 'CUSTOM_B'),
    mayExist: fc.boolean(),
  }),
  fc.record({ type: type('ResourceClassRenamingRequested'), name: resourceClass, newName: resourceClass }),
  fc.record({ type: type('ResourceClassDeletionRequested'), name: resourceClass }),
  { weight: 2, arbitrary: marks },
);
const commands = fc.array(command, { minLength: 25, maxLength: 75, size: 'max' });

/** Something to allocate from, so that the first commands already meet. */
const beginning: PlacementEvent[] = [
  { type: 'placement.ResourceClassCreated', name: 'CUSTOM_A' },
  { type: 'placement.TraitCreated', name: 'CUSTOM_FAST' },
  provider('P', { name: 'a' }),
  inventories('P', 1, inventory('VCPU', 4), inventory('CUSTOM_A', 3)),
  provider('Q', { name: 'b', parent: 'P' }),
  inventories('Q', 1, inventory('VCPU', 2)),
];

interface Taken {
  command: PlacementCommand;
  before: PlacementState;
  decision: Decision<PlacementEvent>;
  state: PlacementState;
  /** All events so far. */
  log: PlacementEvent[];
}

function forEachStep(check: (taken: Taken) => void, numRuns = 180): void {
  const property = fc.property(commands, (all) => {
    const log = [...beginning];
    let state = given(...beginning);
    for (const each of all) {
      const before = state;
      const decision = when(before, each);
      state = after(before, ...decision.events);
      log.push(...decision.events);
      check({ command: each, before, decision, state, log });
    }
  });
  fc.assert(property, { numRuns, seed: 7 });
}

const reasons = new Set<string>();
const effects = new Set<string>();
beforeAll(() => {
  forEachStep(({ decision: { events, reason } }) => {
    if (reason !== undefined) reasons.add(reason);
    for (const event of events) effects.add(event.type);
  });
});

test('the commands meet every refusal and every effect', () => {
  expect({ reasons: reasons.size, effects: effects.size }, [...reasons].join()).toEqual({ reasons: 23, effects: 14 });
});

test('the use of a class is the sum of what consumers hold of it', () => {
  forEachStep(({ state }) => expect(usages(state)).toEqual(sums(state)));
});

test('a request never brings the use of a class above its capacity, unless it was there and does not rise', () => {
  let oversold = 0;
  forEachStep(({ command: { type: kind }, before, state }) => {
    if (kind !== 'placement.AllocationsReplacementRequested') return;
    for (const { id, usage, inventories: offered } of state.providers.values()) {
      for (const [name, used] of usage) {
        const { total, reserved, allocationRatio } = offered.get(name)!;
        if (used <= (total - reserved) * allocationRatio) continue;
        oversold += 1;
        expect(used).toBeLessThanOrEqual(before.providers.get(id)!.usage.get(name)!);
      }
    }
  });
  expect(oversold).toBeGreaterThan(0);
});

test('a refusal leaves everything as it was, and has one reason', () => {
  forEachStep(({ before, decision: { events, status, reason }, state }) => {
    if (status !== 'refused') return;
    const told = events.map((event) => event.type === 'placement.RequestRefused' && event.reason);
    expect(new Set(told)).toEqual(new Set([reason]));
    expect(state).toBe(before);
  });
});

test('what is held is in an inventory, children and names are those of the providers, and parents form no loop', () => {
  forEachStep(({ state }) => {
    const all = state.providers.values();
    for (const { id, usage, inventories: offered, children, name } of all) {
      for (const used of usage.keys()) expect(offered.has(used)).toBe(true);
      expect(children).toBe(all.filter(({ parent }) => parent === id).length);
      expect(state.names.get(name)).toBe(id);
      let steps = 0;
      for (let at = state.providers.get(id)!.parent; at !== null; at = state.providers.get(at)!.parent) steps += 1;
      expect(steps).toBeLessThan(all.length);
    }
    expect(state.names.size).toBe(all.length);
  });
});

test('a trait that a provider has is one, and a generation rises where traits are others and nowhere else', () => {
  forEachStep(({ command: { type: kind }, before, decision: { events }, state }) => {
    const some = state.providers.values().flatMap(({ traits }) => traits);
    expect(some.filter((name) => !name.startsWith('HW_') && !state.customTraits.has(name))).toEqual([]);
    const [event] = events;
    if (kind !== 'placement.TraitsReplacementRequested' || event?.type !== 'placement.TraitsSet') return;
    const had = before.providers.get(event.provider)!;
    const isOther = [...had.traits].sort().join() !== [...event.traits].sort().join();
    expect(event.generation - had.generation).toBe(isOther ? 1 : 0);
  });
});

test('who folds the events of providers alone knows the same holders and generations', () => {
  forEachStep(({ state, log }) => {
    const holders: Record<string, unknown> = {};
    const generations: Record<string, number> = {};
    for (const event of log) {
      if ('provider' in event && 'generation' in event && event.type !== 'placement.RequestRefused') {
        generations[event.provider] = event.generation;
      }
      if (event.type === 'placement.ProviderDeleted') delete generations[event.provider];
      if (event.type !== 'placement.ProviderAllocated') continue;
      const key = `${event.consumer} of ${event.provider}`;
      if (event.resources.length > 0) holders[key] = event.resources;
      else delete holders[key];
    }
    const held = state.consumers
      .values()
      .flatMap(({ id, allocations }) =>
        allocations.map((each) => [`${id} of ${each.provider}`, each.resources] as const),
      );
    expect(holders).toEqual(Object.fromEntries(held));
    expect(generations).toEqual(Object.fromEntries(state.providers.values().map((each) => [each.id, each.generation])));
  });
});

test('the same events give the same state, and a state that was kept and found again, as JSON, is the same', () => {
  forEachStep(({ command: next, state, log }) => {
    expect(shown(given(...log))).toEqual(shown(state));
    const restorer = decider.restorer();
    for (const piece of decider.save(state)) restorer.take(JSON.parse(JSON.stringify(piece)));
    expect(shown(restorer.state())).toEqual(shown(state));
    expect(when(restorer.state(), next)).toEqual(when(state, next));
  }, 20);
});

test('5,000 allocations in one request, of a provider with 100,000 consumers, are a matter of milliseconds', () => {
  const wide = inventory('VCPU', 2_000_000);
  let state = given(provider('P'), inventories('P', 1, wide));
  for (let n = 0; n < 20; n++) {
    const some = Array.from({ length: 5_000 }, (_, m) => ask(`c${n * 5_000 + m}`, [of('P', { VCPU: 1 })]));
    state = after(state, ...when(state, replace(...some)).events);
  }
  const again = replace(...Array.from({ length: 5_000 }, (_, n) => ask(`c${n}`, [of('P', { VCPU: 2 })])));
  const began = performance.now();
  state = after(state, ...when(state, again).events);
  for (let n = 0; n < 1_000; n++) state = after(state, ...when(state, release(`c${n}`)).events);
  // Generous: it takes about 50 ms. Were use summed up anew for each, it would take half a minute.
  expect(performance.now() - began).toBeLessThan(3_000);
  expect(state.providers.get('P')!.usage.get('VCPU')).toBe(100_000 + 5_000 - 2_000);
});

function usages({ providers }: PlacementState): Record<string, number> {
  const all = providers
    .values()
    .flatMap(({ id, usage }) => [...usage].map(([name, used]) => [`${name} of ${id}`, used]));
  return Object.fromEntries(all);
}

function sums({ consumers: all }: PlacementState): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const { allocations } of all.values()) {
    for (const { provider: id, resources: held } of allocations) {
      for (const { resourceClass: name, amount } of held)
        sum[`${name} of ${id}`] = (sum[`${name} of ${id}`] ?? 0) + amount;
    }
  }
  return sum;
}

function shown({ providers, names, consumers: all, customClasses, customTraits }: PlacementState) {
  const maps = { providers, names, consumers: all, customClasses, customTraits };
  return Object.entries(maps).map(([name, map]) => [name, new Map<string, unknown>(map.entries().sort())]);
}
