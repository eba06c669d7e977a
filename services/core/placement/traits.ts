import type { PlacementEvent, PlacementReason } from '@holdfast/events/placement/messages';
import { isStandardTrait } from '@holdfast/events/placement/standard-traits';
import type {
  AggregatesReplacementRequested,
  TraitCreationRequested,
  TraitDeletionRequested,
  TraitsReplacementRequested,
} from '@holdfast/events/placement/traits';
import type { Decision } from '../decider.js';
import { type About, accepted, refusal, refused } from './outcome.js';
import { isTrait, type PlacementState, type Provider } from './state.js';

/** Any UUID may be an aggregate. A generation that is stated rises also where nothing changes, as it does in the real one. */
export function replaceAggregates(
  { provider: id, generation: stated, aggregates }: AggregatesReplacementRequested,
  { providers }: PlacementState,
): Decision<PlacementEvent> {
  const provider = providers.get(id);
  if (provider === undefined) return refuse(id, 'no-provider');
  if (stated !== null && stated !== provider.generation) return stale(provider, stated);
  const generation = provider.generation + (stated === null ? 0 : 1);
  return accepted([{ type: 'placement.AggregatesSet', provider: id, generation, aggregates }]);
}

/** The generation rises only where other traits are set than there were. */
export function replaceTraits(
  { provider: id, generation: stated, traits }: TraitsReplacementRequested,
  state: PlacementState,
  level: number,
): Decision<PlacementEvent> {
  const provider = state.providers.get(id);
  if (provider === undefined) return refuse(id, 'no-provider');
  if (stated !== null && stated !== provider.generation) return stale(provider, stated);
  const unknown = traits.filter((name) => !isTrait(state, name, level));
  if (unknown.length > 0) return refuse(id, 'no-trait', { traits: unknown });
  const before = new Set(provider.traits);
  const same = before.size === traits.length && traits.every((name) => before.has(name));
  const generation = provider.generation + (same ? 0 : 1);
  return accepted([{ type: 'placement.TraitsSet', provider: id, generation, traits }]);
}

export function createTrait(
  { name }: TraitCreationRequested,
  state: PlacementState,
  level: number,
): Decision<PlacementEvent> {
  return accepted(isTrait(state, name, level) ? [] : [{ type: 'placement.TraitCreated', name }]);
}

/** Whether a provider has it is looked for among all of them, as this is rare. */
export function deleteTrait(
  { name }: TraitDeletionRequested,
  state: PlacementState,
  level: number,
): Decision<PlacementEvent> {
  const about = (reason: PlacementReason) => refused(refusal({ kind: 'trait', id: name }, reason));
  if (!isTrait(state, name, level)) return about('no-trait');
  if (isStandardTrait(name, level)) return about('trait-is-standard');
  if (state.providers.values().some(({ traits }) => traits.includes(name))) return about('trait-in-use');
  return accepted([{ type: 'placement.TraitDeleted', name }]);
}

function stale({ id, generation }: Provider, stated: number): Decision<PlacementEvent> {
  return refuse(id, 'provider-generation', { generation, stated });
}

function refuse(id: string, reason: PlacementReason, about: About = {}): Decision<PlacementEvent> {
  return refused(refusal({ kind: 'provider', id }, reason, { provider: id, ...about }));
}
