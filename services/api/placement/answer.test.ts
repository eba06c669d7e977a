import type { Command, Event } from '@holdfast/events';
import type { PlacementCommand, PlacementReason, PlacementRequestRefused } from '@holdfast/events/placement/messages';
import { describe, expect, test } from 'vitest';
import type { Decided } from '../submit.js';
import { answerOf } from './answer.js';
import { PlacementError } from './errors.js';

const provider = '4e8e5957-649f-477b-9e5b-f1f75b21c03c';
const consumer = '599ffd2d-526a-4b2e-8683-f13ad25f9958';
const decidedAt = Date.parse('2026-11-21T09:28:38.250Z');

function decided(
  type: PlacementCommand['type'],
  events: Event[],
  status: 'accepted' | 'refused' = 'accepted',
): Decided {
  const origin = {
    actor: { name: '', authenticated: false, address: '', userAgent: '' },
    reason: '',
    idempotencyKey: '',
    traceparent: '',
  };
  const outcome = {
    type: 'engine.RequestDecided' as const,
    command: type,
    status,
    total: 1,
    reason: null,
    digest: '',
    keyed: false,
    origin,
  };
  return { outcome, events: [...events, outcome], sequence: 1, end: 1, decidedAt, replayed: false };
}

const context = { version: 39, command: null, root: null };

describe('what was accepted', () => {
  const put: Event = { type: 'placement.ProviderPut', provider, name: 'a', parent: null, generation: 0 };

  test('a new provider is 201 without a body before 1.20, and shown from then on', () => {
    const creation = decided('placement.ProviderCreationRequested', [put]);
    const location = `/resource_providers/${provider}`;
    expect(answerOf(creation, { ...context, version: 19 })).toEqual({
      status: 201,
      body: undefined,
      headers: { location },
    });
    expect(answerOf(creation, context)).toMatchObject({
      status: 200,
      body: { uuid: provider, generation: 0, parent_provider_uuid: null, root_provider_uuid: provider },
      headers: { location, 'last-modified': 'Sat, 21 Nov 2026 09:28:38 GMT', 'cache-control': 'no-cache' },
    });
  });

  test('times are shown from 1.15 on', () => {
    const update = decided('placement.ProviderUpdateRequested', [put]);
    expect(answerOf(update, { ...context, version: 14 })).not.toHaveProperty('headers.last-modified');
    expect(answerOf(update, { ...context, version: 15 })).toHaveProperty('headers.last-modified');
  });

  test('one inventory is shown with the generation that it made', () => {
    const inventory = {
      resourceClass: 'VCPU',
      total: 4,
      reserved: 0,
      minUnit: 1,
      maxUnit: 4,
      stepSize: 1,
      allocationRatio: 1,
    };
    const set: Event = { type: 'placement.InventoriesSet', provider, generation: 7, inventories: [inventory] };
    const command: Command = { type: 'placement.InventoryCreationRequested', provider, inventory };
    expect(answerOf(decided(command.type, [set]), { ...context, command })).toMatchObject({
      status: 201,
      body: { total: 4, resource_provider_generation: 7 },
      headers: { location: `/resource_providers/${provider}/inventories/VCPU` },
    });
  });

  test('a class that was there already is 204, a new one 201', () => {
    const command: Command = { type: 'placement.ResourceClassCreationRequested', name: 'CUSTOM_A', mayExist: true };
    const created: Event = { type: 'placement.ResourceClassCreated', name: 'CUSTOM_A' };
    const headers = { location: '/resource_classes/CUSTOM_A' };
    const at = { ...context, command };
    expect(answerOf(decided(command.type, [created]), at)).toEqual({ status: 201, body: undefined, headers });
    expect(answerOf(decided(command.type, []), at)).toEqual({ status: 204, body: undefined, headers });
  });

  test('an allocation has no body', () => {
    const done = { status: 204, body: undefined };
    expect(answerOf(decided('placement.AllocationsReplacementRequested', []), context)).toEqual(done);
  });
});

