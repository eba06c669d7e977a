import type {
  Amount,
  ConsumerRequest,
  Inventory,
  PlacementCommand,
  PlacementEvent,
} from '@holdfast/events/placement/messages';
import type { Caller, Traffic } from '../../simulation/module.js';
import type { Random } from '../../simulation/random.js';
import type { PlacementQuery } from './view.js';

const providers = ['provider-1', 'provider-2', 'provider-3'];
const consumers = ['consumer-1', 'consumer-2', 'consumer-3', 'consumer-4'];
const custom = ['CUSTOM_A', 'CUSTOM_B'];
const classes = ['VCPU', 'VCPU', 'VCPU', 'CUSTOM_A', ...custom];
const projects = ['project-1', 'project-2'];
const traits = ['CUSTOM_FAST', 'CUSTOM_NEAR', 'HW_CPU_X86_AVX'];
const aggregates = ['aggregate-1', 'aggregate-2'];
const names = ['north', 'south', 'east', 'west', 'far'];

/** Everything that there is, in questions. */
export const wholePlacement: PlacementQuery[] = [
  { of: 'providers' },
  { of: 'classes' },
  { of: 'traits' },
  { of: 'marked', by: { memberOf: [aggregates], forbidden: ['CUSTOM_FAST'] } },
  { of: 'marked', by: { notMemberOf: ['aggregate-1'], required: [['HW_CPU_X86_AVX', 'CUSTOM_FAST'], traits] } },
  ...providers.flatMap((provider) =>
    (['inventories', 'provider allocations', 'provider usages', 'aggregates', 'provider traits'] as const).map(
      (of) => ({ of, provider }),
    ),
  ),
  ...consumers.map((consumer) => ({ of: 'consumer' as const, consumer })),
  ...projects.map((projectId) => ({ of: 'project usages' as const, projectId })),
];

/** Makes commands on few providers, classes and consumers, so that capacity is short and generations are stale. */
export class PlacementTraffic implements Traffic {
  /** The generation that a provider or consumer had in the last answer that anybody saw. */
  #seen = new Map<string, number>();

  constructor(private readonly random: Random) {}

  /** Two providers that have something. */
  beginning(): PlacementCommand[] {
    const inventories = [this.#inventory('VCPU'), this.#inventory('CUSTOM_A')];
    return [
      { type: 'placement.ResourceClassCreationRequested', name: 'CUSTOM_A', mayExist: true },
      ...providers.slice(0, 2).flatMap((provider, n): PlacementCommand[] => [
        { type: 'placement.ProviderCreationRequested', provider, name: names[n]!, parent: null },
        { type: 'placement.InventoriesReplacementRequested', provider, generation: 0, inventories },
      ]),
    ];
  }

  caller(): Caller {
    return { next: () => this.#any(), learn: (event: PlacementEvent) => this.#learn(event) };
  }

  #learn(event: PlacementEvent): void {
    if (event.type === 'placement.ConsumerPut') this.#seen.set(event.consumer, event.generation);
    if (event.type === 'placement.ConsumerDeleted') this.#seen.delete(event.consumer);
    if ('provider' in event && 'generation' in event && event.type !== 'placement.RequestRefused') {
      this.#seen.set(event.provider, event.generation);
    }
  }

  query(): PlacementQuery {
    return this.random.pick(wholePlacement);
  }

  #any(): PlacementCommand {
    const { random } = this;
    switch (random.int(0, 17)) {
      case 0:
        return { type: 'placement.AllocationsDeletionRequested', consumer: random.pick(consumers) };
      case 1:
        return this.#onProvider();
      case 2:
      case 3:
      case 4:
        return this.#onInventories();
      case 5:
        return this.#onClass();
      case 6:
      case 7:
        return this.#onMarks();
      default:
        return this.#allocations();
    }
  }

