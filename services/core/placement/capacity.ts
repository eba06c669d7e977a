import type { Amount, ConsumerRequest } from '@holdfast/events/placement/messages';
import type { Refusal } from '@holdfast/events/placement/refusals';
import type { Consumer, PlacementState } from './state.js';

/**
 * Whether there is room for what consumers ask for, given that all that they held before is given back first.
 *
 * An oversold provider (its inventory shrank) may keep consumers, move them and let them shrink: over capacity is
 * allowed where the provider's use of the class comes to no more than it was before the request.
 */

/** The allocation that cannot be, and why. */
export type Shortage = Refusal<'no-inventory' | 'outside-constraints' | 'over-capacity'>;

/** The first thing that stands against the requests, or null. Every provider and class in them exists. */
export function shortageOf(requests: readonly ConsumerRequest[], state: PlacementState): Shortage | null {
  const missing = providerWithout(requests, state);
  if (missing !== null) return missing;
  const given = givenBack(requests, state);
  const asked = new Tally();
  for (const { consumer, allocations } of requests) {
    for (const { provider, resources } of allocations) {
      for (const { resourceClass, amount } of resources) {
        const needed = asked.add(provider, resourceClass, amount);
        const reason = whyNot(state, given, provider, { resourceClass, amount }, needed);
        if (reason !== null) return { subject: { kind: 'consumer', id: consumer }, reason, provider, resourceClass };
      }
    }
  }
  return null;
}

/** `needed` is what the requests come to so far, `amount` included. */
function whyNot(
  { providers }: PlacementState,
  given: Tally,
  provider: string,
  { resourceClass, amount }: Amount,
  needed: number,
): Shortage['reason'] | null {
  const { inventories, usage } = providers.get(provider)!;
  const inventory = inventories.get(resourceClass);
  if (inventory === undefined) return 'no-inventory';
  const { minUnit, maxUnit, stepSize, total, reserved, allocationRatio } = inventory;
  if (amount < minUnit || amount > maxUnit || amount % stepSize !== 0) return 'outside-constraints';
  const before = usage.get(resourceClass) ?? 0;
  const after = before - given.of(provider, resourceClass) + needed;
  return after > (total - reserved) * allocationRatio && after > before ? 'over-capacity' : null;
}

/** A provider that has no inventory of any class that is asked for, of whomever: looked for before everything else. */
function providerWithout(requests: readonly ConsumerRequest[], { providers }: PlacementState): Shortage | null {
  const asked = requests.flatMap(({ consumer, allocations }) => allocations.map((each) => ({ consumer, ...each })));
  const classes = new Set(asked.flatMap(({ resources }) => resources.map(({ resourceClass }) => resourceClass)));
  for (const { consumer, provider, resources } of asked) {
    const first = resources[0];
    if (first === undefined || [...providers.get(provider)!.inventories.keys()].some((each) => classes.has(each))) {
      continue;
    }
    const { resourceClass } = first;
    return { subject: { kind: 'consumer', id: consumer }, reason: 'no-inventory', provider, resourceClass };
  }
  return null;
}

function givenBack(requests: readonly ConsumerRequest[], { consumers }: PlacementState): Tally {
  const given = new Tally();
  for (const { consumer } of requests) addAll(given, consumers.get(consumer));
  return given;
}

function addAll(tally: Tally, consumer: Consumer | undefined): void {
  for (const { provider, resources } of consumer?.allocations ?? []) {
    for (const { resourceClass, amount } of resources) tally.add(provider, resourceClass, amount);
  }
}

/** Amounts by provider and class. */
class Tally {
  #amounts = new Map<string, number>();

  /** Gives the sum. */
  add(provider: string, resourceClass: string, amount: number): number {
    const sum = this.of(provider, resourceClass) + amount;
    this.#amounts.set(`${provider} ${resourceClass}`, sum);
    return sum;
  }

  of(provider: string, resourceClass: string): number {
    return this.#amounts.get(`${provider} ${resourceClass}`) ?? 0;
  }
}
