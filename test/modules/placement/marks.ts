import type { PlacementEvent, PlacementReason } from '@holdfast/events/placement/messages';
import { standardTraits } from '@holdfast/events/placement/standard-traits';
import type { TraitCommand } from '@holdfast/events/placement/traits';
import type { Decided } from '../../model/module.js';
import type { PlacementView } from './view.js';

/*
 * The rules of aggregates and traits, told a second time. They begin at level 3; before that nothing is written of
 * them, not even a refusal.
 */

export function decideMarks(view: PlacementView, command: TraitCommand, level: number): Decided {
  if (level < 3) return { events: [], refused: true, total: 1, reason: 'log-level' };
  if ('provider' in command) return mark(view, command);
  const { name, type } = command;
  const [standard, there] = [standardTraits.includes(name), view.traits.has(name)];
  if (type === 'placement.TraitCreationRequested') {
    return accepted(standard || there ? [] : [{ type: 'placement.TraitCreated', name }]);
  }
  if (standard) return refused('trait', name, 'trait-is-standard');
  if (!there) return refused('trait', name, 'no-trait');
  for (const { traits } of view.providers.values()) {
    for (const each of traits) if (each === name) return refused('trait', name, 'trait-in-use');
  }
  return accepted([{ type: 'placement.TraitDeleted', name }]);
}

function mark(view: PlacementView, command: Extract<TraitCommand, { provider: string }>): Decided {
  const { provider: id, generation: stated } = command;
  const known = view.providers.get(id);
  const about = { provider: id };
  if (known === undefined) return refused('provider', id, 'no-provider', about);
  const { generation } = known;
  if (stated !== null && stated !== generation) {
    return refused('provider', id, 'provider-generation', { ...about, generation, stated });
  }
  if (command.type === 'placement.AggregatesReplacementRequested') {
    const { aggregates } = command;
    const next = stated === null ? generation : stated + 1;
    return accepted([{ type: 'placement.AggregatesSet', provider: id, generation: next, aggregates }]);
  }
  const { traits } = command;
  const strange = traits.filter((name) => !view.traits.has(name) && !standardTraits.includes(name));
  if (strange.length > 0) return refused('provider', id, 'no-trait', { ...about, traits: strange });
  const isOther = JSON.stringify([...traits].sort()) !== JSON.stringify([...known.traits].sort());
  const next = isOther ? generation + 1 : generation;
  return accepted([{ type: 'placement.TraitsSet', provider: id, generation: next, traits }]);
}

function accepted(events: PlacementEvent[]): Decided {
  return { events, refused: false, total: 1, reason: null };
}

function refused(kind: 'provider' | 'trait', id: string, reason: PlacementReason, about: object = {}): Decided {
  const nothing = { provider: null, resourceClass: null, generation: null, stated: null, traits: [] };
  const event = { type: 'placement.RequestRefused', subject: { kind, id }, reason, ...nothing, ...about } as const;
  return { events: [event], refused: true, total: 1, reason };
}
