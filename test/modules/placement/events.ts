import type { Event } from '@holdfast/events';
import type { Allocation, Amount, Inventory, PlacementEvent } from '@holdfast/events/placement/messages';
import fc from 'fast-check';

/*
 * Groups of placement events that a log can hold: what each says fits what those before it left. It keeps a provider's
 * capacity in no view, as that is the decider's to do, and no reader of events looks at it.
 */

export const providers = ['p0', 'p1', 'p2', 'p3'] as const;
export const consumers = ['c0', 'c1', 'c2'] as const;
export const classes = ['VCPU', 'MEMORY_MB', 'CUSTOM_TAPE', 'CUSTOM_DISC'] as const;
export const projects = ['red', 'blue'] as const;
export const consumerTypes = [null, 'INSTANCE', 'LOCK'] as const;

export const aggregates = ['a0', 'a1', 'a2'] as const;
export const traits = ['HW_CPU_X86_AVX', 'CUSTOM_FAST', 'CUSTOM_NEAR'] as const;

interface Provider {
  name: string;
  parent: string | null;
  generation: number;
  inventories: Inventory[];
}

interface Consumer {
  generation: number;
  projectId: string;
  userId: string;
  consumerType: string | null;
  allocations: Allocation[];
}

/** What was left by the events so far. */
class Left {
  providers = new Map<string, Provider>();
  consumers = new Map<string, Consumer>();
  classes = new Set<string>();
  traits = new Set<string>(['HW_CPU_X86_AVX']);
  /** By provider. */
  marked = new Map<string, string[]>();

  get holdings() {
    return [...this.consumers.values()].flatMap(({ allocations }) => allocations);
  }

  /** Classes of a provider that somebody has. */
  inUse(provider: string): Set<string> {
    const held = this.holdings.filter((one) => one.provider === provider);
    return new Set(held.flatMap(({ resources }) => resources.map(({ resourceClass }) => resourceClass)));
  }

  ancestors(provider: string): string[] {
    const parent = this.providers.get(provider)?.parent ?? null;
    return parent === null ? [] : [parent, ...this.ancestors(parent)];
  }
}

type Step = (left: Left) => PlacementEvent[];

const provider = fc.constantFrom(...providers);
const consumer = fc.constantFrom(...consumers);
const resourceClass = fc.constantFrom(...classes);

const providerPut: fc.Arbitrary<Step> = fc
  .record({ provider, name: fc.constantFrom('rack', 'shelf', 'böx'), parent: fc.option(provider) })
  .map(({ provider, name, parent }) => (left) => {
    const before = left.providers.get(provider) ?? { generation: 0, inventories: [] };
    const fits =
      parent !== null &&
      parent !== provider &&
      left.providers.has(parent) &&
      !left.ancestors(parent).includes(provider);
    const named = { name: `${name} ${provider}`, parent: fits ? parent : null };
    left.providers.set(provider, { ...before, ...named });
    return [{ type: 'placement.ProviderPut', provider, ...named, generation: before.generation }];
  });

const providerDeleted: fc.Arbitrary<Step> = provider.map((provider) => (left) => {
  const isParent = [...left.providers.values()].some(({ parent }) => parent === provider);
  if (isParent || left.inUse(provider).size > 0 || !left.providers.delete(provider)) return [];
  left.marked.delete(provider);
  return [{ type: 'placement.ProviderDeleted', provider }];
});

const inventory: fc.Arbitrary<Inventory> = fc.record({
  resourceClass,
  total: fc.integer({ min: 1, max: 40 }),
  reserved: fc.integer({ min: 0, max: 2 }),
  minUnit: fc.integer({ min: 1, max: 2 }),
  maxUnit: fc.integer({ min: 2, max: 50 }),
  stepSize: fc.integer({ min: 1, max: 2 }),
  allocationRatio: fc.constantFrom(1, 1.5, 0.1, 16),
});

