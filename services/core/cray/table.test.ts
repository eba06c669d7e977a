import type { CrayCommand, CrayEvent, Reason } from '@holdfast/events/cray/messages';
import { describe, expect, test } from 'vitest';
import { claim, given, ids, put, reserved, when } from './scenario.js';

/**
 * Every state that a component can be in: it cannot be disabled and reserved at once. The key shown is always the same.
 */
type Lock = 'unlocked' | 'locked';
type Holding = 'none' | 'disabled' | 'admin, own key' | 'admin, other key' | 'service, own key' | 'service, other key';
type StateKind = `${Lock}, ${Holding}` | 'unknown';

type Operation =
  | 'lock'
  | 'unlock'
  | 'disable'
  | 'repair'
  | 'remove'
  | 'release'
  | 'renew'
  | 'delete'
  | `${'admin' | 'service'} reservation, requires ${Lock}`;

/** A reason, or the events that follow. */
type Expectation = Reason | readonly CrayEvent['type'][];

const A = 'x0c0s0b0n0';
const locked: Expectation = ['cray.ComponentLocked'];
const unlocked: Expectation = ['cray.ComponentUnlocked'];
const disabled: Expectation = ['cray.ReservationsDisabled'];
const removedAndDisabled: Expectation = ['cray.ReservationRemoved', 'cray.ReservationsDisabled'];
const repaired: Expectation = ['cray.ReservationsEnabled'];
const removed: Expectation = ['cray.ReservationRemoved'];
const released: Expectation = ['cray.ReservationReleased'];
const renewed: Expectation = ['cray.ReservationRenewed'];
const created: Expectation = ['cray.ReservationCreated'];
const deleted: Expectation = ['cray.ComponentDeleted'];
const removedAndDeleted: Expectation = ['cray.ReservationRemoved', 'cray.ComponentDeleted'];

const reservationOfUnlocked: Record<StateKind, Expectation> = {
  unknown: 'NotFound',
  'unlocked, none': created,
  'unlocked, disabled': 'Disabled',
  'unlocked, admin, own key': 'Reserved',
  'unlocked, admin, other key': 'Reserved',
  'unlocked, service, own key': 'Reserved',
  'unlocked, service, other key': 'Reserved',
  'locked, none': 'Locked',
  'locked, disabled': 'Disabled',
  'locked, admin, own key': 'Locked',
  'locked, admin, other key': 'Locked',
  'locked, service, own key': 'Locked',
  'locked, service, other key': 'Locked',
};

const reservationOfLocked: Record<StateKind, Expectation> = {
  unknown: 'NotFound',
  'unlocked, none': 'Unlocked',
  'unlocked, disabled': 'Disabled',
  'unlocked, admin, own key': 'Unlocked',
  'unlocked, admin, other key': 'Unlocked',
  'unlocked, service, own key': 'Unlocked',
  'unlocked, service, other key': 'Unlocked',
  'locked, none': created,
  'locked, disabled': 'Disabled',
  'locked, admin, own key': 'Reserved',
  'locked, admin, other key': 'Reserved',
  'locked, service, own key': 'Reserved',
  'locked, service, other key': 'Reserved',
};

