import type { CrayEvent } from '@holdfast/events';
import type { Component, CrayState, Reservation } from './state.js';

/** The state after an event. An event about a component that is not there is a bug of whoever wrote the log. */
export function evolve(state: CrayState, event: CrayEvent): CrayState {
  switch (event.type) {
    case 'cray.RequestRefused':
      return state;
    case 'cray.ComponentLocked':
      return change(state, event.xname, { locked: true });
    case 'cray.ComponentUnlocked':
      return change(state, event.xname, { locked: false });
    case 'cray.ReservationsDisabled':
      return change(state, event.xname, { disabled: true });
    case 'cray.ReservationsEnabled':
      return change(state, event.xname, { disabled: false });
    case 'cray.ReservationCreated': {
      const { reservationId: id, kind, reservationKeyHash, createdAt, expiresAt, durationMs } = event;
      return reserve(state, event.xname, { id, kind, reservationKeyHash, createdAt, expiresAt, durationMs });
    }
    case 'cray.ReservationRenewed': {
      const { expiresAt, durationMs } = event;
      return reserve(state, event.xname, { ...reservationOf(state, event.xname), expiresAt, durationMs });
    }
    case 'cray.LeaseExtended':
      return reserve(state, event.xname, { ...reservationOf(state, event.xname), expiresAt: event.expiresAt });
    case 'cray.ReservationReleased':
    case 'cray.ReservationRemoved':
    case 'cray.ReservationExpired':
      return reserve(state, event.xname, null);
    case 'cray.ComponentPut': {
      const { xname, properties } = event;
      const before = state.components.get(xname) ?? { locked: false, disabled: false, reservation: null };
      return { ...state, components: state.components.set(xname, { ...before, xname, properties }) };
    }
    case 'cray.ComponentDeleted':
      return { ...state, components: state.components.delete(event.xname) };
    case 'cray.CollectionPut': {
      const name = event.kind === 'group' ? 'groups' : 'partitions';
      return { ...state, [name]: state[name].set(event.name, new Set(event.members)) };
    }
    case 'cray.CollectionDeleted': {
      const name = event.kind === 'group' ? 'groups' : 'partitions';
      return { ...state, [name]: state[name].delete(event.name) };
    }
  }
}

function componentOf(state: CrayState, xname: string): Component {
  const component = state.components.get(xname);
  if (component === undefined) throw new Error(`no component ${xname}`);
  return component;
}

function reservationOf(state: CrayState, xname: string): Reservation {
  const { reservation } = componentOf(state, xname);
  if (reservation === null) throw new Error(`${xname} is not reserved`);
  return reservation;
}

function change(state: CrayState, xname: string, changes: Partial<Component>): CrayState {
  return { ...state, components: state.components.set(xname, { ...componentOf(state, xname), ...changes }) };
}

/** Sets or ends a component's reservation, and keeps the index of leases with it. */
function reserve(state: CrayState, xname: string, reservation: Reservation | null): CrayState {
  const changed = change(state, xname, { reservation });
  const expiresAt = reservation?.expiresAt ?? null;
  if (expiresAt === null) {
    const leases = state.leases.delete(xname);
    // The last lease resets the bound; else it may lag behind, which costs one look in vain.
    return { ...changed, leases, nextExpiry: leases.size === 0 ? Number.POSITIVE_INFINITY : state.nextExpiry };
  }
  return {
    ...changed,
    leases: state.leases.set(xname, expiresAt),
    nextExpiry: Math.min(state.nextExpiry, expiresAt),
  };
}
