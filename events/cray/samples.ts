import type { OneOfEach } from '../module.js';
import { sampleHash as hash, sampleHeader, sampleStamp } from '../sample-header.js';
import type { ComponentProperties, CrayCommand, CrayEvent } from './messages.js';

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
const selection = { ids: [xname], criteria: [{ field: 'Role' as const, values: ['management', '!compute'] }] };
const onSelection = { selection, rigid: true };
const onKeys = { keys: [{ xname, keyHash: hash }], rigid: false };
const collection = { kind: 'group' as const, name: 'blue' };
const onReservation = { xname, reservationId };
const expiresAt = 1_800_000_060_000;

const commands: OneOfEach<CrayCommand> = {
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
};

const events: OneOfEach<CrayEvent> = {
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
};

export const craySamples = { commands, events };
