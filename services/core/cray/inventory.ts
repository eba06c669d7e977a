import type {
  CollectionDeletionRequested,
  CollectionPutRequested,
  ComponentsDeletionRequested,
  ComponentsPutRequested,
  CrayEvent,
} from '@holdfast/events';
import type { Decision } from '../decider.js';
import { inXnameOrder } from './selection.js';
import type { Component, CrayState } from './state.js';

type InventoryCommand =
  | ComponentsPutRequested
  | ComponentsDeletionRequested
  | CollectionPutRequested
  | CollectionDeletionRequested;

/** Decisions on which components and collections there are. */
export function decideOnInventory(command: InventoryCommand, state: CrayState): Decision<CrayEvent> {
  switch (command.type) {
    case 'cray.ComponentsPutRequested':
      return accepted(
        command.components.map(({ xname, properties }) => ({ type: 'cray.ComponentPut', xname, properties })),
        command.components.length,
      );
    case 'cray.ComponentsDeletionRequested':
      return deleteComponents(state, command.ids);
    case 'cray.CollectionPutRequested':
      return putCollection(state, command);
    case 'cray.CollectionDeletionRequested': {
      const { kind, name } = command;
      if (!collectionsOf(state, kind).has(name)) return refused(name, 'NotFound');
      return accepted([{ type: 'cray.CollectionDeleted', kind, name }], 1);
    }
  }
}

/** Deletes what is there. Refused only when nothing is. */
function deleteComponents(state: CrayState, ids: string[] | null): Decision<CrayEvent> {
  const everything = () => inXnameOrder([...state.components.values()]).map(({ xname }) => xname);
  const chosen = ids ?? everything();
  const events = chosen.flatMap((xname): CrayEvent[] => {
    const component = state.components.get(xname);
    return component === undefined ? [{ type: 'cray.RequestRefused', xname, reason: 'NotFound' }] : deletion(component);
  });
  const found = chosen.some((xname) => state.components.has(xname));
  if (!found) return { events, status: 'refused', total: chosen.length, reason: 'NotFound' };
  return accepted(events, chosen.length);
}

/** A component's reservation ends with it. */
function deletion({ xname, reservation }: Component): CrayEvent[] {
  const end: CrayEvent[] =
    reservation === null ? [] : [{ type: 'cray.ReservationRemoved', xname, reservationId: reservation.id }];
  return [...end, { type: 'cray.ComponentDeleted', xname }];
}

function putCollection(state: CrayState, command: CollectionPutRequested): Decision<CrayEvent> {
  const { kind, name, description, members } = command;
  if (collectionsOf(state, kind).has(name)) return refused(name, 'Exists');
  if (kind === 'partition') {
    // A component is in one partition at most.
    const taken = members.find((xname) => [...state.partitions.values()].some((others) => others.has(xname)));
    if (taken !== undefined) return refused(taken, 'Exists');
  }
  return accepted([{ type: 'cray.CollectionPut', kind, name, description, members }], 1);
}

function collectionsOf(state: CrayState, kind: 'group' | 'partition') {
  return kind === 'group' ? state.groups : state.partitions;
}

function accepted(events: CrayEvent[], total: number): Decision<CrayEvent> {
  return { events, status: 'accepted', total, reason: null };
}

function refused(xname: string, reason: 'NotFound' | 'Exists'): Decision<CrayEvent> {
  return { events: [{ type: 'cray.RequestRefused', xname, reason }], status: 'refused', total: 1, reason };
}
