import type { Event } from '@holdfast/events';
import type { Inventory } from '@holdfast/events/placement/messages';
import type { Group } from '@holdfast/log';
import { claim, sameJson } from '../../model/claim.js';

type Holdings = Map<string, Map<string, number>>;

/**
 * Read off the events alone: no group brings the use of a class of a provider above its capacity, unless it was above
 * already and does not rise; and what providers say of their consumers is what the consumers say.
 */
export function capacityHolds(groups: readonly Group[]): void {
  const ledger = new Ledger();
  for (const { events, stamp } of groups) {
    const has = (type: Event['type']) => events.some(({ event }) => event.type === type);
    const before = ledger.used();
    for (const { event } of events) ledger.note(event);
    // A renaming changes what a class is called, not its use.
    if (!has('placement.ProviderAllocated') || has('placement.ResourceClassRenamed')) continue;
    const about = { command: stamp.commandPosition };
    claim(ledger.agrees(), () => `providers and consumers disagree: ${ledger.told()}`, about);
    for (const [what, used] of ledger.used()) {
      const capacity = ledger.capacityOf(what);
      const allowed = used <= capacity || used <= (before.get(what) ?? 0);
      claim(allowed, `${used} of ${what} are in use, of ${capacity}`, about);
    }
  }
  claim(ledger.agrees(), () => `providers and consumers disagree at the end: ${ledger.told()}`);
}

class Ledger {
  #inventories = new Map<string, Inventory[]>();
  /** Amounts by `class of provider`, of each consumer. */
  #byProviders: Holdings = new Map();
  #byConsumers: Holdings = new Map();

  note(event: Event): void {
    switch (event.type) {
      case 'placement.InventoriesSet':
        this.#inventories.set(event.provider, event.inventories);
        break;
      case 'placement.ProviderAllocated': {
        const held = this.#byProviders.get(event.consumer) ?? new Map<string, number>();
        for (const what of [...held.keys()]) if (what.endsWith(` of ${event.provider}`)) held.delete(what);
        for (const { resourceClass, amount } of event.resources)
          held.set(`${resourceClass} of ${event.provider}`, amount);
        this.#byProviders.set(event.consumer, held);
        if (held.size === 0) this.#byProviders.delete(event.consumer);
        break;
      }
      case 'placement.ConsumerPut': {
        const held = event.allocations.flatMap(({ provider, resources }) =>
          resources.map(({ resourceClass, amount }) => [`${resourceClass} of ${provider}`, amount] as const),
        );
        this.#byConsumers.set(event.consumer, new Map(held));
        break;
      }
      case 'placement.ConsumerDeleted':
        this.#byConsumers.delete(event.consumer);
    }
  }

  used(): Map<string, number> {
    const sums = new Map<string, number>();
    for (const held of this.#byProviders.values()) {
      for (const [what, amount] of held) sums.set(what, (sums.get(what) ?? 0) + amount);
    }
    return sums;
  }

  capacityOf(what: string): number {
    const [resourceClass, provider] = what.split(' of ') as [string, string];
    const inventory = this.#inventories.get(provider)?.find((each) => each.resourceClass === resourceClass);
    return inventory === undefined ? 0 : (inventory.total - inventory.reserved) * inventory.allocationRatio;
  }

  agrees(): boolean {
    return sameJson(inOrder(this.#byProviders), inOrder(this.#byConsumers));
  }

  told(): string {
    return `${JSON.stringify(inOrder(this.#byProviders))} and ${JSON.stringify(inOrder(this.#byConsumers))}`;
  }
}

function inOrder(holdings: Holdings): unknown {
  return [...holdings].sort(([a], [b]) => (a < b ? -1 : 1)).map(([consumer, held]) => [consumer, [...held].sort()]);
}
