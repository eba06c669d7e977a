import { type Event, isOfPlacement } from '@holdfast/events';
import type { PlacementEvent } from '@holdfast/events/placement/messages';
import type { DecisionChange, RecordedEvent } from '../change.js';
import { type PlacedState, placedAfter, unplaced } from './placed.js';
import { type ComponentState, type Held, nothing, stateAfter } from './state.js';

/** An event as `history` keeps it. What is undefined is null in its column. */
export interface HistoryRow {
  sequence: number;
  /** Id of the resource, of whichever kind. */
  xname?: string | undefined;
  type: string;
  reservation_id?: string | undefined;
  /** The event's other fields, as JSON. */
  data?: string | undefined;
  put?: number | undefined;
  locked?: number | undefined;
  disabled?: number | undefined;
  /** See Held; as JSON. */
  held?: string | undefined;
  /** See PlacedState; as JSON. */
  state?: string | undefined;
}

/** The state of every resource that a batch is about, before it. */
export interface States {
  components: Map<string, ComponentState>;
  placed: Map<string, PlacedState>;
}

export function noStates(): States {
  return { components: new Map(), placed: new Map() };
}

/** Events of a decision that come one after another, the last of them before `sequence`. */
export type DecisionEvents = Pick<DecisionChange, 'sequence' | 'events'>;

/** The rows of a decision's events. Moves `states` on; a resource that is not in there is not known. */
export function historyRows({ sequence, events }: DecisionEvents, states: States): HistoryRow[] {
  const first = sequence - events.length;
  return events.map((event, n) => historyRow(event, first + n, states));
}

function historyRow({ resource, event }: RecordedEvent, sequence: number, states: States): HistoryRow {
  if (resource === null) {
    const { type, ...data } = event;
    return { sequence, type, data: JSON.stringify(data) };
  }
  return isOfPlacement(event)
    ? placedRow(resource, event, sequence, states.placed)
    : componentRow(resource, event, sequence, states.components);
}

function componentRow(xname: string, event: Event, sequence: number, states: States['components']): HistoryRow {
  const before = states.get(xname) ?? nothing;
  const after = stateAfter(before, event, sequence);
  if (after !== before) states.set(xname, after);
  const { type, reservationId } = event as Event & { reservationId?: string };
  // Every member is there, in one order: objects of one shape are the fast ones.
  return {
    sequence,
    xname,
    type,
    reservation_id: reservationId,
    data: restOf(event),
    put: after.put ?? undefined,
    locked: after.locked ?? undefined,
    disabled: after.disabled ?? undefined,
    held: after.held === null ? undefined : heldText(after.held),
  };
}

/** All fields stay in its data: which of them is the resource depends on the type. */
function placedRow(id: string, event: PlacementEvent, sequence: number, states: States['placed']): HistoryRow {
  const before = states.get(id) ?? unplaced;
  const consumer = event.type === 'placement.ProviderAllocated' ? states.get(event.consumer)?.consumer : undefined;
  const after = placedAfter(before, event, consumer, sequence);
  if (after !== before) states.set(id, after);
  const { type, ...data } = event;
  const row: HistoryRow = { sequence, xname: id, type, data: JSON.stringify(data) };
  if (after.provider !== undefined || after.consumer !== undefined) row.state = JSON.stringify(after);
  return row;
}

/** As JSON, faster than by JSON.stringify of the whole. */
function heldText([reservationId, kind, createdAt, expiresAt, since]: Held): string {
  return `[${JSON.stringify(reservationId)},${JSON.stringify(kind)},${createdAt},${expiresAt},${since}]`;
}

/** The fields that have no column of their own, as JSON. Copying them into an object first would take twice as long. */
function restOf(event: Event): string | undefined {
  let json = '';
  for (const name in event) {
    if (name === 'type' || name === 'xname' || name === 'reservationId') continue;
    const text = JSON.stringify(event[name as keyof Event]);
    if (text !== undefined) json += `${json === '' ? '{' : ','}"${name}":${text}`;
  }
  return json === '' ? undefined : `${json}}`;
}
