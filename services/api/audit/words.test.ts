import type { Event } from '@holdfast/events';
import type { Decision } from '@holdfast/projections/audit-port';
import { expect, test } from 'vitest';
import { eventText, requestText } from './words.js';

const actor = { name: 'alice', authenticated: true, address: '10.0.0.1', userAgent: 'cli' };
const origin = { actor, reason: 'firmware update', traceparent: '' };
const decision: Decision = {
  sequence: 9,
  commandId: 'c',
  actor: 'alice',
  command: 'cray.ReservationRequested',
  status: 'accepted',
  total: 3,
  reason: null,
  origin,
};

function textOf(event: Event, changes: Partial<Decision> = {}): string {
  const { type, ...rest } = event;
  const { xname = null, reservationId = null, ...detail } = rest as { xname?: string; reservationId?: string };
  return eventText({ sequence: 8, time: 0, type, xname, reservationId, detail, decision: { ...decision, ...changes } });
}

const on = { xname: 'x0', reservationId: 'r' };
const keys = { reservationKeyHash: '', deputyKeyHash: '' };
const lease = { kind: 'service', ...keys, createdAt: 0, expiresAt: 900_000, durationMs: 900_000 } as const;
const tick = { command: 'engine.Tick', actor: 'holdfast', origin: { ...origin, reason: '' } };
const stated = { origin: { ...origin, actor: { ...actor, authenticated: false } }, actor: 'anonymous' };

test.each<[Event, Partial<Decision>, string]>([
  [{ type: 'cray.ReservationCreated', ...on, ...lease }, {}, 'reserved for 15 minutes by alice: firmware update'],
  [
    { type: 'cray.ReservationCreated', ...on, ...lease, kind: 'admin', durationMs: null, expiresAt: null },
    stated,
    'reserved without an end as an administrator by alice (as stated): firmware update',
  ],
  [
    { type: 'cray.ReservationRenewed', ...on, expiresAt: 3_600_000, durationMs: 3_600_000 },
    { origin: null },
    'reservation renewed for 1 hour, until 1970-01-01T01:00:00Z by alice',
  ],
  [
    { type: 'cray.LeaseExtended', ...on, expiresAt: 1_500, byMs: 12_345 },
    tick,
    'reservation moved by 12345 ms to end at 1970-01-01T00:00:01.500Z, as the log was silent or its clock was set',
  ],
  [{ type: 'cray.ReservationExpired', ...on, expiredAt: 0 }, tick, 'reservation expired at 1970-01-01T00:00:00Z'],
  [{ type: 'cray.ComponentLocked', xname: 'x0' }, { origin: { ...origin, reason: '' } }, 'locked by alice'],
  [
    { type: 'cray.RequestRefused', xname: 'x0', reason: 'Reserved' },
    { command: 'cray.LockRequested', status: 'refused', reason: 'Reserved' },
    'lock refused, as it is reserved; asked by alice: firmware update',
  ],
  [
    { type: 'cray.CollectionPut', kind: 'group', name: 'blue', description: '', members: ['x0'] },
    { origin: null, actor: 'anonymous' },
    'group blue written, 1 member by anonymous',
  ],
])('%j with %j is "%s"', (event, changes, text) => {
  expect(textOf(event, changes)).toBe(text);
});

test('a type that has no words goes by its name', () => {
  const event = { type: 'placement.AllocationMade', xname: 'x0' } as unknown as Event;
  expect(textOf(event)).toBe('placement.AllocationMade by alice: firmware update');
});

test.each<[Partial<Decision> & { originalSequence?: number }, string]>([
  [{}, 'accepted: reservation of 3 components by alice: firmware update'],
  [
    { status: 'refused', reason: 'Locked', total: 1 },
    'refused (Locked): reservation of 1 component by alice: firmware update',
  ],
  [{ status: 'repeated', originalSequence: 4 }, 'repeated: request of sequence 4 by alice: firmware update'],
  [
    { command: 'placement.AllocationRequested' },
    'accepted: placement.AllocationRequested of 3 components by alice: firmware update',
  ],
])('a request with %j is "%s"', (changes, text) => {
  expect(requestText({ ...decision, time: 0, originalSequence: null, ...changes })).toBe(text);
});