const inventoriesSet: fc.Arbitrary<Step> = fc
  .tuple(provider, fc.uniqueArray(inventory, { selector: (one) => one.resourceClass }))
  .map(([provider, wanted]) => (left) => {
    const before = left.providers.get(provider);
    if (before === undefined) return [];
    const inUse = left.inUse(provider);
    const kept = before.inventories.filter(
      ({ resourceClass: of }) => inUse.has(of) && !wanted.some((one) => one.resourceClass === of),
    );
    const after = { ...before, generation: before.generation + 1, inventories: [...kept, ...wanted] };
    left.providers.set(provider, after);
    return [setOf(provider, after)];
  });

function setOf(provider: string, { generation, inventories }: Provider): PlacementEvent {
  return { type: 'placement.InventoriesSet', provider, generation, inventories };
}

interface Wanted {
  consumer: string;
  projectId: string;
  userId: string;
  consumerType: string | null;
  allocations: { provider: string; resources: Amount[] }[];
}

const amount = fc.record({ resourceClass, amount: fc.integer({ min: 1, max: 9 }) });
const wanted: fc.Arbitrary<Wanted> = fc.record({
  consumer,
  projectId: fc.constantFrom(...projects),
  userId: fc.constantFrom('alice', 'bob'),
  consumerType: fc.constantFrom(...consumerTypes),
  allocations: fc.uniqueArray(
    fc.record({
      provider,
      resources: fc.uniqueArray(amount, { maxLength: 3, selector: (one) => one.resourceClass }),
    }),
    { maxLength: 3, selector: (one) => one.provider },
  ),
});

const allocated: fc.Arbitrary<Step> = fc
  .uniqueArray(wanted, { minLength: 1, maxLength: 2, selector: (one) => one.consumer })
  .map((all) => (left) => {
    const fitting = all.map((one) => ({ ...one, allocations: fittingOf(left, one) }));
    const touched = new Set(fitting.flatMap(({ allocations }) => allocations.map((one) => one.provider)));
    for (const one of touched) left.providers.get(one)!.generation++;
    return fitting.flatMap((one) => replaced(left, one));
  });

/** Of classes that the providers have. */
function fittingOf(left: Left, { allocations }: Wanted): Allocation[] {
  return allocations.flatMap(({ provider, resources }) => {
    const has = left.providers.get(provider)?.inventories ?? [];
    const fit = resources.filter(({ resourceClass }) => has.some((one) => one.resourceClass === resourceClass));
    return fit.length === 0 ? [] : [{ provider, resources: fit }];
  });
}

function replaced(left: Left, { consumer, allocations, ...owned }: Wanted): PlacementEvent[] {
  const before = left.consumers.get(consumer);
  const released = (before?.allocations ?? [])
    .filter(({ provider }) => !allocations.some((one) => one.provider === provider))
    .map(({ provider }) => ({ provider, resources: [] }));
  const events = [...released, ...allocations].map((one) => allocatedOf(left, consumer, one));
  if (allocations.length === 0) {
    if (!left.consumers.delete(consumer)) return [];
    return [...events, { type: 'placement.ConsumerDeleted', consumer }];
  }
  const after = { ...owned, generation: (before?.generation ?? 0) + 1, allocations };
  left.consumers.set(consumer, after);
  return [...events, { type: 'placement.ConsumerPut', consumer, ...after }];
}

function allocatedOf(left: Left, consumer: string, { provider, resources }: Allocation): PlacementEvent {
  const { generation } = left.providers.get(provider)!;
  return { type: 'placement.ProviderAllocated', provider, generation, consumer, resources };
}

const custom = fc.constantFrom('CUSTOM_TAPE', 'CUSTOM_DISC', 'CUSTOM_FILM');

const classCreated: fc.Arbitrary<Step> = custom.map((name) => (left) => {
  if (left.classes.has(name)) return [];
  left.classes.add(name);
  return [{ type: 'placement.ResourceClassCreated', name }];
});

const classDeleted: fc.Arbitrary<Step> = custom.map((name) => (left) => {
  return left.classes.delete(name) ? [{ type: 'placement.ResourceClassDeleted', name }] : [];
});

