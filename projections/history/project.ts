import type { Event } from '@holdfast/events';
import type { DecisionChange, RecordedEvent } from '../change.js';
import { type ComponentState, nothing, stateAfter } from './state.js';

/** An event as `history` keeps it. What is absent is null in its column. */
export interface HistoryRow {
  sequence: number;
  xname?: string;
  type: string;
  reservation_id?: string;
  /** The event's other fields, as JSON. */
  data?: string;
  put?: number;
  locked?: number;
  disabled?: number;
  /** See Held; as JSON. */
  held?: string;
}

/** The state of every component that a batch is about, before it. */
export type States = Map<string, ComponentState>;

/** The rows of a decision's events. Moves `states` on; a component that is not in there is not known. */
export function historyRows({ sequence, events }: DecisionChange, states: States): HistoryRow[] {
  const first = sequence - events.length;
  return events.map((event, n) => historyRow(event, first + n, states));
}

function historyRow({ xname, event }: RecordedEvent, sequence: number, states: States): HistoryRow {
  if (xname === null) {
    const { type, ...data } = event;
    return { sequence, type, data: JSON.stringify(data) };
  }
  const before = states.get(xname) ?? nothing;
  const after = stateAfter(before, event, sequence);
  if (after !== before) states.set(xname, after);
  const { type, reservationId } = event as Event & { reservationId?: string };
  const row: HistoryRow = { sequence, xname, type };
  if (reservationId !== undefined) row.reservation_id = reservationId;
  const data = restOf(event);
  if (data !== '{}') row.data = data;
  if (after.put !== null) row.put = after.put;
  if (after.locked !== null) row.locked = after.locked;
  if (after.disabled !== null) row.disabled = after.disabled;
  if (after.held !== null) row.held = JSON.stringify(after.held);
  return row;
}

/** The fields that have no column of their own, as JSON. Made member by member: copying them into an object first takes twice as long. */
function restOf(event: object): string {
  let json = '';
  for (const [name, value] of Object.entries(event)) {
    if (name === 'type' || name === 'xname' || name === 'reservationId') continue;
    const text = JSON.stringify(value);
    if (text !== undefined) json += `${json === '' ? '' : ','}"${name}":${text}`;
  }
  return `{${json}}`;
}
