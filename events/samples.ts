import type { ComponentProperties } from './cray/messages.js';
import type { CommandHeader, Stamp } from './envelope.js';
import type { Command, Event } from './messages.js';

/** One of every message, complete by type: for golden bytes and tests. */
type OneOfEach<M extends { type: string }> = { [T in M['type']]: Extract<M, { type: T }> };

/** What version 1 of the header has. */
export const sampleHeaderV1 = {
  id: '0192e4a0-5f30-7000-8000-00000000c0de',
  domain: 'cray/default',
  actor: { name: 'alice', authenticated: true, address: '192.0.2.7', userAgent: 'curl/8' },
  keyed: true,
};

export const sampleHeader: CommandHeader = {
  ...sampleHeaderV1,
  reason: 'firmware 1.2.3',
  idempotencyKey: '8B1E3C5A-6C3B-4F6E-9B43-0A4F0D8C7E21',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
};

const { actor, reason, idempotencyKey, traceparent } = sampleHeader;
const origin = { actor, reason, idempotencyKey, traceparent };

export const sampleStamp: Stamp = {
  shard: 'shard-0',
  epoch: 3,
  owner: '0192e4a0-5f30-7000-8000-0000000000aa',
  sequence: 41,
  commandId: sampleHeader.id,
  commandPosition: 17,
  index: 1,
  size: 2,
  time: 1_800_000_000_123,
  actor: 'alice',
  before: '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU',
};

const properties: ComponentProperties = {
  type: 'Node',
  state: 'Ready',
  flag: 'OK',
  enabled: true,
  softwareStatus: '',
  role: 'Management',
  subRole: 'Worker',
  nid: 5,
  subtype: '',
  netType: 'Sling',
  arch: 'X86',
  class: 'River',
};
const xname = 'x1000c0s3b0n0';
const reservationId = `${sampleHeader.id}.17`;
const hash = sampleStamp.before;
const selection = { ids: [xname], criteria: [{ field: 'Role' as const, values: ['management', '!compute'] }] };
const onSelection = { selection, rigid: true };
const onKeys = { keys: [{ xname, keyHash: hash }], rigid: false };
const collection = { kind: 'group' as const, name: 'blue' };
const onReservation = { xname, reservationId };
const expiresAt = 1_800_000_060_000;

const schemas = [{ id: 40_001, name: 'holdfast.cray.ComponentLocked', version: 1, fingerprint: hash }];

const provider = '5a9f1c3e-1111-4111-8111-5c2f6d0a7b01';
const consumer = '5a9f1c3e-2222-4222-8222-5c2f6d0a7b02';
const resources = [{ resourceClass: 'VCPU', amount: 2 }];
const allocations = [{ provider, resources }];
const inventory = {
  resourceClass: 'VCPU',
  total: 64,
  reserved: 4,
  minUnit: 1,
  maxUnit: 16,
  stepSize: 1,
  allocationRatio: 1.5,
};
const owned = { projectId: 'p1', userId: 'u1', consumerType: 'INSTANCE' };
const customClass = { name: 'CUSTOM_TAPE' };
const traits = ['HW_CPU_X86_AVX', 'CUSTOM_FAST'];

