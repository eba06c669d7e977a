import type { Event } from '@holdfast/events';
import type { DecisionChange, RecordedEvent } from '../change.js';
import { moduleOfEvent } from '../every-module.js';
import { storable } from '../text.js';

/** An event as `recorded_event` keeps it. What is undefined is null in its column. */
export interface HistoryRow {
  sequence: number;
  /** Id of the resource, of whichever kind. */
  resource: string | undefined;
  type: string;
  /** The event's other fields, as JSON. */
  data: string | undefined;
  /** What its module says of the resource after it, as JSON. */
  state: string | undefined;
}

/** The states of every resource that a batch is about, before it: by module and id. What is not known is not there. */
export class States {
  #byModule = new Map<string, Map<string, unknown>>();

  of(module: string): Map<string, unknown> {
    const states = this.#byModule.get(module) ?? new Map<string, unknown>();
    this.#byModule.set(module, states);
    return states;
  }
}

/** Events of a decision that come one after another, the last of them before `sequence`. */
export type DecisionEvents = Pick<DecisionChange, 'sequence' | 'events'>;

/** The rows of a decision's events. Moves `states` on. */
export function historyRows({ sequence, events }: DecisionEvents, states: States): HistoryRow[] {
  const first = sequence - events.length;
  return events.map((event, n) => historyRow(event, first + n, states));
}

/** Every member is there, in one order: objects of one shape are the fast ones. */
function historyRow({ resource, event }: RecordedEvent, sequence: number, states: States): HistoryRow {
  const { type } = event;
  const module = resource === null ? null : moduleOfEvent(event);
  if (resource === null || module === null) {
    return { sequence, resource: undefined, type, data: dataOf(event, null), state: undefined };
  }
  const { name, audit } = module;
  const known = states.of(name);
  const before = known.get(resource) ?? null;
  const after = audit.stateAfter(before, event, sequence, (id) => known.get(id) ?? null);
  if (after === null) known.delete(resource);
  else if (after !== before) known.set(resource, after);
  const state = after === null ? undefined : stateText(after);
  return { sequence, resource, type, data: dataOf(event, audit.idField), state };
}

/** No operator of Postgres takes JSON apart that has U+0000 in it, and this is taken apart. */
function stateText(state: unknown): string {
  const text = JSON.stringify(state);
  if (!text.includes('\\u0000')) return text;
  return JSON.stringify(state, (_, value: unknown) => (typeof value === 'string' ? storable(value) : value));
}

/** The fields that have no column of their own, as JSON. Copying them into an object first would take twice as long. */
function dataOf(event: Event, idField: string | null): string | undefined {
  let json = '';
  for (const name in event) {
    if (name === 'type' || name === idField) continue;
    const text = JSON.stringify(event[name as keyof Event]);
    if (text !== undefined) json += `${json === '' ? '{' : ','}"${name}":${text}`;
  }
  return json === '' ? undefined : `${json}}`;
}