/** What has it is told again, with the new name. */
const classRenamed: fc.Arbitrary<Step> = fc.tuple(custom, custom).map(([name, newName]) => (left) => {
  if (!left.classes.has(name) || left.classes.has(newName)) return [];
  const named = <T extends { resourceClass: string }>(all: readonly T[]): T[] =>
    all.map((one) => (one.resourceClass === name ? { ...one, resourceClass: newName } : one));
  const taken = [...left.providers.values()].some(({ inventories }) =>
    inventories.some((one) => one.resourceClass === newName),
  );
  if (taken) return [];
  left.classes.delete(name);
  left.classes.add(newName);
  const events: PlacementEvent[] = [{ type: 'placement.ResourceClassRenamed', name, newName }];
  for (const [id, one] of left.providers) {
    one.inventories = named(one.inventories);
    events.push(setOf(id, one));
  }
  for (const [id, one] of left.consumers) {
    one.allocations = one.allocations.map(({ provider, resources }) => ({ provider, resources: named(resources) }));
    events.push(...one.allocations.map((of) => allocatedOf(left, id, of)));
    events.push({ type: 'placement.ConsumerPut', consumer: id, ...one });
  }
  return events;
});

const aggregatesSet: fc.Arbitrary<Step> = fc
  .tuple(provider, fc.shuffledSubarray([...aggregates]), fc.boolean())
  .map(([provider, some, raises]) => (left) => {
    const before = left.providers.get(provider);
    if (before === undefined) return [];
    if (raises) before.generation++;
    return [{ type: 'placement.AggregatesSet', provider, generation: before.generation, aggregates: some }];
  });

const traitsSet: fc.Arbitrary<Step> = fc
  .tuple(provider, fc.shuffledSubarray([...traits]))
  .map(([provider, some]) => (left) => {
    const before = left.providers.get(provider);
    if (before === undefined) return [];
    before.generation++;
    const had = some.filter((name) => left.traits.has(name));
    left.marked.set(provider, had);
    return [{ type: 'placement.TraitsSet', provider, generation: before.generation, traits: had }];
  });

const customTrait = fc.constantFrom('CUSTOM_FAST', 'CUSTOM_NEAR');

const traitCreated: fc.Arbitrary<Step> = customTrait.map((name) => (left) => {
  if (left.traits.has(name)) return [];
  left.traits.add(name);
  return [{ type: 'placement.TraitCreated', name }];
});

const traitDeleted: fc.Arbitrary<Step> = customTrait.map((name) => (left) => {
  if ([...left.marked.values()].flat().includes(name) || !left.traits.delete(name)) return [];
  return [{ type: 'placement.TraitDeleted', name }];
});

const refused: fc.Arbitrary<Step> = consumer.map((id) => () => [
  {
    type: 'placement.RequestRefused',
    subject: { kind: 'consumer', id },
    reason: 'over-capacity',
    provider: 'p0',
    resourceClass: 'VCPU',
    generation: null,
    stated: null,
    traits: [],
  },
]);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: providerPut },
  { weight: 5, arbitrary: inventoriesSet },
  { weight: 8, arbitrary: allocated },
  { weight: 2, arbitrary: classCreated },
  ...[aggregatesSet, traitsSet, traitCreated].map((arbitrary) => ({ weight: 3, arbitrary })),
  ...[traitDeleted, providerDeleted, classRenamed, classDeleted, refused].map((arbitrary) => ({
    weight: 1,
    arbitrary,
  })),
);

/** The events of each group, without its outcome. */
export const placementEvents: fc.Arbitrary<Event[][]> = fc.array(step, { minLength: 1, maxLength: 30 }).map((steps) => {
  const left = new Left();
  // A provider with something to allocate, so that most steps find something to do.
  const first: Inventory = {
    ...{ resourceClass: 'VCPU', total: 64, reserved: 0, minUnit: 1, maxUnit: 64, stepSize: 1, allocationRatio: 1 },
  };
  left.providers.set('p0', { name: 'rack p0', parent: null, generation: 1, inventories: [first] });
  const begun: Event[] = [
    { type: 'placement.ProviderPut', provider: 'p0', name: 'rack p0', parent: null, generation: 0 },
    { type: 'placement.InventoriesSet', provider: 'p0', generation: 1, inventories: [first] },
  ];
  return [begun, ...steps.map((one) => structuredClone(one(left)))];
});
