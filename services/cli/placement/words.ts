import type { Amount, Inventory } from '@holdfast/events/placement/messages';

/** `3 VCPU, 512 MEMORY_MB`. */
export function amountsText(resources: readonly Amount[]): string {
  return resources.map(({ resourceClass, amount }) => `${amount} ${resourceClass}`).join(', ');
}

/** What can be allocated of it at most. */
export function capacityText({
  total,
  reserved,
  allocationRatio,
}: Pick<Inventory, 'total' | 'reserved' | 'allocationRatio'>): string {
  return String(Math.floor((total - reserved) * allocationRatio));
}
