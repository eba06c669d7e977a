import { isStandardClass } from '@holdfast/events/placement/standard-classes';
import type { InventoriesRow, PlacementModel, ProvidersQuery } from '@holdfast/projections/placement/port';
import { PlacementError } from './errors.js';
import type { Call, Operation } from './operation.js';
import { providersQuery } from './provider-query.js';
import { latest, type ReadOperations } from './reading.js';
import { requireTraits } from './trait-reads.js';
import { isCanonicalUuid } from './uuids.js';
import { inventoriesView, inventoryView, providerAllocationsView, providerView, resourcesView } from './views.js';

/** Providers, what they have, and what of it is allocated. */
export function providerReads(
  placement: PlacementModel,
  { answered, found, ofProvider }: ReadOperations,
): Record<string, Operation> {
  const inventoriesOf = async (call: Call): Promise<InventoriesRow> => {
    const row = await ofProvider(call, (uuid) => placement.inventories(uuid));
    if (row === null) throw noProvider(call, (uuid, none) => `No resource provider with uuid ${uuid} found : ${none}`);
    return row;
  };
  return {
    listResourceProviders: answered(async (call) => {
      const query = providersQuery(call);
      const rows = await found(call, () => providersOf(placement, query));
      const providers = rows.map((row) => providerView(row, call));
      return { body: { resource_providers: providers }, changedAt: latest(rows) };
    }),
    showResourceProvider: answered(async (call) => {
      const row = await ofProvider(call, async (uuid) => (await placement.providers({ uuid }))[0] ?? null);
      if (row === null) throw noProvider(call, (_uuid, none) => none);
      return { body: providerView(row, call), changedAt: row.changedAt };
    }),
    listInventories: answered(async (call) => {
      const row = await inventoriesOf(call);
      return { body: inventoriesView(row), changedAt: latest(row.inventories) };
    }),
    showInventory: answered(async (call) => {
      const { uuid, resource_class: name } = call.path;
      const { generation, inventories } = await inventoriesOf(call);
      const inventory = inventories.find(({ resourceClass }) => resourceClass === name);
      if (inventory === undefined) throw new PlacementError(404, `No inventory of class ${name} for ${uuid}`);
      const body = { ...inventoryView(inventory), resource_provider_generation: generation };
      return { body, changedAt: inventory.changedAt };
    }),
    listProviderUsages: answered(async (call) => {
      const row = await ofProvider(call, (uuid) => placement.providerUsages(uuid));
      if (row === null) throw noProvider(call, (uuid, none) => `No resource provider with uuid ${uuid} found: ${none}`);
      return { body: { resource_provider_generation: row.generation, usages: resourcesView(row.usages) } };
    }),
    listProviderAllocations: answered(async (call) => {
      const row = await ofProvider(call, (uuid) => placement.providerAllocations(uuid));
      if (row === null) throw noProvider(call, (uuid, none) => `Resource provider '${uuid}' not found: ${none}`);
      return { body: providerAllocationsView(row, call), changedAt: latest(row.consumers) };
    }),
  };
}

/** Throws PlacementError 400 for a trait or a class that there is not. */
async function providersOf(placement: PlacementModel, query: ProvidersQuery) {
  const { uuid, inTree, resources = [] } = query;
  await requireTraits(placement, query);
  if (resources.length > 0) {
    const custom = new Set((await placement.resourceClasses()).map(({ name }) => name));
    const missing = resources.find(({ resourceClass: name }) => !isStandardClass(name) && !custom.has(name));
    if (missing !== undefined) {
      const wrong = `Invalid resource class in resources parameter: No such resource class ${missing.resourceClass}.`;
      throw new PlacementError(400, wrong);
    }
  }
  // No provider is called otherwise.
  const isPossible = [uuid, inTree].every((one) => one === undefined || isCanonicalUuid(one));
  return isPossible ? placement.providers(query) : [];
}

function noProvider({ path }: Call, words: (uuid: string, none: string) => string): PlacementError {
  const { uuid = '' } = path;
  return new PlacementError(404, words(uuid, `No resource provider with uuid ${uuid} found`));
}
