import type {
  Allocation,
  AllocationsDeletionRequested,
  AllocationsReplacementRequested,
  ConsumerRequest,
  PlacementEvent,
} from '@holdfast/events/placement/messages';
import type { Refusal } from '@holdfast/events/placement/refusals';
import { shortageOf } from './capacity.js';
import { accepted, type DecisionOn, refused } from './decision.js';
import { type Consumer, isClass, type PlacementState } from './state.js';

/** All consumers or none. Each gets what it asks for instead of all that it held. */
export function replaceAllocations(
  { consumers: requests }: AllocationsReplacementRequested,
  state: PlacementState,
): DecisionOn<'placement.AllocationsReplacementRequested'> {
  const whyNot =
    staleConsumer(requests, state) ??
    unknownProvider(requests, state) ??
    unknownClass(requests, state) ??
    shortageOf(requests, state);
  if (whyNot !== null) return refused(whyNot, requests.length);
  const raised = raisedBy(requests, state);
  const generationOf = (provider: string) => generationIn(state, provider) + (raised.has(provider) ? 1 : 0);
  return accepted(
    requests.flatMap((request) => replace(request, state.consumers.get(request.consumer), generationOf)),
    requests.length,
  );
}

/** Raises no generation, and looks at none. */
export function deleteAllocations(
  { consumer: id }: AllocationsDeletionRequested,
  state: PlacementState,
): DecisionOn<'placement.AllocationsDeletionRequested'> {
  const consumer = state.consumers.get(id);
  if (consumer === undefined) return refused({ subject: { kind: 'consumer', id }, reason: 'no-allocations' });
  return accepted(release(consumer, (provider) => generationIn(state, provider)));
}

function staleConsumer(
  requests: readonly ConsumerRequest[],
  { consumers }: PlacementState,
): Refusal<'consumer-generation'> | null {
  for (const { consumer: id, generation: claimed } of requests) {
    const generation = consumers.get(id)?.generation ?? null;
    if (claimed === null || claimed.expected === generation) continue;
    const subject = { kind: 'consumer', id } as const;
    return { subject, reason: 'consumer-generation', generation, stated: claimed.expected };
  }
  return null;
}

function unknownProvider(
  requests: readonly ConsumerRequest[],
  { providers }: PlacementState,
): Refusal<'no-provider'> | null {
  for (const { consumer: id, allocations } of requests) {
    const unknown = allocations.find(({ provider }) => !providers.has(provider));
    if (unknown === undefined) continue;
    return { subject: { kind: 'consumer', id }, reason: 'no-provider', provider: unknown.provider };
  }
  return null;
}

function unknownClass(requests: readonly ConsumerRequest[], state: PlacementState): Refusal<'no-class'> | null {
  for (const { consumer: id, allocations } of requests) {
    for (const { provider, resources } of allocations) {
      const unknown = resources.find(({ resourceClass }) => !isClass(state, resourceClass));
      if (unknown === undefined) continue;
      const { resourceClass } = unknown;
      return { subject: { kind: 'consumer', id }, reason: 'no-class', resourceClass, provider };
    }
  }
  return null;
}

/**
 * The providers whose generation the request raises, by one each, however many consumers name them: those that are
 * allocated from, and those of a consumer that asks for nothing. One that a consumer merely moves away from keeps its
 * own.
 */
function raisedBy(requests: readonly ConsumerRequest[], { consumers }: PlacementState): ReadonlySet<string> {
  const named = requests.flatMap(({ consumer, allocations }) =>
    allocations.length > 0 ? allocations : (consumers.get(consumer)?.allocations ?? []),
  );
  return new Set(named.map(({ provider }) => provider));
}

function replace(
  request: ConsumerRequest,
  before: Consumer | undefined,
  generationOf: (provider: string) => number,
): PlacementEvent[] {
  const { consumer, projectId, userId, allocations } = request;
  if (allocations.length === 0) return before === undefined ? [] : release(before, generationOf);
  const kept = new Set(allocations.map(({ provider }) => provider));
  const left = (before?.allocations ?? []).filter(({ provider }) => !kept.has(provider));
  const released = left.map(({ provider }) => ({ provider, resources: [] }));
  return [
    ...[...allocations, ...released].map((each) => allocated(consumer, each, generationOf)),
    {
      type: 'placement.ConsumerPut',
      consumer,
      generation: (before?.generation ?? 0) + 1,
      projectId,
      userId,
      consumerType: request.consumerType ?? before?.consumerType ?? null,
      allocations,
    },
  ];
}

/** The consumer ceases to exist, so that it is a new one when it comes again. */
function release({ id, allocations }: Consumer, generationOf: (provider: string) => number): PlacementEvent[] {
  return [
    ...allocations.map(({ provider }) => allocated(id, { provider, resources: [] }, generationOf)),
    { type: 'placement.ConsumerDeleted', consumer: id },
  ];
}

function allocated(
  consumer: string,
  { provider, resources }: Allocation,
  generationOf: (provider: string) => number,
): PlacementEvent {
  return { type: 'placement.ProviderAllocated', provider, generation: generationOf(provider), consumer, resources };
}

function generationIn({ providers }: PlacementState, provider: string): number {
  return providers.get(provider)!.generation;
}
