import { originOf } from '../origin.js';
import type { RequestFlow } from '../requests.js';
import type { ApiDependencies } from '../settings.js';
import { requestId } from '../submit.js';
import { PlacementError } from './errors.js';
import { violation } from './json-schema.js';
import type { Call, Operation } from './operation.js';
import { bodyOf, type ChangeOperation, classIn, providerIn } from './requests.js';
import { traitChanges } from './trait-changes.js';
import {
  type ConsumerBody,
  type InventoryBody,
  inventoryOf,
  type ProviderBody,
  providerCreation,
  providerUpdate,
  replacementForMany,
  replacementForOne,
} from './translate.js';
import { isCanonicalUuid, isUuidLike, uuidOf } from './uuids.js';

/** The last version in which a PUT renames a class; later it creates one. */
const renamingMax = 6;

/** What changes something. Each becomes a command; what can be no command is answered here. */
export function changeOperations(
  { runtime, readModel }: ApiDependencies,
  flow: RequestFlow,
): Record<string, Operation> {
  const change: ChangeOperation = (toCommand) => ({
    reads: false,
    handle: async (call) => flow.change(call.request, call.reply, { command: await toCommand(call) }),
  });
  return {
    ...providerChanges(change, ({ request }) => requestId(originOf(request), runtime).id),
    ...inventoryChanges(change),
    ...classChanges(change),
    ...allocationChanges(change),
    ...traitChanges(change, readModel.present.placement),
  };
}

/**
 * `uuidFor` makes the id of a provider that the client did not name: the same again for a request under the same key.
 */
function providerChanges(change: ChangeOperation, uuidFor: (call: Call) => string): Record<string, Operation> {
  return {
    createResourceProvider: change((call) => providerCreation(bodyOf<ProviderBody>(call), () => uuidFor(call))),
    updateResourceProvider: change((call) => {
      const provider = providerIn(call);
      return providerUpdate(provider, bodyOf<ProviderBody>(call), call.version);
    }),
    deleteResourceProvider: change((call) => ({
      type: 'placement.ProviderDeletionRequested',
      provider: providerIn(call, (uuid) => `No resource provider with uuid ${uuid} found for delete`),
    })),
  };
}

function inventoryChanges(change: ChangeOperation): Record<string, Operation> {
  return {
    replaceInventories: change((call) => {
      const provider = providerIn(call);
      const body = bodyOf<{ resource_provider_generation: number; inventories: Record<string, InventoryBody> }>(call);
      const inventories = Object.entries(body.inventories).map(([name, inventory]) =>
        inventoryOf(provider, name, inventory, call.version, 'update'),
      );
      const generation = body.resource_provider_generation;
      return { type: 'placement.InventoriesReplacementRequested', provider, generation, inventories };
    }),
    createInventory: change((call) => {
      const provider = providerIn(call);
      const { resource_class: name, ...body } = bodyOf<InventoryBody & { resource_class: string }>(call);
      const inventory = inventoryOf(provider, name, body, call.version, 'create');
      return { type: 'placement.InventoryCreationRequested', provider, inventory };
    }),
    updateInventory: change((call) => {
      const provider = providerIn(call);
      const body = bodyOf<InventoryBody>(call);
      const name = classIn(call, 'resource_class', (one) => `No such resource class ${one}.`);
      const inventory = inventoryOf(provider, name, body, call.version, 'update');
      const generation = body.resource_provider_generation!;
      return { type: 'placement.InventoryUpdateRequested', provider, generation, inventory };
    }),
    deleteInventories: change((call) => ({
      type: 'placement.InventoryDeletionRequested',
      provider: providerIn(call),
      resourceClass: null,
    })),
    deleteInventory: change((call) => ({
      type: 'placement.InventoryDeletionRequested',
      provider: providerIn(call),
      resourceClass: classIn(
        call,
        'resource_class',
        (name) => `No inventory of class ${name} found for delete: No such resource class ${name}.`,
      ),
    })),
  };
}

function classChanges(change: ChangeOperation): Record<string, Operation> {
  return {
    createResourceClass: change((call) => {
      const { name } = bodyOf<{ name: string }>(call);
      return { type: 'placement.ResourceClassCreationRequested', name, mayExist: false };
    }),
    updateResourceClass: change((call) => {
      const { name = '' } = call.path;
      if (call.schemas.body(call.version) !== null) {
        const { name: newName } = bodyOf<{ name: string }>(call);
        const known = classIn(call, 'name', (one) => `No such resource class ${one}.`);
        return { type: 'placement.ResourceClassRenamingRequested', name: known, newName };
      }
      // What the body had to be before, the name in the path has to be now.
      const wrong = violation(call.schemas.body(renamingMax)!, { name });
      if (wrong !== null) throw new PlacementError(400, `JSON does not validate: ${wrong}`);
      return { type: 'placement.ResourceClassCreationRequested', name, mayExist: true };
    }),
    deleteResourceClass: change((call) => ({
      type: 'placement.ResourceClassDeletionRequested',
      name: classIn(call, 'name', (name) => `No such resource class ${name}.`),
    })),
  };
}

function allocationChanges(change: ChangeOperation): Record<string, Operation> {
  return {
    replaceAllocations: change((call) => {
      const { consumer_uuid: consumer = '' } = call.path;
      if (!isUuidLike(consumer)) throw new PlacementError(400, `Malformed consumer_uuid: ${consumer}`);
      return replacementForOne(uuidOf(consumer), bodyOf<ConsumerBody>(call), call.version);
    }),
    manageAllocations: change((call) => replacementForMany(bodyOf<Record<string, ConsumerBody>>(call), call.version)),
    deleteAllocations: change((call) => {
      const { consumer_uuid: consumer = '' } = call.path;
      if (!isCanonicalUuid(consumer)) throw new PlacementError(404, `No allocations for consumer '${consumer}'`);
      return { type: 'placement.AllocationsDeletionRequested', consumer };
    }),
  };
}