  #allocations(): PlacementCommand {
    const { random } = this;
    const share = random.pick([0, 0, 0.5]);
    const first = random.pick(consumers);
    const named = consumers.filter((consumer) => consumer === first || random.chance(share));
    return { type: 'placement.AllocationsReplacementRequested', consumers: named.map((each) => this.#request(each)) };
  }

  #request(consumer: string): ConsumerRequest {
    const { random } = this;
    const seen = this.#seen.get(consumer) ?? null;
    const expected = random.chance(0.8) ? seen : random.pick([null, 0, 1, (seen ?? 1) + 1]);
    const share = random.pick([0.4, 0.4, 0.8]);
    const from = random.chance(0.1) ? [] : providers.filter((_, n) => random.chance(n < 2 ? share : share / 8));
    return {
      consumer,
      projectId: random.pick(projects),
      userId: 'user',
      consumerType: random.pick([null, 'INSTANCE', 'MIGRATION']),
      generation: random.chance(0.5) ? null : { expected },
      allocations: from.map((provider) => ({ provider, resources: this.#amounts() })),
    };
  }

  #amounts(): Amount[] {
    const { random } = this;
    const some = new Set([random.pick(classes), random.chance(0.3) ? random.pick(classes) : 'VCPU']);
    return [...some].map((resourceClass) => ({ resourceClass, amount: random.pick([1, 1, 2, 3]) }));
  }

  #onProvider(): PlacementCommand {
    const { random } = this;
    const provider = random.pick(providers);
    const name = random.pick(names);
    const parent = random.chance(0.5) ? null : random.pick(providers);
    switch (random.int(0, 4)) {
      case 0:
        return { type: 'placement.ProviderDeletionRequested', provider };
      case 1: {
        const to = random.chance(0.3) ? null : { provider: parent };
        return { type: 'placement.ProviderUpdateRequested', provider, name, parent: to, mayMove: random.chance(0.7) };
      }
      default:
        return { type: 'placement.ProviderCreationRequested', provider, name, parent };
    }
  }

  #onInventories(): PlacementCommand {
    const { random } = this;
    const provider = random.pick(providers);
    const generation = (this.#seen.get(provider) ?? 0) + (random.chance(0.2) ? 1 : 0);
    const inventory = this.#inventory(random.pick(classes));
    switch (random.int(0, 4)) {
      case 0: {
        const some = new Set([...classes].filter(() => random.chance(0.6)));
        const inventories = [...some].map((each) => this.#inventory(each));
        return { type: 'placement.InventoriesReplacementRequested', provider, generation, inventories };
      }
      case 1:
        return { type: 'placement.InventoryUpdateRequested', provider, generation, inventory };
      case 2: {
        const resourceClass = random.chance(0.3) ? null : random.pick(classes);
        return { type: 'placement.InventoryDeletionRequested', provider, resourceClass };
      }
      default:
        return { type: 'placement.InventoryCreationRequested', provider, inventory };
    }
  }

  #onMarks(): PlacementCommand {
    const { random } = this;
    const provider = random.pick(providers);
    const seen = this.#seen.get(provider) ?? 0;
    const generation = random.chance(0.3) ? null : random.chance(0.8) ? seen : seen + 1;
    switch (random.int(0, 5)) {
      case 0:
        return { type: 'placement.TraitDeletionRequested', name: random.pick(traits) };
      case 1:
        return { type: 'placement.TraitCreationRequested', name: random.pick(traits.slice(0, 2)) };
      case 2: {
        const some = aggregates.filter(() => random.chance(0.5));
        return { type: 'placement.AggregatesReplacementRequested', provider, generation, aggregates: some };
      }
      default: {
        const some = traits.filter(() => random.chance(0.5));
        return { type: 'placement.TraitsReplacementRequested', provider, generation, traits: some };
      }
    }
  }

  #inventory(resourceClass: string): Inventory {
    const { random } = this;
    return {
      resourceClass,
      total: random.int(2, 8),
      reserved: random.pick([0, 0, 1]),
      minUnit: random.pick([1, 1, 1, 1, 1, 2]),
      maxUnit: random.pick([8, 8, 2]),
      stepSize: random.pick([1, 1, 1, 1, 1, 2]),
      allocationRatio: random.pick([1, 1, 1.5, 0.5]),
    };
  }

  #onClass(): PlacementCommand {
    const { random } = this;
    const name = random.pick([...custom, 'VCPU']);
    switch (random.int(0, 4)) {
      case 0:
        return { type: 'placement.ResourceClassDeletionRequested', name };
      case 1:
        return { type: 'placement.ResourceClassRenamingRequested', name, newName: random.pick(custom) };
      default:
        return { type: 'placement.ResourceClassCreationRequested', name, mayExist: random.chance(0.5) };
    }
  }
}
