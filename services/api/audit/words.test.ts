import type { Event } from '@holdfast/events';
import { sampleEvents } from '@holdfast/events/samples';
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
  const {
    xname: resource = null,
    reservationId = null,
    ...detail
  } = rest as { xname?: string; reservationId?: string };
  return eventText({
    sequence: 8,
    time: 0,
    type,
    resource,
    reservationId,
    detail,
    decision: { ...decision, ...changes },
  });
}

const on = { xname: 'x0', reservationId: 'r' };
const keys = { reservationKeyHash: '', deputyKeyHash: '' };
const lease = { kind: 'service', ...keys, createdAt: 0, expiresAt: 900_000, durationMs: 900_000 } as const;
const allocated = { type: 'placement.ProviderAllocated', provider: 'p1', generation: 2, consumer: 'c1' } as const;
const amount = (amount: number, resourceClass: string) => ({ resourceClass, amount });
const refusal = {
  type: 'placement.RequestRefused',
  subject: { kind: 'consumer', id: 'c1' },
  provider: 'p1',
  resourceClass: 'VCPU',
  generation: null,
  stated: null,
  traits: [] as string[],
} as const;
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
    { type: 'cray.ReservationRenewed', ...on, expiresAt: 3_600_000, durationMs: 3_600_000, fencingToken: 7 },
    { origin: null },
    'reservation renewed for 1 hour, until 1970-01-01T01:00:00Z by alice',
  ],
  [
    { type: 'cray.LeaseExtended', ...on, expiresAt: 1_500, byMs: 12_345 },
    tick,
    'reservation moved by 12345 ms to end at 1970-01-01T00:00:01.500Z, as the log was silent or its clock was set',
  ],
  [
    { type: 'engine.TimeShifted', byMs: -9_000 },
    tick,
    "every lease moved by -9000 ms, as the log's clock was set, or the log was silent",
  ],
  [{ type: 'cray.ReservationExpired', ...on, expiredAt: 0 }, tick, 'reservation expired at 1970-01-01T00:00:00Z'],
  [{ type: 'cray.ComponentLocked', xname: 'x0' }, { origin: { ...origin, reason: '' } }, 'locked by alice'],
  [
    { type: 'cray.RequestRefused', xname: 'x0', reason: 'Reserved' },
    { command: 'cray.LockRequested', status: 'refused', reason: 'Reserved' },
    'lock refused, as it is reserved; asked by alice: firmware update',
  ],
  [
    { ...allocated, resources: [amount(3, 'VCPU'), amount(1, 'CUSTOM_TAPE')] },
    { origin: null },
    '3 VCPU and 1 CUSTOM_TAPE allocated to c1 by alice',
  ],
  [{ ...allocated, resources: [] }, { origin: null }, 'nothing allocated to c1 any more by alice'],
  [
    {
      type: 'placement.ConsumerPut',
      consumer: 'c1',
      generation: 1,
      projectId: 'red',
      userId: 'bob',
      consumerType: null,
      allocations: [
        { provider: 'p1', resources: [amount(3, 'VCPU')] },
        { provider: 'p2', resources: [amount(1, 'VCPU'), amount(2, 'PCPU'), amount(9, 'DISK_GB')] },
      ],
    },
    {},
    '3 VCPU of p1 and 1 VCPU, 2 PCPU and 9 DISK_GB of p2 allocated by alice: firmware update',
  ],
  [
    { ...refusal, reason: 'over-capacity' },
    { command: 'placement.AllocationsReplacementRequested' },
    'allocation refused, as VCPU on p1 would exceed its capacity; asked by alice: firmware update',
  ],
  [
    { ...refusal, reason: 'consumer-generation', generation: null, stated: 2 },
    { command: 'placement.AllocationsReplacementRequested', origin: null },
    "allocation refused, as the consumer's generation is none, and 2 was expected; asked by alice",
  ],
  [
    { type: 'placement.AggregatesSet', provider: 'p1', generation: 2, aggregates: ['a1', 'a2'] },
    {},
    'aggregates set to a1 and a2 by alice: firmware update',
  ],
  [
    { type: 'placement.TraitsSet', provider: 'p1', generation: 3, traits: [] },
    {},
    'traits set to none by alice: firmware update',
  ],
  [{ type: 'placement.TraitCreated', name: 'CUSTOM_FAST' }, { origin: null }, 'trait CUSTOM_FAST created by alice'],
  [{ type: 'placement.TraitDeleted', name: 'CUSTOM_FAST' }, { origin: null }, 'trait CUSTOM_FAST deleted by alice'],
  [
    { ...refusal, reason: 'no-trait', traits: ['CUSTOM_A', 'CUSTOM_B'] },
    { command: 'placement.TraitsReplacementRequested', origin: null },
    'change of traits refused, as there is no trait CUSTOM_A and CUSTOM_B; asked by alice',
  ],
  [
    { ...refusal, subject: { kind: 'trait', id: 'CUSTOM_A' }, reason: 'trait-in-use' },
    { command: 'placement.TraitDeletionRequested', origin: null },
    'deletion of a trait refused, as a provider has the trait; asked by alice',
  ],
  [
    { ...refusal, reason: 'later' as 'no-class' },
    { command: 'placement.LaterRequested', origin: null },
    'placement.LaterRequested refused, as later; asked by alice',
  ],
  [
    { type: 'placement.ProviderPut', provider: 'p1', name: 'rack 1', parent: 'p0', generation: 0 },
    stated,
    'provider rack 1 under p0 written by alice (as stated): firmware update',
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
  expect(textOf(event, changes)).toBe(text);
});

test('every type of event has words', () => {
  for (const event of Object.values(sampleEvents)) expect(textOf(event)).not.toContain(event.type);
});

test('a type that has no words goes by its name', () => {
  const event = { type: 'manila.ShareLocked', xname: 'x0' } as unknown as Event;
  expect(textOf(event)).toBe('manila.ShareLocked by alice: firmware update');
});

test.each<[Partial<Decision> & { originalSequence?: number }, string]>([
  [{}, 'accepted: reservation of 3 components by alice: firmware update'],
  [
    { status: 'refused', reason: 'Locked', total: 1 },
    'refused (Locked): reservation of 1 component by alice: firmware update',
  ],
  [{ status: 'repeated', originalSequence: 4 }, 'repeated: request of sequence 4 by alice: firmware update'],
  [
    { command: 'placement.AllocationsReplacementRequested' },
    'accepted: allocation of 3 consumers by alice: firmware update',
  ],
  [{ command: 'manila.LockRequested' }, 'accepted: manila.LockRequested by alice: firmware update'],
])('a request with %j is "%s"', (changes, text) => {
  expect(requestText({ ...decision, time: 0, originalSequence: null, ...changes })).toBe(text);
});
