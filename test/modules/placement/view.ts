import type { Allocation, Amount, ConsumerPut, Inventory, ProviderPut } from '@holdfast/events/placement/messages';
import { standardClasses } from '@holdfast/events/placement/standard-classes';
import type { ProvidersQuery } from '@holdfast/projections/placement/port';
import type { ModuleView } from '../../model/module.js';

export type Provider = Omit<ProviderPut, 'type'> & { inventories: Inventory[]; aggregates: string[]; traits: string[] };
export type Consumer = Omit<ConsumerPut, 'type'>;

/** A question that a reader may ask of the rows of counted resources. */
export type PlacementQuery =
  | { of: 'providers' }
  | { of: 'classes' }
  | { of: 'traits' }
  | { of: 'marked'; by: MarksQuery }
  | {
      of: 'inventories' | 'provider allocations' | 'provider usages' | 'aggregates' | 'provider traits';
      provider: string;
    }
  | { of: 'consumer'; consumer: string }
  | { of: 'project usages'; projectId: string };

type OfProvider = Extract<PlacementQuery, { provider: string }>;
type MarksQuery = Pick<ProvidersQuery, 'memberOf' | 'notMemberOf' | 'required' | 'forbidden'>;

/** An answer; what was found may be null. */
export interface Found {
  found: unknown;
}

/** Providers and consumers as the model tells them, and what a read of that moment must answer. */
export class PlacementView implements ModuleView {
  /** By id, in the order in which they were created. */
  providers = new Map<string, Provider>();
  consumers = new Map<string, Consumer>();
  classes = new Set<string>(standardClasses);
  /** The custom ones. */
  traits = new Set<string>();

  copy(): PlacementView {
    const copy = new PlacementView();
    copy.providers = new Map(this.providers);
    copy.consumers = new Map(this.consumers);
    copy.classes = new Set(this.classes);
    copy.traits = new Set(this.traits);
    return copy;
  }

  answer(query: PlacementQuery): Found {
    return { found: this.#find(query) };
  }

  /** The provider itself first, then its parent, and so on. */
  ancestry(id: string | null): string[] {
    return id === null ? [] : [id, ...this.ancestry(this.providers.get(id)!.parent)];
  }

  #find(query: PlacementQuery): unknown {
    switch (query.of) {
      case 'providers':
        return [...this.providers.values()].map(({ provider: uuid, name, parent, generation }) => {
          return { uuid, name, parent, generation, root: this.ancestry(uuid).at(-1) };
        });
      case 'marked':
        return this.#marked(query.by);
      case 'traits': {
        const had = [...this.providers.values()].flatMap(({ traits }) => traits);
        return { custom: [...this.traits].map((name) => ({ name })), associated: [...new Set(had)].sort() };
      }
      case 'classes':
        return [...this.classes].filter((name) => name.startsWith('CUSTOM_')).map((name) => ({ name }));
      case 'consumer': {
        const consumer = this.consumers.get(query.consumer);
        if (consumer === undefined) return null;
        const { allocations, ...owned } = shown(consumer);
        const held = allocations.map((each) => ({
          ...each,
          generation: this.providers.get(each.provider)!.generation,
        }));
        return { ...owned, allocations: held };
      }
      case 'project usages':
        return this.#usagesOf([...this.consumers.values()].filter(({ projectId }) => projectId === query.projectId));
      default:
        return this.#ofProvider(query.of, this.providers.get(query.provider));
    }
  }

  /** One after another is left out. */
  #marked({ memberOf = [], notMemberOf = [], required = [], forbidden = [] }: MarksQuery): string[] {
    let left = [...this.providers.values()];
    for (const some of memberOf) left = left.filter((one) => one.aggregates.some((each) => some.includes(each)));
    for (const some of required) left = left.filter((one) => one.traits.some((each) => some.includes(each)));
    for (const each of notMemberOf) left = left.filter((one) => !one.aggregates.includes(each));
    for (const each of forbidden) left = left.filter((one) => !one.traits.includes(each));
    return left.map(({ provider }) => provider);
  }

  #ofProvider(of: OfProvider['of'], known: Provider | undefined): unknown {
    if (known === undefined) return null;
    const { provider, generation, inventories, aggregates, traits } = known;
    if (of === 'aggregates') return { generation, aggregates };
    if (of === 'provider traits') return { generation, traits };
    if (of === 'inventories') return { generation, inventories };
    const consumers = [...this.consumers.values()].flatMap((consumer) => {
      const { allocations, ...owned } = shown(consumer);
      const held = allocations.filter((each) => each.provider === provider);
      return held.map(({ resources }) => ({ ...owned, resources }));
    });
    if (of === 'provider allocations')
      return { generation, consumers: consumers.sort((a, b) => (a.uuid < b.uuid ? -1 : 1)) };
    const held = consumers.flatMap(({ resources }) => resources);
    const usages = inventories.map(({ resourceClass }) => ({ resourceClass, amount: sum(held, resourceClass) }));
    return { generation, usages };
  }

  /** By type, and in it by class. */
  #usagesOf(consumers: Consumer[]): unknown {
    const types = [...new Set(consumers.map(({ consumerType }) => consumerType ?? ''))].sort();
    return types.map((type) => {
      const same = consumers.filter(({ consumerType }) => (consumerType ?? '') === type);
      const held = same.flatMap(({ allocations }) => allocations.flatMap(({ resources }) => resources));
      const classes = [...new Set(held.map(({ resourceClass }) => resourceClass))].sort();
      const usages = classes.map((resourceClass) => ({ resourceClass, amount: sum(held, resourceClass) }));
      return { consumerType: type === '' ? null : type, consumers: same.length, usages };
    });
  }
}

function shown({ consumer: uuid, ...rest }: Consumer): Omit<Consumer, 'consumer' | 'allocations'> & {
  uuid: string;
  allocations: Allocation[];
} {
  return { uuid, ...rest };
}

function sum(amounts: Amount[], name: string): number {
  return amounts.reduce((total, { resourceClass, amount }) => total + (resourceClass === name ? amount : 0), 0);
}
