import type { Allocation, Amount, PlacementEvent, PlacementReason } from '@holdfast/events/placement/messages';
import { type Refusal, refusalIn } from '@holdfast/events/placement/refusals';
import { byAndWhy, nounOf } from '../audit/text.js';
import type { EventWords } from '../module.js';
import { placementCommands } from './commands.js';

/** What is said of providers, consumers and resource classes. All is pure. */

export const placementWords: EventWords<PlacementEvent> = {
  'placement.ProviderPut': ({ name, parent }, by) =>
    `provider ${name}${parent === null ? '' : ` under ${parent}`} written${byAndWhy(by)}`,
  'placement.ProviderDeleted': (_event, by) => `provider deleted${byAndWhy(by)}`,
  'placement.InventoriesSet': ({ inventories }, by) => {
    const all = inventories.map(({ resourceClass, total }) => ({ resourceClass, amount: total }));
    return `inventory set to ${amountsText(all)}${byAndWhy(by)}`;
  },
  'placement.ProviderAllocated': ({ consumer, resources }, by) =>
    `${amountsText(resources)} allocated to ${consumer}${resources.length === 0 ? ' any more' : ''}${byAndWhy(by)}`,
  'placement.ConsumerPut': ({ allocations }, by) => `${allocationsText(allocations)} allocated${byAndWhy(by)}`,
  'placement.ConsumerDeleted': (_event, by) => `all that was allocated released${byAndWhy(by)}`,
  'placement.ResourceClassCreated': ({ name }, by) => `resource class ${name} created${byAndWhy(by)}`,
  'placement.ResourceClassRenamed': ({ name, newName }, by) =>
    `resource class ${name} renamed to ${newName}${byAndWhy(by)}`,
  'placement.ResourceClassDeleted': ({ name }, by) => `resource class ${name} deleted${byAndWhy(by)}`,
  'placement.AggregatesSet': ({ aggregates }, by) => `aggregates set to ${namesText(aggregates)}${byAndWhy(by)}`,
  'placement.TraitsSet': ({ traits }, by) => `traits set to ${namesText(traits)}${byAndWhy(by)}`,
  'placement.TraitCreated': ({ name }, by) => `trait ${name} created${byAndWhy(by)}`,
  'placement.TraitDeleted': ({ name }, by) => `trait ${name} deleted${byAndWhy(by)}`,
  'placement.RequestRefused': (event, by) =>
    `${nounOf(placementCommands, by.command)} refused, as ${refusalText(refusalIn(event))}; asked${byAndWhy(by)}`,
};

function namesText(names: readonly string[]): string {
  return names.length === 0 ? 'none' : listed(names);
}

/** `3 VCPU and 1 CUSTOM_TAPE`. */
export function amountsText(resources: readonly Amount[]): string {
  if (resources.length === 0) return 'nothing';
  const all = resources.map(({ resourceClass, amount }) => `${amount} ${resourceClass}`);
  return listed(all);
}

/** `3 VCPU and 1 CUSTOM_TAPE of <provider>`. */
export function allocationsText(allocations: readonly Allocation[]): string {
  return listed(allocations.map(({ provider, resources }) => `${amountsText(resources)} of ${provider}`));
}

function listed(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;
}

/** A reason that has no words goes by its name: a later version wrote it. */
function refusalText(refusal: Refusal): string {
  const say = refusals[refusal.reason] as ((refusal: Refusal) => string) | undefined;
  return say === undefined ? refusal.reason : say(refusal);
}

/** `VCPU on <provider>`. */
function both({ resourceClass, provider }: { resourceClass: string; provider: string }): string {
  return `${resourceClass} on ${provider}`;
}

function expected({ generation, stated }: { generation: number | null; stated: number | null }): string {
  return `generation is ${generation ?? 'none'}, and ${stated ?? 'none'} was expected`;
}

const refusals: { readonly [Reason in PlacementReason]: (refusal: Refusal<Reason>) => string } = {
  'no-provider': ({ provider }) => `there is no provider ${provider}`,
  'no-parent': ({ parent }) => `there is no parent ${parent}`,
  'provider-exists': () => 'the provider exists already',
  'provider-name-taken': () => 'another provider has that name',
  'provider-may-not-move': () => 'the provider has a parent, and may not get another',
  'provider-would-loop': () => 'the provider would be under itself',
  'provider-in-use': () => 'the provider is in use',
  'provider-has-children': () => 'the provider has children',
  'provider-generation': (refusal) => `the provider's ${expected(refusal)}`,
  'no-class': ({ resourceClass }) => `there is no resource class ${resourceClass}`,
  'class-exists': () => 'the resource class exists already',
  'class-is-standard': () => 'the resource class is a standard one',
  'class-in-use': () => 'the resource class is in use',
  'inventory-exists': (refusal) => `there is an inventory of ${both(refusal)} already`,
  'no-inventory': (refusal) => `there is no inventory of ${both(refusal)}`,
  'inventory-in-use': (refusal) => `${both(refusal)} is in use`,
  'outside-constraints': (refusal) => `${both(refusal)} would be outside its units`,
  'over-capacity': (refusal) => `${both(refusal)} would exceed its capacity`,
  'consumer-generation': (refusal) => `the consumer's ${expected(refusal)}`,
  'no-allocations': () => 'nothing is allocated',
  'no-trait': ({ traits }) => `there is no trait ${listed(traits)}`,
  'trait-is-standard': () => 'the trait is a standard one',
  'trait-in-use': () => 'a provider has the trait',
};
