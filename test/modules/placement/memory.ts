import type { Amount, Inventory } from '@holdfast/events/placement/messages';
import { amountOf } from '@holdfast/projections/placement/amounts';
import type {
  AllocationChange,
  AmountTuple,
  ConsumerChange,
  PlacementChange,
  ProviderChange,
  ResourceClassChange,
} from '@holdfast/projections/placement/change';
import type {
  AggregatesRow,
  ConsumerRow,
  InventoriesRow,
  PlacementModel,
  ProjectUsages,
  ProviderAllocationsRow,
  ProviderRow,
  ProvidersQuery,
  ProviderTraitsRow,
  ResourceClassRow,
  TraitsRow,
  UsagesQuery,
} from '@holdfast/projections/placement/port';
import { storable } from '@holdfast/projections/text';
import type { MemoryPart } from '../../support/rows.js';
import { isMarked, type Marks, unmarked } from './memory-marks.js';

interface Provider extends Omit<ProviderRow, 'root'> {
  inventories: (Inventory & { changedAt: number })[];
  /** By consumer. */
  allocations: ReadonlyMap<string, AmountTuple[]>;
  marks: Marks;
}

type Consumer = Extract<ConsumerChange, { op: 'put' }>;

/** Providers, consumers, classes and traits as plain maps, which keep the order in which things were created. */
export class MemoryPlacement implements PlacementModel, MemoryPart<PlacementChange> {
  #providers = new Map<string, Provider>();
  #consumers = new Map<string, Consumer>();
  #classes = new Map<string, ResourceClassRow>();
  #traits = new Map<string, TraitsRow['custom'][number]>();

  copy(): MemoryPlacement {
    const copy = new MemoryPlacement();
    copy.#providers = new Map(this.#providers);
    copy.#consumers = new Map(this.#consumers);
    copy.#classes = new Map(this.#classes);
    copy.#traits = new Map(this.#traits);
    return copy;
  }

  clear(): void {
    this.#providers.clear();
    this.#consumers.clear();
    this.#classes.clear();
    this.#traits.clear();
  }