const table: Record<Operation, Record<StateKind, Expectation>> = {
  lock: {
    unknown: 'NotFound',
    'unlocked, none': locked,
    'unlocked, disabled': 'Disabled',
    'unlocked, admin, own key': 'Reserved',
    'unlocked, admin, other key': 'Reserved',
    'unlocked, service, own key': 'Reserved',
    'unlocked, service, other key': 'Reserved',
    'locked, none': 'Locked',
    'locked, disabled': 'Locked',
    'locked, admin, own key': 'Locked',
    'locked, admin, other key': 'Locked',
    'locked, service, own key': 'Locked',
    'locked, service, other key': 'Locked',
  },
  unlock: {
    unknown: 'NotFound',
    'unlocked, none': 'Unlocked',
    'unlocked, disabled': 'Unlocked',
    'unlocked, admin, own key': 'Unlocked',
    'unlocked, admin, other key': 'Unlocked',
    'unlocked, service, own key': 'Unlocked',
    'unlocked, service, other key': 'Unlocked',
    'locked, none': unlocked,
    'locked, disabled': 'Disabled',
    'locked, admin, own key': 'Reserved',
    'locked, admin, other key': 'Reserved',
    'locked, service, own key': 'Reserved',
    'locked, service, other key': 'Reserved',
  },
  disable: {
    unknown: 'NotFound',
    'unlocked, none': disabled,
    'unlocked, disabled': disabled,
    'unlocked, admin, own key': removedAndDisabled,
    'unlocked, admin, other key': removedAndDisabled,
    'unlocked, service, own key': removedAndDisabled,
    'unlocked, service, other key': removedAndDisabled,
    'locked, none': disabled,
    'locked, disabled': disabled,
    'locked, admin, own key': removedAndDisabled,
    'locked, admin, other key': removedAndDisabled,
    'locked, service, own key': removedAndDisabled,
    'locked, service, other key': removedAndDisabled,
  },
  repair: {
    unknown: 'NotFound',
    'unlocked, none': repaired,
    'unlocked, disabled': repaired,
    'unlocked, admin, own key': repaired,
    'unlocked, admin, other key': repaired,
    'unlocked, service, own key': repaired,
    'unlocked, service, other key': repaired,
    'locked, none': repaired,
    'locked, disabled': repaired,
    'locked, admin, own key': repaired,
    'locked, admin, other key': repaired,
    'locked, service, own key': repaired,
    'locked, service, other key': repaired,
  },
  'admin reservation, requires locked': reservationOfLocked,
  'admin reservation, requires unlocked': reservationOfUnlocked,
  'service reservation, requires locked': reservationOfLocked,
  'service reservation, requires unlocked': reservationOfUnlocked,
  remove: {
    unknown: 'NotFound',
    'unlocked, none': 'NotFound',
    'unlocked, disabled': 'NotFound',
    'unlocked, admin, own key': removed,
    'unlocked, admin, other key': removed,
    'unlocked, service, own key': removed,
    'unlocked, service, other key': removed,
    'locked, none': 'NotFound',
    'locked, disabled': 'NotFound',
    'locked, admin, own key': removed,
    'locked, admin, other key': removed,
    'locked, service, own key': removed,
    'locked, service, other key': removed,
  },
  release: {
    unknown: 'NotFound',
    'unlocked, none': 'NotFound',
    'unlocked, disabled': 'NotFound',
    'unlocked, admin, own key': released,
    'unlocked, admin, other key': 'NotFound',
    'unlocked, service, own key': released,
    'unlocked, service, other key': 'NotFound',
    'locked, none': 'NotFound',
    'locked, disabled': 'NotFound',
    'locked, admin, own key': released,
    'locked, admin, other key': 'NotFound',
    'locked, service, own key': released,
    'locked, service, other key': 'NotFound',
  },
  renew: {
    unknown: 'NotFound',
    'unlocked, none': 'NotFound',
    'unlocked, disabled': 'NotFound',
    'unlocked, admin, own key': 'NotFound',
    'unlocked, admin, other key': 'NotFound',
    'unlocked, service, own key': renewed,
    'unlocked, service, other key': 'NotFound',
    'locked, none': 'NotFound',
    'locked, disabled': 'NotFound',
    'locked, admin, own key': 'NotFound',
    'locked, admin, other key': 'NotFound',
    'locked, service, own key': renewed,
    'locked, service, other key': 'NotFound',
  },
  delete: {
    unknown: 'NotFound',
    'unlocked, none': deleted,
    'unlocked, disabled': deleted,
    'unlocked, admin, own key': removedAndDeleted,
    'unlocked, admin, other key': removedAndDeleted,
    'unlocked, service, own key': removedAndDeleted,
    'unlocked, service, other key': removedAndDeleted,
    'locked, none': deleted,
    'locked, disabled': deleted,
    'locked, admin, own key': removedAndDeleted,
    'locked, admin, other key': removedAndDeleted,
    'locked, service, own key': removedAndDeleted,
    'locked, service, other key': removedAndDeleted,
  },
};

