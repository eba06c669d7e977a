import type { CrayCommand, KeyClaim, Selection } from '@holdfast/events/cray/messages';
import type { CommandTable } from '../module.js';

const onSelection = {
  counts: 'component',
  key: ({ selection }: { selection: Selection }) => selection.ids[0] ?? null,
  size: ({ selection }: { selection: Selection }) => selection.ids.length || null,
} as const;
const onKeys = {
  counts: 'component',
  key: ({ keys }: { keys: KeyClaim[] }) => keys[0]?.xname ?? null,
  size: ({ keys }: { keys: KeyClaim[] }) => keys.length,
} as const;
/** A group or partition has no key of its own. */
const onCollection = { counts: null, key: () => null, size: () => 0 } as const;

/** What is to be known of each command. */
export const crayCommands: CommandTable<CrayCommand> = {
  'cray.LockRequested': { noun: 'lock', ...onSelection },
  'cray.UnlockRequested': { noun: 'unlock', ...onSelection },
  'cray.DisableRequested': { noun: 'disable', ...onSelection },
  'cray.RepairRequested': { noun: 'repair', ...onSelection },
  'cray.ReservationRequested': { noun: 'reservation', ...onSelection },
  'cray.RenewalRequested': { noun: 'renewal', ...onKeys },
  'cray.ReleaseRequested': { noun: 'release', ...onKeys },
  'cray.RemovalRequested': { noun: 'removal', ...onSelection },
  'cray.ComponentsPutRequested': {
    noun: 'inventory change',
    counts: 'component',
    key: ({ components }) => components[0]?.xname ?? null,
    size: ({ components }) => components.length,
  },
  'cray.ComponentsDeletionRequested': {
    noun: 'inventory deletion',
    counts: 'component',
    key: ({ ids }) => ids?.[0] ?? null,
    size: ({ ids }) => (ids === null ? null : ids.length),
  },
  'cray.RoleChangeRequested': {
    noun: 'change of a role',
    counts: 'component',
    key: ({ ids }) => ids[0] ?? null,
    size: () => 0,
  },
  'cray.CollectionPutRequested': {
    noun: 'creation of a group or partition',
    ...onCollection,
    size: ({ members }) => members.length,
  },
  'cray.CollectionChangeRequested': { noun: 'change of a group or partition', ...onCollection },
  'cray.CollectionDeletionRequested': { noun: 'deletion of a group or partition', ...onCollection },
};