  async providers(query: ProvidersQuery): Promise<ProviderRow[]> {
    const { uuid, name, inTree, resources = [] } = query;
    const root = inTree === undefined ? undefined : this.#rootOf(storable(inTree));
    const found = [...this.#providers.values()].filter(
      (one) =>
        (uuid === undefined || one.uuid === storable(uuid)) &&
        (name === undefined || one.name === storable(name)) &&
        (inTree === undefined || this.#rootOf(one.uuid) === root) &&
        resources.every((amount) => hasRoom(one, amount)) &&
        isMarked(one.marks, query),
    );
    return found.map(({ inventories: _, allocations: __, marks: ___, ...row }) => ({
      ...row,
      root: this.#rootOf(row.uuid),
    }));
  }

  async inventories(provider: string): Promise<InventoriesRow | null> {
    const { generation, inventories } = this.#providers.get(storable(provider)) ?? {};
    return inventories === undefined ? null : { generation: generation!, inventories };
  }

  async aggregates(provider: string): Promise<AggregatesRow | null> {
    const { generation, marks } = this.#providers.get(storable(provider)) ?? {};
    return marks === undefined ? null : { generation: generation!, aggregates: [...marks.aggregates] };
  }

  async providerTraits(provider: string): Promise<ProviderTraitsRow | null> {
    const { generation, marks } = this.#providers.get(storable(provider)) ?? {};
    if (marks === undefined) return null;
    return { generation: generation!, traits: [...marks.traits], changedAt: marks.traitsAt };
  }

  async traits({ associated }: { associated: boolean }): Promise<TraitsRow> {
    const had = () => [...new Set([...this.#providers.values()].flatMap(({ marks }) => marks.traits))];
    return { custom: [...this.#traits.values()], associated: associated ? had() : null };
  }

  async resourceClasses(): Promise<ResourceClassRow[]> {
    return [...this.#classes.values()];
  }

  async consumer(uuid: string): Promise<ConsumerRow | null> {
    const consumer = this.#consumers.get(storable(uuid));
    if (consumer === undefined) return null;
    const allocations = consumer.allocations.flatMap(([provider, resources]) => {
      const { generation } = this.#providers.get(provider) ?? {};
      return generation === undefined ? [] : [{ provider, generation, resources: resources.map(amountOf) }];
    });
    return { ...owned(consumer), allocations };
  }

  async providerAllocations(provider: string): Promise<ProviderAllocationsRow | null> {
    const { generation, allocations } = this.#providers.get(storable(provider)) ?? {};
    if (generation === undefined || allocations === undefined) return null;
    const consumers = [...allocations].flatMap(([uuid, resources]) => {
      const consumer = this.#consumers.get(uuid);
      return consumer === undefined ? [] : [{ ...owned(consumer), resources: resources.map(amountOf) }];
    });
    return { generation, consumers: consumers.sort((a, b) => (a.uuid < b.uuid ? -1 : 1)) };
  }

  async providerUsages(uuid: string): Promise<{ generation: number; usages: Amount[] } | null> {
    const provider = this.#providers.get(storable(uuid));
    if (provider === undefined) return null;
    const usages = provider.inventories.map(({ resourceClass }) => ({
      resourceClass,
      amount: usedOf(provider, resourceClass),
    }));
    return { generation: provider.generation, usages };
  }

  async usages({ projectId, userId, consumerType }: UsagesQuery): Promise<ProjectUsages[]> {
    const found = [...this.#consumers.values()].filter(
      (one) =>
        one.projectId === storable(projectId) &&
        (userId === undefined || one.userId === storable(userId)) &&
        (consumerType === undefined || one.consumerType === (consumerType && storable(consumerType))),
    );
    const types = [...new Set(found.map((one) => one.consumerType))].sort((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1));
    return types.map((type) => {
      const of = found.filter((one) => one.consumerType === type);
      const held = of.flatMap((one) => one.allocations.flatMap(([, resources]) => resources));
      const classes = [...new Set(held.map(([resourceClass]) => resourceClass))].sort();
      const usages = classes.map((resourceClass) => ({ resourceClass, amount: sumOf(held, resourceClass) }));
      return { consumerType: type, consumers: of.length, usages };
    });
  }

  fold(change: PlacementChange): void {
    switch (change.table) {
      case 'provider':
        this.#foldProvider(change);
        break;
      case 'allocation':
        this.#foldAllocation(change);
        break;
      case 'consumer':
        if (change.op === 'put') this.#consumers.set(change.uuid, change);
        else this.#consumers.delete(change.uuid);
        break;
      case 'class':
        this.#foldClass(change);
        break;
      case 'trait':
        if (change.op === 'delete') this.#traits.delete(change.name);
        else this.#traits.set(change.name, { name: change.name, changedAt: change.changedAt });
        break;
    }
  }

  #foldAllocation({ provider, consumer, resources, generation, changedAt }: AllocationChange): void {
    const before = this.#providers.get(provider);
    if (before === undefined) return;
    const allocations = new Map(before.allocations);
    if (resources.length === 0) allocations.delete(consumer);
    else allocations.set(consumer, resources);
    this.#providers.set(provider, { ...before, generation, changedAt, allocations });
  }

  #foldProvider(change: ProviderChange): void {
    const before = this.#providers.get(change.uuid);
    switch (change.op) {
      case 'delete':
        this.#providers.delete(change.uuid);
        return;
      case 'put': {
        const { uuid, name, parent, generation, changedAt } = change;
        const { inventories = [], allocations = new Map(), marks = unmarked } = before ?? {};
        this.#providers.set(uuid, { uuid, name, parent, generation, changedAt, inventories, allocations, marks });
        return;
      }
      case 'inventories': {
        if (before === undefined) return;
        const { generation, changedAt } = change;
        const inventories = change.inventories.map((one) => ({ ...one, changedAt }));
        this.#providers.set(change.uuid, { ...before, generation, changedAt, inventories });
        return;
      }
      case 'aggregates':
      case 'traits': {
        if (before === undefined) return;
        const { generation, changedAt } = change;
        const set =
          change.op === 'traits' ? { traits: change.traits, traitsAt: changedAt } : { aggregates: change.aggregates };
        this.#providers.set(change.uuid, { ...before, generation, changedAt, marks: { ...before.marks, ...set } });
      }
    }
  }

  #foldClass(change: ResourceClassChange): void {
    const { name } = change;
    if (change.op === 'delete') this.#classes.delete(name);
    else if (change.op === 'rename') {
      const { newName, changedAt } = change;
      const renamed = [...this.#classes].map(([key, row]) =>
        key === name ? ([newName, { name: newName, changedAt }] as const) : ([key, row] as const),
      );
      this.#classes = new Map(renamed);
    } else if (!this.#classes.has(name)) this.#classes.set(name, { name, changedAt: change.changedAt });
  }

  #rootOf(uuid: string): string {
    const parent = this.#providers.get(uuid)?.parent;
    return parent == null ? uuid : this.#rootOf(parent);
  }
}

/** Whether so much can be allocated of it: the rule of ProvidersQuery.resources. */
function hasRoom(provider: Provider, { resourceClass, amount }: Amount): boolean {
  const inventory = provider.inventories.find((one) => one.resourceClass === resourceClass);
  if (inventory === undefined) return false;
  const { total, reserved, allocationRatio, minUnit, maxUnit, stepSize } = inventory;
  if (amount < minUnit || amount > maxUnit || amount % stepSize !== 0) return false;
  return (total - reserved) * allocationRatio >= usedOf(provider, resourceClass) + amount;
}

function usedOf({ allocations }: Provider, resourceClass: string): number {
  return sumOf([...allocations.values()].flat(), resourceClass);
}

function sumOf(resources: readonly AmountTuple[], resourceClass: string): number {
  return resources.reduce((sum, [of, amount]) => (of === resourceClass ? sum + amount : sum), 0);
}

function owned({ uuid, generation, projectId, userId, consumerType, changedAt }: Consumer) {
  return { uuid, generation, projectId, userId, consumerType, changedAt };
}
