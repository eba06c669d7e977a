import type { Event } from '@holdfast/events';
import type { Rebuilt } from '../../support/rows.js';

export const placementRebuilt: Rebuilt = {
  eventsOf,
  async shown({ present, modules }) {
    const rows = await present.placement.providers({});
    const past = await modules.placement.past({ ids: [] }, { time: Number.MAX_SAFE_INTEGER });
    const byId = <One extends { uuid: string }>(all: One[]) => all.sort((a, b) => (a.uuid < b.uuid ? -1 : 1));
    return {
      past: byId(past.providers),
      present: byId(rows).map(({ uuid, name, parent, generation }) => ({ uuid, name, parent, generation })),
    };
  },
};

/** A provider of four with an inventory, and what a consumer of five has of it, or has no more. */
function eventsOf(n: number): Event[] {
  if (n % 3 !== 0) return [];
  const [provider, consumer] = [`p${n % 4}`, `c${(n % 4) + 4 * (n % 5)}`];
  const units = { reserved: 0, minUnit: 1, maxUnit: 9, stepSize: 1, allocationRatio: 1.5 };
  const resources = n % 7 === 0 ? [] : [{ resourceClass: 'VCPU', amount: (n % 9) + 1 }];
  const held: Event =
    resources.length === 0
      ? { type: 'placement.ConsumerDeleted', consumer }
      : {
          type: 'placement.ConsumerPut',
          consumer,
          generation: n,
          projectId: 'red',
          userId: 'alice',
          consumerType: null,
          allocations: [{ provider, resources }],
        };
  return [
    { type: 'placement.ProviderPut', provider, name: provider, parent: null, generation: n },
    {
      type: 'placement.InventoriesSet',
      provider,
      generation: n,
      inventories: [{ resourceClass: 'VCPU', total: 90 + (n % 2), ...units }],
    },
    { type: 'placement.ProviderAllocated', provider, generation: n, consumer, resources },
    held,
  ];
}