export const sampleCommands: OneOfEach<Command> = {
  'engine.CommandLogStarted': {
    type: 'engine.CommandLogStarted',
    logId: reservationId,
    shard: 'shard-0',
    domains: ['cray/default'],
    secretFingerprint: hash,
    level: 2,
    schemas,
  },
  'engine.LevelRaiseRequested': { type: 'engine.LevelRaiseRequested', level: 2, schemas },
  'engine.Tick': {
    type: 'engine.Tick',
    barrier: true,
    reading: { ticker: reservationId, boot: hash, ms: 5_000, last: { position: 40, ms: 4_000 } },
  },
  'cray.LockRequested': { type: 'cray.LockRequested', ...onSelection },
  'cray.UnlockRequested': { type: 'cray.UnlockRequested', ...onSelection },
  'cray.DisableRequested': { type: 'cray.DisableRequested', ...onSelection },
  'cray.RepairRequested': { type: 'cray.RepairRequested', ...onSelection },
  'cray.RemovalRequested': { type: 'cray.RemovalRequested', ...onSelection, reservationId },
  'cray.ReservationRequested': {
    type: 'cray.ReservationRequested',
    ...onSelection,
    kind: 'service',
    durationMs: 60_000,
    requires: 'unlocked',
  },
  'cray.RenewalRequested': { type: 'cray.RenewalRequested', ...onKeys, durationMs: null },
  'cray.ReleaseRequested': { type: 'cray.ReleaseRequested', ...onKeys },
  'cray.ComponentsPutRequested': {
    type: 'cray.ComponentsPutRequested',
    components: [{ xname, properties, locked: false, disabled: false }],
    existing: 'replace',
  },
  'cray.RoleChangeRequested': { type: 'cray.RoleChangeRequested', ids: [xname], role: 'Application', subRole: '' },
  'cray.ComponentsDeletionRequested': { type: 'cray.ComponentsDeletionRequested', ids: [xname] },
  'cray.CollectionPutRequested': {
    type: 'cray.CollectionPutRequested',
    ...collection,
    description: 'the first four',
    members: [xname],
    tags: ['optional'],
    exclusiveGroup: 'colour',
  },
  'cray.CollectionChangeRequested': {
    type: 'cray.CollectionChangeRequested',
    ...collection,
    description: null,
    tags: ['optional'],
    added: [xname],
    removed: ['x1000c0s3b0n1'],
  },
  'cray.CollectionDeletionRequested': { type: 'cray.CollectionDeletionRequested', ...collection },
  'placement.ProviderCreationRequested': {
    type: 'placement.ProviderCreationRequested',
    provider,
    name: 'rack 1',
    parent: null,
  },
  'placement.ProviderUpdateRequested': {
    type: 'placement.ProviderUpdateRequested',
    provider,
    name: 'rack 2',
    parent: { provider: null },
    mayMove: true,
  },
  'placement.ProviderDeletionRequested': { type: 'placement.ProviderDeletionRequested', provider },
  'placement.InventoriesReplacementRequested': {
    type: 'placement.InventoriesReplacementRequested',
    provider,
    generation: 3,
    inventories: [inventory],
  },
  'placement.InventoryCreationRequested': { type: 'placement.InventoryCreationRequested', provider, inventory },
  'placement.InventoryUpdateRequested': {
    type: 'placement.InventoryUpdateRequested',
    provider,
    generation: 3,
    inventory,
  },
  'placement.InventoryDeletionRequested': {
    type: 'placement.InventoryDeletionRequested',
    provider,
    resourceClass: null,
  },
  'placement.ResourceClassCreationRequested': {
    type: 'placement.ResourceClassCreationRequested',
    ...customClass,
    mayExist: true,
  },
  'placement.ResourceClassRenamingRequested': {
    type: 'placement.ResourceClassRenamingRequested',
    ...customClass,
    newName: 'CUSTOM_DISC',
  },
  'placement.ResourceClassDeletionRequested': { type: 'placement.ResourceClassDeletionRequested', ...customClass },
  'placement.AllocationsReplacementRequested': {
    type: 'placement.AllocationsReplacementRequested',
    consumers: [{ consumer, ...owned, generation: { expected: null }, allocations }],
  },
  'placement.AllocationsDeletionRequested': { type: 'placement.AllocationsDeletionRequested', consumer },
  'placement.AggregatesReplacementRequested': {
    type: 'placement.AggregatesReplacementRequested',
    provider,
    generation: 3,
    aggregates: [consumer],
  },
  'placement.TraitsReplacementRequested': {
    type: 'placement.TraitsReplacementRequested',
    provider,
    generation: null,
    traits,
  },
  'placement.TraitCreationRequested': { type: 'placement.TraitCreationRequested', name: 'CUSTOM_FAST' },
  'placement.TraitDeletionRequested': { type: 'placement.TraitDeletionRequested', name: 'CUSTOM_FAST' },
};

