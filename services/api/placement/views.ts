import type { Amount, Inventory } from '@holdfast/events/placement/messages';
import type {
  AggregatesRow,
  ConsumerRow,
  InventoriesRow,
  ProjectUsages,
  ProviderAllocationsRow,
  ProviderRow,
} from '@holdfast/projections/placement/port';
import type { Answer } from '../replies.js';
import type { Microversion } from './microversion.js';

/** How things are shown. */
export interface View {
  version: Microversion;
}

/** From the first version in which an answer has these. */
const since = {
  aggregatesLink: 1,
  traitsLink: 6,
  allocationsLink: 11,
  consumers: 12,
  trees: 14,
  times: 15,
  aggregatesGeneration: 19,
  generations: 28,
  consumerTypes: 38,
};

/** `changedAt`: milliseconds since 1970. */
export function shownAt(answer: Answer, changedAt: number, { version }: View): Answer {
  if (version < since.times) return answer;
  const times = { 'last-modified': new Date(changedAt).toUTCString(), 'cache-control': 'no-cache' };
  return { ...answer, headers: { ...answer.headers, ...times } };
}

/** Paths are those at the root, as the real one shows them: they are served under every prefix. */
export function providerPath(uuid: string): string {
  return `/resource_providers/${uuid}`;
}

export function classPath(name: string): string {
  return `/resource_classes/${name}`;
}

export function traitPath(name: string): string {
  return `/traits/${name}`;
}

export function providerView(provider: Omit<ProviderRow, 'changedAt'>, view: View): object {
  const { uuid, name, generation, parent, root } = provider;
  const path = providerPath(uuid);
  const linked = [
    'inventories',
    'usages',
    ...(view.version >= since.aggregatesLink ? ['aggregates'] : []),
    ...(view.version >= since.traitsLink ? ['traits'] : []),
    ...(view.version >= since.allocationsLink ? ['allocations'] : []),
  ];
  return {
    uuid,
    name,
    generation,
    links: [{ rel: 'self', href: path }, ...linked.map((rel) => ({ rel, href: `${path}/${rel}` }))],
    ...(view.version >= since.trees ? { parent_provider_uuid: parent, root_provider_uuid: root } : {}),
  };
}

export function classView(name: string): object {
  return { name, links: [{ rel: 'self', href: classPath(name) }] };
}

export function inventoryView(inventory: Inventory): object {
  const { total, reserved, minUnit, maxUnit, stepSize, allocationRatio } = inventory;
  return {
    total,
    reserved,
    min_unit: minUnit,
    max_unit: maxUnit,
    step_size: stepSize,
    allocation_ratio: allocationRatio,
  };
}

export function inventoriesView({
  generation,
  inventories,
}: Omit<InventoriesRow, 'inventories'> & { inventories: readonly Inventory[] }): object {
  return {
    resource_provider_generation: generation,
    inventories: Object.fromEntries(inventories.map((one) => [one.resourceClass, inventoryView(one)])),
  };
}

export function aggregatesView({ generation, aggregates }: AggregatesRow, { version }: View): object {
  return { aggregates, ...(version >= since.aggregatesGeneration ? { resource_provider_generation: generation } : {}) };
}

/** Of a provider where there is a generation. */
export function traitsView(traits: readonly string[], generation?: number): object {
  return { traits, ...(generation === undefined ? {} : { resource_provider_generation: generation }) };
}

export function resourcesView(amounts: readonly Amount[]): object {
  return Object.fromEntries(amounts.map(({ resourceClass, amount }) => [resourceClass, amount]));
}

/** Of a consumer that holds nothing there is nothing to say. */
export function consumerView(consumer: ConsumerRow | null, { version }: View): object {
  if (consumer === null || consumer.allocations.length === 0) return { allocations: {} };
  const allocations = consumer.allocations.map(({ provider, generation, resources }) => [
    provider,
    { resources: resourcesView(resources), generation },
  ]);
  return {
    allocations: Object.fromEntries(allocations),
    ...(version >= since.consumers ? { project_id: consumer.projectId, user_id: consumer.userId } : {}),
    ...(version >= since.generations ? { consumer_generation: consumer.generation } : {}),
    ...(version >= since.consumerTypes ? { consumer_type: consumer.consumerType ?? unknownType } : {}),
  };
}

export const unknownType = 'unknown';

export function providerAllocationsView({ generation, consumers }: ProviderAllocationsRow, { version }: View): object {
  const allocations = consumers.map((consumer) => [
    consumer.uuid,
    {
      resources: resourcesView(consumer.resources),
      ...(version >= since.generations ? { consumer_generation: consumer.generation } : {}),
    },
  ]);
  return { allocations: Object.fromEntries(allocations), resource_provider_generation: generation };
}

/** Grouped by type of consumer from 1.38, `all` where all are asked for together; before, all in one. */
export function usagesView(rows: readonly ProjectUsages[], isAll: boolean, { version }: View): object {
  if (version < since.consumerTypes) return { usages: resourcesView(summed(rows).usages) };
  const shown = isAll ? [summed(rows)].filter(({ consumers }) => consumers > 0) : rows;
  const groups = shown.map(({ consumerType, consumers, usages }) => [
    isAll ? 'all' : (consumerType ?? unknownType),
    { ...resourcesView(usages), consumer_count: consumers },
  ]);
  return { usages: Object.fromEntries(groups) };
}

function summed(rows: readonly ProjectUsages[]): ProjectUsages {
  const sums = new Map<string, number>();
  for (const { usages } of rows) {
    for (const { resourceClass, amount } of usages) sums.set(resourceClass, (sums.get(resourceClass) ?? 0) + amount);
  }
  return {
    consumerType: null,
    consumers: rows.reduce((sum, { consumers }) => sum + consumers, 0),
    usages: [...sums].map(([resourceClass, amount]) => ({ resourceClass, amount })),
  };
}
