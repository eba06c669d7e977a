import type {
  Allocation,
  AllocationsReplacementRequested,
  Amount,
  ConsumerRequest,
  Inventory,
  ProviderCreationRequested,
  ProviderUpdateRequested,
} from '@holdfast/events/placement/messages';
import { PlacementError } from './errors.js';
import { placementLimits } from './limits.js';
import type { Microversion } from './microversion.js';
import { isUuidLike, uuidOf } from './uuids.js';

/** From the first version in which a request has these. */
const since = { projects: 8, byProvider: 12, reservedCanBeTotal: 26, generations: 28, moves: 37, consumerTypes: 38 };

/** The project and user of consumers whose request names none. */
const incomplete = '00000000-0000-0000-0000-000000000000';

export interface InventoryBody {
  total: number;
  reserved?: number;
  min_unit?: number;
  max_unit?: number;
  step_size?: number;
  allocation_ratio?: number;
  resource_provider_generation?: number;
}

type Resources = Record<string, number>;

export interface ConsumerBody {
  allocations:
    | Record<string, { resources: Resources }>
    | { resource_provider: { uuid: string }; resources: Resources }[];
  project_id?: string;
  user_id?: string;
  consumer_generation?: number | null;
  consumer_type?: string;
}

export interface ProviderBody {
  name: string;
  uuid?: string;
  parent_provider_uuid?: string | null;
}

/** Throws PlacementError 400. `freshUuid` gives the id of a provider that the client did not name. */
export function providerCreation(body: ProviderBody, freshUuid: () => string): ProviderCreationRequested {
  const { name, uuid, parent_provider_uuid: parent = null } = body;
  const provider = uuid === undefined ? freshUuid() : uuidOf(uuid);
  const impossible = (reason: string) =>
    new PlacementError(
      400,
      `Unable to create resource provider "${name}", ${provider}: Object action create failed because: ${reason}`,
    );
  if (name === '') throw impossible('name is required');
  if (parent === provider) {
    throw impossible(
      'parent provider UUID cannot be same as UUID. Please set parent provider UUID to None if there is no parent.',
    );
  }
  return { type: 'placement.ProviderCreationRequested', provider, name, parent };
}

export function providerUpdate(provider: string, body: ProviderBody, version: Microversion): ProviderUpdateRequested {
  const { name, parent_provider_uuid: parent } = body;
  return {
    type: 'placement.ProviderUpdateRequested',
    provider,
    name,
    parent: parent === undefined ? null : { provider: parent },
    mayMove: version >= since.moves,
  };
}

/** What a client leaves out has Placement's defaults. Throws PlacementError 400 where nothing is left to allocate. */
export function inventoryOf(
  provider: string,
  resourceClass: string,
  body: InventoryBody,
  version: Microversion,
  operation: 'create' | 'update',
): Inventory {
  const inventory = {
    resourceClass,
    total: body.total,
    reserved: body.reserved ?? 0,
    minUnit: body.min_unit ?? 1,
    maxUnit: body.max_unit ?? placementLimits.integerMax,
    stepSize: body.step_size ?? 1,
    allocationRatio: body.allocation_ratio ?? 1,
  };
  const capacity = Math.trunc((inventory.total - inventory.reserved) * inventory.allocationRatio);
  const canBeTotal = version >= since.reservedCanBeTotal;
  if (capacity > 0 || (canBeTotal && capacity === 0)) return inventory;
  const wrong = `The reserved value is greater than ${canBeTotal ? '' : 'or equal to '}total.`;
  throw new PlacementError(
    400,
    `Unable to ${operation} inventory for resource provider ${provider}: Invalid inventory for '${resourceClass}' on resource provider '${provider}'. ${wrong}`,
  );
}

/** What one consumer is to hold. Throws PlacementError 400. */
export function replacementForOne(
  consumer: string,
  body: ConsumerBody,
  version: Microversion,
): AllocationsReplacementRequested {
  return replacement([[consumer, body]], version);
}

