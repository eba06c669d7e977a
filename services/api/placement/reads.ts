import { standardClasses } from '@holdfast/events/placement/standard-classes';
import type { InventoriesRow, ProvidersQuery } from '@holdfast/projections/placement/port';
import { isEventual, read } from '../reads.js';
import type { Answer } from '../replies.js';
import type { ApiDependencies } from '../settings.js';
import { parametersOf, queryOf } from './bodies.js';
import { PlacementError } from './errors.js';
import { sendPlacement } from './form.js';
import { microversionMax, shown } from './microversion.js';
import type { Call, Operation } from './operation.js';
import { amountsInQuery } from './translate.js';
import { isCanonicalUuid } from './uuids.js';
import {
  classView,
  consumerView,
  inventoriesView,
  inventoryView,
  providerAllocationsView,
  providerView,
  resourcesView,
  shownAt,
  unknownType,
  usagesView,
} from './views.js';

/** Who only reads. What has no time of its own is as of now. */
export function readOperations(dependencies: ApiDependencies): Record<string, Operation> {
  const { placement, runtime } = dependencies;
  const answered = (
    answer: (call: Call) => Promise<{ body: object; changedAt?: number | null }>,
    more: Partial<Operation> = {},
  ): Operation => ({
    reads: true,
    async handle(call) {
      const { body, changedAt } = await answer(call);
      const shownAnswer: Answer = shownAt({ status: 200, body }, changedAt ?? runtime.now(), call.view);
      return sendPlacement(call.request, call.reply, shownAnswer);
    },
    ...more,
  });
  const found = <T>({ request }: Call, query: () => Promise<T>): Promise<T> =>
    read(dependencies, isEventual(request), query, () => null);
  /** No provider is called what is no UUID, and what cannot be stored cannot be looked for. */
  const ofProvider = async <T>(call: Call, query: (uuid: string) => Promise<T | null>): Promise<T | null> => {
    const { uuid = '' } = call.path;
    return isCanonicalUuid(uuid) ? found(call, () => query(uuid)) : null;
  };
  const inventoriesOf = async (call: Call): Promise<InventoriesRow> => {
    const row = await ofProvider(call, (uuid) => placement.inventories(uuid));
    if (row === null) throw noProvider(call, (uuid, none) => `No resource provider with uuid ${uuid} found : ${none}`);
    return row;
  };

  return {
    showVersions: answered(async () => ({ body: versions }), { reads: false }),
    listResourceProviders: answered(async (call) => {
      const query = providersQuery(queryOf(call.request, call.schemas.query(call.version)));
      const names = (query.resources ?? []).map(({ resourceClass }) => resourceClass);
      if (names.length > 0) {
        const missing = await found(call, () => missingClass(dependencies, names));
        if (missing !== null) {
          const wrong = `Invalid resource class in resources parameter: No such resource class ${missing}.`;
          throw new PlacementError(400, wrong);
        }
      }
      const rows = isAnswerable(query) ? await found(call, () => placement.providers(query)) : [];
      const providers = rows.map((row) => providerView(row, call.view));
      return { body: { resource_providers: providers }, changedAt: latest(rows) };
    }),
    showResourceProvider: answered(async (call) => {
      const row = await ofProvider(call, async (uuid) => (await placement.providers({ uuid }))[0] ?? null);
      if (row === null) throw noProvider(call, (_uuid, none) => none);
      return { body: providerView(row, call.view), changedAt: row.changedAt };
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
      return { body: providerAllocationsView(row, call.view), changedAt: latest(row.consumers) };
    }),
    listResourceClasses: answered(async (call) => {
      const custom = await found(call, () => placement.resourceClasses());
      const names = [...standardClasses, ...custom.map(({ name }) => name)];
      return { body: { resource_classes: names.map((name) => classView(name)) }, changedAt: latest(custom) };
    }),
    showResourceClass: answered(async (call) => {
      const { name = '' } = call.path;
      const custom = await found(call, () => placement.resourceClasses());
      const row = custom.find((one) => one.name === name);
      if (row === undefined && !isStandard(name)) throw new PlacementError(404, `No such resource class ${name}.`);
      return { body: classView(name), ...row };
    }),
    listAllocations: answered(async (call) => {
      const { consumer_uuid: uuid = '' } = call.path;
      const row = isCanonicalUuid(uuid) ? await found(call, () => placement.consumer(uuid)) : null;
      return { body: consumerView(row, call.view), changedAt: row?.changedAt ?? null };
    }),
    listUsages: answered(
      async (call) => {
        const query = queryOf(call.request, call.schemas.query(call.version));
        const { project_id: projectId = '', user_id: userId, consumer_type: type } = query;
        const rows = await found(call, () =>
          placement.usages({
            projectId,
            ...(userId === undefined ? {} : { userId }),
            ...(type === undefined || type === 'all' ? {} : { consumerType: type === unknownType ? null : type }),
          }),
        );
        return { body: usagesView(rows, type === 'all', call.view) };
      },
      { projectOf: (request) => parametersOf(request).project_id ?? null },
    ),
  };
}

const versions = {
  versions: [
    {
      id: `v${shown(0)}`,
      max_version: shown(microversionMax),
      min_version: shown(0),
      status: 'CURRENT',
      links: [{ rel: 'self', href: '' }],
    },
  ],
};

function noProvider({ path }: Call, words: (uuid: string, none: string) => string): PlacementError {
  const { uuid = '' } = path;
  return new PlacementError(404, words(uuid, `No resource provider with uuid ${uuid} found`));
}

function isStandard(name: string): boolean {
  return (standardClasses as readonly string[]).includes(name);
}

/** The first of some classes that is none. */
async function missingClass({ placement }: ApiDependencies, names: readonly string[]): Promise<string | null> {
  const custom = new Set((await placement.resourceClasses()).map(({ name }) => name));
  return names.find((name) => !isStandard(name) && !custom.has(name)) ?? null;
}

/** Aggregates and traits are not served: nothing is a member of one or has one. */
function providersQuery(query: Record<string, string>): ProvidersQuery {
  const { uuid, name, in_tree: inTree, resources } = query;
  for (const parameter of ['member_of', 'required']) {
    if (query[parameter] !== undefined) {
      throw new PlacementError(400, `Invalid query string parameters: ${parameter} is not served`);
    }
  }
  return {
    ...(uuid === undefined ? {} : { uuid }),
    ...(name === undefined ? {} : { name }),
    ...(inTree === undefined ? {} : { inTree }),
    ...(resources === undefined ? {} : { resources: amountsInQuery(resources) }),
  };
}

/** Whether there can be a provider of which this is true. */
function isAnswerable({ uuid, inTree }: ProvidersQuery): boolean {
  return [uuid, inTree].every((one) => one === undefined || isCanonicalUuid(one));
}

/** The last change of several; null where there are none. */
function latest(rows: readonly { changedAt: number }[]): number | null {
  return rows.length === 0 ? null : Math.max(...rows.map(({ changedAt }) => changedAt));
}
