import type { KeyHashes } from '@holdfast/events/cray/keys';
import type {
  CollectionKind,
  ComponentProperties,
  CrayCommand,
  CrayEvent,
  ReservationCreated,
} from '@holdfast/events/cray/messages';
import type { Decision } from '../decider.js';
import { createCrayDecider } from './decider.js';
import type { CrayState } from './state.js';

/** Words for tests: given these events, when this command comes, then these events follow. */

/** Stands in for the HMAC: any function of both that differs for each pair. */
export const keyHashes: KeyHashes = (reservationId, xname) => ({
  reservationKeyHash: `rk ${reservationId} ${xname}`,
  deputyKeyHash: `dk ${reservationId} ${xname}`,
});

export const decider = createCrayDecider(keyHashes);

/** Log time of `when` where nothing else is said. */
export const noon = Date.parse('2026-11-21T12:00:00.000Z');

export function given(...events: CrayEvent[]): CrayState {
  return after(decider.initial, ...events);
}

export function after(state: CrayState, ...events: CrayEvent[]): CrayState {
  return events.reduce((before, event, n) => decider.evolve(before, event, n + 1), state);
}

/** The rules of any level hold. */
const newest = Number.MAX_SAFE_INTEGER;

/** The decision on a command as the engine asks for it: what is due has ended before. */
export function when(state: CrayState, command: CrayCommand, now = noon): Decision<CrayEvent> {
  const current = after(state, ...decider.expire(state, now));
  return decider.decide(command, current, { now, commandId: 'command', commandPosition: 7, level: newest });
}

/** The reservation that `when` makes. */
export const reservationId = 'command.7';

export function put(xname: string, properties: Partial<ComponentProperties> = {}): CrayEvent {
  return { type: 'cray.ComponentPut', xname, properties: { ...node, ...properties } };
}

export function collection(kind: CollectionKind, name: string, ...members: string[]) {
  return {
    type: 'cray.CollectionPut' as const,
    kind,
    name,
    description: '',
    members,
    tags: [] as string[],
    exclusiveGroup: '',
  };
}

export function reserved(xname: string, fields: Partial<ReservationCreated> = {}): CrayEvent {
  const id = fields.reservationId ?? 'earlier.1';
  return {
    type: 'cray.ReservationCreated',
    xname,
    reservationId: id,
    kind: 'service',
    ...keyHashes(id, xname),
    createdAt: noon - 60_000,
    expiresAt: noon + 60_000,
    durationMs: 120_000,
    ...fields,
  };
}

/** The claim of somebody who was shown the key of that reservation. */
export function claim(xname: string, id = 'earlier.1'): { xname: string; keyHash: string } {
  return { xname, keyHash: keyHashes(id, xname).reservationKeyHash };
}

export function ids(...xnames: string[]): { ids: string[]; criteria: [] } {
  return { ids: xnames, criteria: [] };
}

export const everything = ids();

const node: ComponentProperties = {
  type: 'Node',
  state: 'Ready',
  flag: 'OK',
  enabled: true,
  softwareStatus: '',
  role: 'Compute',
  subRole: '',
  nid: null,
  subtype: '',
  netType: 'Sling',
  arch: 'X86',
  class: 'River',
};
