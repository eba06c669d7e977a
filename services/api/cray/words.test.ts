import type { Event } from '@holdfast/events';
import type { RecordedDecision } from '@holdfast/projections/audit-port';
import { expect, test } from 'vitest';
import { origin, saying, stated, tick } from '../../../test/support/audit-words.js';
import { crayApi } from './module.js';

const { ofEvent, ofRequest } = saying([crayApi]);
const reservation = { command: 'cray.ReservationRequested' };
const on = { xname: 'x0', reservationId: 'r' };
const keys = { reservationKeyHash: '', deputyKeyHash: '' };
const lease = { kind: 'service', ...keys, createdAt: 0, expiresAt: 900_000, durationMs: 900_000 } as const;

test.each<[Event, Partial<RecordedDecision>, string]>([
  [{ type: 'cray.ReservationCreated', ...on, ...lease }, {}, 'reserved for 15 minutes by alice: firmware update'],
  [
    { type: 'cray.ReservationCreated', ...on, ...lease, kind: 'admin', durationMs: null, expiresAt: null },
    stated,
    'reserved without an end as an administrator by alice (as stated): firmware update',
  ],
  [
    { type: 'cray.ReservationRenewed', ...on, expiresAt: 3_600_000, durationMs: 3_600_000, fencingToken: 7 },
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
    {
      type: 'cray.CollectionPut',
      kind: 'group',
      name: 'blue',
      description: '',
      members: ['x0'],
      tags: [],
      exclusiveGroup: '',
    },
    { origin: null, actor: 'anonymous' },
    'group blue written, 1 member by anonymous',
  ],
])('%j with %j is "%s"', (event, changes, text) => {
  expect(ofEvent(event, { ...reservation, ...changes })).toBe(text);
});

test.each<[Partial<RecordedDecision> & { originalSequence?: number }, string]>([
  [{}, 'accepted: reservation of 3 components by alice: firmware update'],
  [
    { status: 'refused', reason: 'Locked', total: 1 },
    'refused (Locked): reservation of 1 component by alice: firmware update',
  ],
  [{ status: 'repeated', originalSequence: 4 }, 'repeated: request of sequence 4 by alice: firmware update'],
])('a request with %j is "%s"', (changes, text) => {
  expect(ofRequest({ ...reservation, ...changes })).toBe(text);
});
