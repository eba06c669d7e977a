import type { Inventory, PlacementCommand } from '@holdfast/events/placement/messages';
import type { Caller } from '../../history/module.js';

/** What is recorded of counted resources: every operation once accepted, and every reason for a refusal. */
export async function placementSession(caller: Caller): Promise<void> {
  for (const command of [...setUp, ...allocated, ...refused, ...marked, ...takenDown]) await caller.submit(command);
}

const providerId = (n: number) => `5a9f1c3e-1111-4111-8111-00000000000${n}`;
const consumerId = (n: number) => `5a9f1c3e-2222-4222-8222-00000000000${n}`;
const [rack, host, other, missing] = [providerId(1), providerId(2), providerId(3), providerId(4)];
const spare = providerId(6);
const [server, guest, third] = [consumerId(1), consumerId(2), consumerId(3)];

const create = (provider: string, name: string, parent: string | null = null): PlacementCommand => {
  return { type: 'placement.ProviderCreationRequested', provider, name, parent };
};
const update = (provider: string, name: string, to: string | null, mayMove: boolean): PlacementCommand => {
  return { type: 'placement.ProviderUpdateRequested', provider, name, parent: { provider: to }, mayMove };
};
const remove = (provider: string): PlacementCommand => ({ type: 'placement.ProviderDeletionRequested', provider });
const inventory = (resourceClass: string, total: number, fields: Partial<Inventory> = {}): Inventory => {
  const plain = { reserved: 0, minUnit: 1, maxUnit: 2_147_483_647, stepSize: 1, allocationRatio: 1 };
  return { resourceClass, total, ...plain, ...fields };
};
const set = (provider: string, generation: number, ...inventories: Inventory[]): PlacementCommand => {
  return { type: 'placement.InventoriesReplacementRequested', provider, generation, inventories };
};
const add = (provider: string, one: Inventory): PlacementCommand => {
  return { type: 'placement.InventoryCreationRequested', provider, inventory: one };
};
const change = (provider: string, generation: number, one: Inventory): PlacementCommand => {
  return { type: 'placement.InventoryUpdateRequested', provider, generation, inventory: one };
};
const drop = (provider: string, resourceClass: string | null): PlacementCommand => {
  return { type: 'placement.InventoryDeletionRequested', provider, resourceClass };
};
const declare = (name: string, mayExist = false): PlacementCommand => {
  return { type: 'placement.ResourceClassCreationRequested', name, mayExist };
};
const rename = (name: string, newName: string): PlacementCommand => {
  return { type: 'placement.ResourceClassRenamingRequested', name, newName };
};
const forget = (name: string): PlacementCommand => ({ type: 'placement.ResourceClassDeletionRequested', name });
const release = (consumer: string): PlacementCommand => ({ type: 'placement.AllocationsDeletionRequested', consumer });

const group = (provider: string, generation: number | null, ...aggregates: string[]): PlacementCommand => {
  return { type: 'placement.AggregatesReplacementRequested', provider, generation, aggregates };
};
const mark = (provider: string, generation: number | null, ...traits: string[]): PlacementCommand => {
  return { type: 'placement.TraitsReplacementRequested', provider, generation, traits };
};
const trait = (name: string): PlacementCommand => ({ type: 'placement.TraitCreationRequested', name });
const noTrait = (name: string): PlacementCommand => ({ type: 'placement.TraitDeletionRequested', name });

/** Amounts by provider and class. */
type Wanted = Record<string, Record<string, number>>;
const request = (consumer: string, wanted: Wanted, expected?: number | null) => ({
  consumer,
  projectId: 'p1',
  userId: 'u1',
  consumerType: expected === undefined ? null : 'INSTANCE',
  generation: expected === undefined ? null : { expected },
  allocations: Object.entries(wanted).map(([provider, amounts]) => ({
    provider,
    resources: Object.entries(amounts).map(([resourceClass, amount]) => ({ resourceClass, amount })),
  })),
});
const allocate = (...consumers: ReturnType<typeof request>[]): PlacementCommand => {
  return { type: 'placement.AllocationsReplacementRequested', consumers };
};

const setUp = [
  declare('CUSTOM_TAPE'),
  declare('CUSTOM_TAPE', true),
  create(rack, 'rack'),
  create(host, 'host'),
  create(other, 'other'),
  update(host, 'host-1', rack, false),
  set(
    host,
    0,
    inventory('VCPU', 8, { reserved: 1, allocationRatio: 1.5 }),
    inventory('MEMORY_MB', 4_096, { stepSize: 64 }),
  ),
  add(host, inventory('CUSTOM_TAPE', 4)),
  change(host, 2, inventory('CUSTOM_TAPE', 5)),
  set(other, 0, inventory('VCPU', 2)),
];
const allocated = [
  allocate(request(server, { [host]: { VCPU: 4, MEMORY_MB: 512 }, [other]: { VCPU: 1 } }, null)),
  allocate(request(server, { [host]: { VCPU: 2, CUSTOM_TAPE: 1 } }, 1), request(guest, { [host]: { VCPU: 8 } })),
  rename('CUSTOM_TAPE', 'CUSTOM_TAPE_DRIVE'),
  allocate(request(server, {}, 2), request(third, { [other]: { VCPU: 2 } })),
  // Less than is in use, which may then shrink and not grow.
  change(host, 6, inventory('VCPU', 3)),
  allocate(request(guest, { [host]: { VCPU: 7 } })),
];
const refused = [
  create(host, 'another'),
  create(missing, 'rack'),
  create(providerId(5), 'new', missing),
  update(host, 'host-1', null, false),
  update(rack, 'rack', host, true),
  update(missing, 'none', null, false),
  remove(rack),
  remove(host),
  set(host, 0),
  set(host, 8, inventory('CUSTOM_NONE', 1)),
  set(host, 8),
  add(host, inventory('VCPU', 1)),
  drop(other, 'MEMORY_MB'),
  declare('VCPU'),
  rename('VCPU', 'CUSTOM_CPU'),
  forget('CUSTOM_TAPE_DRIVE'),
  allocate(request(guest, { [host]: { VCPU: 8 } })),
  allocate(request(guest, { [host]: { MEMORY_MB: 100 } })),
  allocate(request(guest, { [host]: { VCPU: 1 } }, 9)),
  release(server),
];
/** On a provider that nobody else changes. */
const marked = [
  create(spare, 'spare'),
  trait('CUSTOM_FAST'),
  trait('CUSTOM_FAST'),
  group(spare, 0, rack, host),
  group(spare, null, rack),
  mark(spare, 1, 'CUSTOM_FAST', 'HW_CPU_X86_AVX'),
  mark(spare, 2, 'HW_CPU_X86_AVX', 'CUSTOM_FAST'),
  mark(spare, 2, 'CUSTOM_NONE', 'CUSTOM_FAST', 'NONE'),
  group(spare, 1),
  group(missing, null),
  noTrait('CUSTOM_FAST'),
  noTrait('CUSTOM_NONE'),
  noTrait('HW_CPU_X86_AVX'),
  mark(spare, null),
  noTrait('CUSTOM_FAST'),
  remove(spare),
];
const takenDown = [
  release(guest),
  drop(host, 'CUSTOM_TAPE_DRIVE'),
  forget('CUSTOM_TAPE_DRIVE'),
  update(host, 'host-2', null, true),
  remove(rack),
];