/** What several consumers are to hold, all or none. Throws PlacementError 400. */
export function replacementForMany(
  bodies: Record<string, ConsumerBody>,
  version: Microversion,
): AllocationsReplacementRequested {
  return replacement(Object.entries(bodies), version);
}

function replacement(
  bodies: readonly [consumer: string, body: ConsumerBody][],
  version: Microversion,
): AllocationsReplacementRequested {
  const consumers = bodies.map(([consumer, body]) => consumerRequest(consumerUuid(consumer), body, version));
  if (new Set(consumers.map(({ consumer }) => consumer)).size < consumers.length) {
    throw new PlacementError(400, 'A consumer is named more than once');
  }
  const amounts = consumers.flatMap(({ allocations }) => allocations.map(({ resources }) => resources.length));
  const { amountsMax } = placementLimits;
  if (amounts.reduce((sum, count) => sum + count, 0) > amountsMax) {
    throw new PlacementError(400, `The request has more than ${amountsMax} amounts of resources`);
  }
  return { type: 'placement.AllocationsReplacementRequested', consumers };
}

function consumerUuid(text: string): string {
  if (isUuidLike(text)) return uuidOf(text);
  throw new PlacementError(400, `Malformed consumer_uuid: ${text}`);
}

function consumerRequest(consumer: string, body: ConsumerBody, version: Microversion): ConsumerRequest {
  return {
    consumer,
    projectId: body.project_id ?? incomplete,
    userId: body.user_id ?? incomplete,
    consumerType: version >= since.consumerTypes ? body.consumer_type! : null,
    generation: version >= since.generations ? { expected: body.consumer_generation! } : null,
    allocations: allocationsOf(body.allocations),
  };
}

/** Of a provider that is listed twice the last counts. */
function allocationsOf(given: ConsumerBody['allocations']): Allocation[] {
  const byProvider = Array.isArray(given)
    ? new Map(given.map(({ resource_provider, resources }) => [resource_provider.uuid, resources]))
    : new Map(Object.entries(given).map(([provider, { resources }]) => [provider, resources]));
  return [...byProvider].map(([provider, resources]) => ({ provider, resources: amountsOf(resources) }));
}

function amountsOf(resources: Resources): Amount[] {
  return Object.entries(resources).map(([resourceClass, amount]) => ({ resourceClass, amount }));
}

/** Aggregates, which have one name each, however it is spelled. Throws PlacementError 400. */
export function aggregatesOf(given: readonly string[]): string[] {
  const aggregates = given.map(uuidOf);
  if (new Set(aggregates).size === aggregates.length) return aggregates;
  throw new PlacementError(400, 'JSON does not validate: An aggregate is named more than once');
}

/** `VCPU:2,MEMORY_MB:1024`, as a query has it. Throws PlacementError 400. */
export function amountsInQuery(text: string): Amount[] {
  const form = 'Expected resources query string parameter in form: ?resources=VCPU:2,MEMORY_MB:1024. Got:';
  if (text.trim() === '') throw new PlacementError(400, `Badly formed resources parameter. ${form} empty string.`);
  const amounts = text.split(',').map((part): [string, number] => {
    const [name = '', amount, ...more] = part.split(':');
    if (amount === undefined || more.length > 0) {
      throw new PlacementError(400, `Badly formed resources parameter. ${form} ${part}.`);
    }
    if (!/^\s*[+-]?\d{1,15}\s*$/.test(amount)) {
      throw new PlacementError(400, `Requested resource ${name} expected positive integer amount. Got: ${amount}.`);
    }
    if (Number(amount) < 1) {
      throw new PlacementError(400, `Requested resource ${name} requires amount >= 1. Got: ${Number(amount)}.`);
    }
    return [name, Number(amount)];
  });
  return amountsOf(Object.fromEntries(amounts));
}