function commandOf(operation: Operation, rigid: boolean): CrayCommand {
  const selection = ids(A);
  const reservation = { type: 'cray.ReservationRequested', selection, rigid } as const;
  switch (operation) {
    case 'lock':
      return { type: 'cray.LockRequested', selection, rigid };
    case 'unlock':
      return { type: 'cray.UnlockRequested', selection, rigid };
    case 'disable':
      return { type: 'cray.DisableRequested', selection, rigid };
    case 'repair':
      return { type: 'cray.RepairRequested', selection, rigid };
    case 'remove':
      return { type: 'cray.RemovalRequested', selection, rigid, reservationId: null };
    case 'release':
      return { type: 'cray.ReleaseRequested', keys: [claim(A)], rigid };
    case 'renew':
      return { type: 'cray.RenewalRequested', keys: [claim(A)], rigid, durationMs: 60_000 };
    case 'delete':
      return { type: 'cray.ComponentsDeletionRequested', ids: [A] };
    case 'admin reservation, requires locked':
      return { ...reservation, kind: 'admin', durationMs: null, requires: 'locked' };
    case 'admin reservation, requires unlocked':
      return { ...reservation, kind: 'admin', durationMs: null, requires: 'unlocked' };
    case 'service reservation, requires locked':
      return { ...reservation, kind: 'service', durationMs: 60_000, requires: 'locked' };
    case 'service reservation, requires unlocked':
      return { ...reservation, kind: 'service', durationMs: 60_000, requires: 'unlocked' };
  }
}

function stateOf(kind: StateKind): CrayEvent[] {
  if (kind === 'unknown') return [];
  const [lock, ...rest] = kind.split(', ') as [Lock, ...string[]];
  const lockEvents: CrayEvent[] = lock === 'locked' ? [{ type: 'cray.ComponentLocked', xname: A }] : [];
  return [put(A), ...lockEvents, ...holdingOf(rest.join(', ') as Holding)];
}

function holdingOf(holding: Holding): CrayEvent[] {
  const admin = { kind: 'admin', expiresAt: null, durationMs: null } as const;
  switch (holding) {
    case 'none':
      return [];
    case 'disabled':
      return [{ type: 'cray.ReservationsDisabled', xname: A }];
    case 'admin, own key':
      return [reserved(A, admin)];
    case 'admin, other key':
      return [reserved(A, { ...admin, reservationId: 'other.1' })];
    case 'service, own key':
      return [reserved(A)];
    case 'service, other key':
      return [reserved(A, { reservationId: 'other.1' })];
  }
}

for (const [operation, row] of Object.entries(table) as [Operation, Record<StateKind, Expectation>][]) {
  describe(operation, () => {
    test.each(Object.entries(row) as [StateKind, Expectation][])('of %s: %s', (kind, expectation) => {
      const state = given(...stateOf(kind));
      for (const rigid of [true, false]) {
        const { events, status, total, reason } = when(state, commandOf(operation, rigid));
        expect(total).toBe(1);
        if (typeof expectation !== 'string') {
          expect({ status, reason }).toEqual({ status: 'accepted', reason: undefined });
          expect(events.map(({ type }) => type)).toEqual(expectation);
        } else {
          // A deletion of what is not there at all is refused, rigid or not.
          const refused = rigid || operation === 'delete';
          expect(events).toEqual([{ type: 'cray.RequestRefused', xname: A, reason: expectation }]);
          expect({ status, reason }).toEqual(
            refused ? { status: 'refused', reason: expectation } : { status: 'accepted', reason: undefined },
          );
        }
      }
    });
  });
}
