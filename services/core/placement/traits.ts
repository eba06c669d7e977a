import type { PlacementResource } from '@holdfast/events/placement/messages';
import { isStandardTrait } from '@holdfast/events/placement/standard-traits';
import type {
  AggregatesReplacementRequested,
  TraitCreationRequested,
  TraitDeletionRequested,
  TraitsReplacementRequested,
} from '@holdfast/events/placement/traits';
import { accepted, type DecisionOn, type RefusedFor, refused } from './decision.js';
import { isTrait, type PlacementState, type Provider } from './state.js';

/**
 * Any UUID may be an aggregate. A generation that is stated rises also where nothing changes, as it does in the real
 * one.
 */
export function replaceAggregates(
  { provider: id, generation: stated, aggregates }: AggregatesReplacementRequested,
  { providers }: PlacementState,
): DecisionOn<'placement.AggregatesReplacementRequested'> {
  const provider = providers.get(id);
  if (provider === undefined) return noProvider(id);
  if (stated !== null && stated !== provider.generation) return stale(provider, stated);
  const generation = provider.generation + (stated === null ? 0 : 1);
  return accepted([{ type: 'placement.AggregatesSet', provider: id, generation, aggregates }]);
}

/** The generation rises only where other traits are set than there were. */
export function replaceTraits(
  { provider: id, generation: stated, traits }: TraitsReplacementRequested,
  state: PlacementState,
  level: number,
): DecisionOn<'placement.TraitsReplacementRequested'> {
  const provider = state.providers.get(id);
  if (provider === undefined) return noProvider(id);
  if (stated !== null && stated !== provider.generation) return stale(provider, stated);
  const unknown = traits.filter((name) => !isTrait(state, name, level));
  if (unknown.length > 0) return refused({ subject: named(id), reason: 'no-trait', traits: unknown });
  const before = new Set(provider.traits);
  const same = before.size === traits.length && traits.every((name) => before.has(name));
  const generation = provider.generation + (same ? 0 : 1);
  return accepted([{ type: 'placement.TraitsSet', provider: id, generation, traits }]);
}

export function createTrait(
  { name }: TraitCreationRequested,
  state: PlacementState,
  level: number,
): DecisionOn<'placement.TraitCreationRequested'> {
  return accepted(isTrait(state, name, level) ? [] : [{ type: 'placement.TraitCreated', name }]);
}

/** Whether a provider has it is looked for among all of them, as this is rare. */
export function deleteTrait(
  { name }: TraitDeletionRequested,
  state: PlacementState,
  level: number,
): DecisionOn<'placement.TraitDeletionRequested'> {
  const subject = { kind: 'trait', id: name } as const;
  if (!isTrait(state, name, level)) return refused({ subject, reason: 'no-trait', traits: [name] });
  if (isStandardTrait(name, level)) return refused({ subject, reason: 'trait-is-standard' });
  const used = state.providers.values().some(({ traits }) => traits.includes(name));
  if (used) return refused({ subject, reason: 'trait-in-use' });
  return accepted([{ type: 'placement.TraitDeleted', name }]);
}

function stale({ id, generation }: Provider, stated: number): RefusedFor<'provider-generation'> {
  return refused({ subject: named(id), reason: 'provider-generation', generation, stated });
}

function noProvider(id: string): RefusedFor<'no-provider'> {
  return refused({ subject: named(id), reason: 'no-provider', provider: id });
}

function named(id: string): PlacementResource {
  return { kind: 'provider', id };
}