export const sampleEvents: OneOfEach<Event> = {
  'engine.ShardOpened': { type: 'engine.ShardOpened', domains: ['cray/default'], secretFingerprint: hash },
  'engine.CommandLogAttached': { type: 'engine.CommandLogAttached', logId: reservationId },
  'engine.LevelRaised': { type: 'engine.LevelRaised', level: 2 },
  'engine.SchemasRecorded': { type: 'engine.SchemasRecorded', schemas },
  'engine.TimeShifted': { type: 'engine.TimeShifted', byMs: -3_000 },
  'engine.TickerHeard': {
    type: 'engine.TickerHeard',
    ticker: reservationId,
    boot: hash,
    position: 40,
    settled: 1_800_000_000_000,
  },
  'engine.EpochStarted': { type: 'engine.EpochStarted' },
  'engine.EpochEnded': { type: 'engine.EpochEnded' },
  'engine.RequestDecided': {
    type: 'engine.RequestDecided',
    command: 'cray.LockRequested',
    status: 'refused',
    total: 2,
    reason: 'Locked',
    digest: hash,
    keyed: true,
    origin,
    settled: 1_800_000_000_000,
  },
  'engine.Repeated': {
    type: 'engine.Repeated',
    originalSequence: 40,
    digest: hash,
    origin,
    settled: 1_800_000_000_000,
  },
  'cray.ComponentLocked': { type: 'cray.ComponentLocked', xname },
  'cray.ComponentUnlocked': { type: 'cray.ComponentUnlocked', xname },
  'cray.ReservationsDisabled': { type: 'cray.ReservationsDisabled', xname },
  'cray.ReservationsEnabled': { type: 'cray.ReservationsEnabled', xname },
  'cray.ReservationCreated': {
    type: 'cray.ReservationCreated',
    ...onReservation,
    kind: 'service',
    reservationKeyHash: hash,
    deputyKeyHash: hash,
    createdAt: sampleStamp.time,
    expiresAt,
    durationMs: 60_000,
  },
  'cray.ReservationRenewed': {
    type: 'cray.ReservationRenewed',
    ...onReservation,
    expiresAt: null,
    durationMs: null,
    fencingToken: 40,
  },
  'cray.ReservationReleased': { type: 'cray.ReservationReleased', ...onReservation },
  'cray.ReservationRemoved': { type: 'cray.ReservationRemoved', ...onReservation },
  'cray.ReservationExpired': { type: 'cray.ReservationExpired', ...onReservation, expiredAt: expiresAt },
  'cray.LeaseExtended': { type: 'cray.LeaseExtended', ...onReservation, expiresAt, byMs: -12_000 },
  'cray.RequestRefused': { type: 'cray.RequestRefused', xname, reason: 'Locked' },
  'cray.ComponentPut': { type: 'cray.ComponentPut', xname, properties },
  'cray.ComponentDeleted': { type: 'cray.ComponentDeleted', xname },
  'cray.CollectionPut': {
    type: 'cray.CollectionPut',
    ...collection,
    description: '',
    members: [xname],
    tags: [],
    exclusiveGroup: '',
  },
  'cray.CollectionChanged': {
    type: 'cray.CollectionChanged',
    ...collection,
    description: 'the first five',
    tags: null,
    added: [],
    removed: [xname],
  },
  'cray.CollectionDeleted': { type: 'cray.CollectionDeleted', ...collection },
  'placement.ProviderPut': { type: 'placement.ProviderPut', provider, name: 'rack 1', parent: null, generation: 0 },
  'placement.ProviderDeleted': { type: 'placement.ProviderDeleted', provider },
  'placement.InventoriesSet': {
    type: 'placement.InventoriesSet',
    provider,
    generation: 1,
    inventories: [inventory],
  },
  'placement.ProviderAllocated': { type: 'placement.ProviderAllocated', provider, generation: 2, consumer, resources },
  'placement.ConsumerPut': { type: 'placement.ConsumerPut', consumer, generation: 1, ...owned, allocations },
  'placement.ConsumerDeleted': { type: 'placement.ConsumerDeleted', consumer },
  'placement.ResourceClassCreated': { type: 'placement.ResourceClassCreated', ...customClass },
  'placement.ResourceClassRenamed': {
    type: 'placement.ResourceClassRenamed',
    ...customClass,
    newName: 'CUSTOM_DISC',
  },
  'placement.ResourceClassDeleted': { type: 'placement.ResourceClassDeleted', ...customClass },
  'placement.AggregatesSet': { type: 'placement.AggregatesSet', provider, generation: 4, aggregates: [consumer] },
  'placement.TraitsSet': { type: 'placement.TraitsSet', provider, generation: 5, traits },
  'placement.TraitCreated': { type: 'placement.TraitCreated', name: 'CUSTOM_FAST' },
  'placement.TraitDeleted': { type: 'placement.TraitDeleted', name: 'CUSTOM_FAST' },
  'placement.RequestRefused': {
    type: 'placement.RequestRefused',
    subject: { kind: 'consumer', id: consumer },
    reason: 'over-capacity',
    provider,
    resourceClass: 'VCPU',
    generation: null,
    stated: null,
    traits: [],
  },
};