describe('what was refused', () => {
  const refusal = (
    type: PlacementCommand['type'],
    reason: PlacementReason,
    more: Partial<PlacementRequestRefused> = {},
  ): [number, string, string] => {
    const nothing = { provider: null, resourceClass: null, generation: null, stated: null, traits: [] };
    const subject = { kind: 'provider' as const, id: provider };
    const event: Event = { type: 'placement.RequestRefused', subject, reason, ...nothing, ...more };
    const answer = answerOf(decided(type, [event], 'refused'), context);
    if (!(answer instanceof PlacementError)) throw new Error('it was answered as if it had been accepted');
    return [answer.statusCode, answer.code, answer.message];
  };
  const subject = { kind: 'consumer' as const, id: consumer };
  const cut = { subject, provider, resourceClass: 'VCPU' };
  const [undefinedCode, concurrent] = ['placement.undefined_code', 'placement.concurrent_update'];

  test('allocations: for want of capacity 409, for what there is not 400', () => {
    const type = 'placement.AllocationsReplacementRequested';
    expect(refusal(type, 'over-capacity', cut)).toEqual([
      409,
      undefinedCode,
      `Unable to allocate inventory: Unable to create allocation for 'VCPU' on resource provider '${provider}'. The requested amount would exceed the capacity.`,
    ]);
    expect(refusal(type, 'outside-constraints', cut)[2]).toContain('would violate inventory constraints.');
    expect(refusal(type, 'no-inventory', cut)[2]).toBe(
      `Unable to allocate inventory: Inventory for 'VCPU' on resource provider '${provider}' invalid.`,
    );
    expect(refusal(type, 'no-provider', cut)).toEqual([
      400,
      undefinedCode,
      `Allocation for resource provider '${provider}' that does not exist.`,
    ]);
    expect(refusal(type, 'no-class', cut)[0]).toBe(400);
  });

  test('a consumer that is no more what it was is a concurrent update', () => {
    const type = 'placement.AllocationsReplacementRequested';
    expect(refusal(type, 'consumer-generation', { subject, generation: 1, stated: null })).toEqual([
      409,
      concurrent,
      'consumer generation conflict - expected 1 but got None',
    ]);
    expect(refusal(type, 'consumer-generation', { subject, generation: null, stated: 0 })[2]).toBe(
      'consumer generation conflict - expected null but got 0',
    );
  });

  test('inventories in use are named, all of them, in the order of the classes', () => {
    const nothing = { generation: null, stated: null, traits: [], reason: 'inventory-in-use' as const, provider };
    const about = { type: 'placement.RequestRefused' as const, subject: { kind: 'provider' as const, id: provider } };
    const events = ['CUSTOM_A', 'DISK_GB', 'VCPU'].map(
      (resourceClass): Event => ({ ...about, ...nothing, resourceClass }),
    );
    const answer = answerOf(decided('placement.InventoriesReplacementRequested', events, 'refused'), context);
    expect(answer).toMatchObject({
      statusCode: 409,
      code: 'placement.inventory.inuse',
      message: `update conflict: Inventory for 'VCPU, DISK_GB, CUSTOM_A' on resource provider '${provider}' in use.`,
    });
  });

  test('providers: what is in use or has children stays, with a code of its own', () => {
    const type = 'placement.ProviderDeletionRequested';
    expect(refusal(type, 'provider-in-use').slice(0, 2)).toEqual([409, 'placement.resource_provider.inuse']);
    expect(refusal(type, 'provider-has-children')[1]).toBe('placement.resource_provider.cannot_delete_parent');
    expect(refusal(type, 'no-provider')).toEqual([
      404,
      undefinedCode,
      `No resource provider with uuid ${provider} found for delete`,
    ]);
    expect(refusal('placement.InventoriesReplacementRequested', 'provider-generation').slice(0, 2)).toEqual([
      409,
      concurrent,
    ]);
  });
});
