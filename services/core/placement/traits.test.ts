import type { PlacementCommand } from '@holdfast/events/placement/messages';
import { standardTraits } from '@holdfast/events/placement/standard-traits';
import { expect, test } from 'vitest';
import { after, decider, done, given, provider, refusedFor, when } from './scenario.js';

const group = (generation: number | null, ...aggregates: string[]): PlacementCommand => {
  return { type: 'placement.AggregatesReplacementRequested', provider: 'P', generation, aggregates };
};
const mark = (generation: number | null, ...traits: string[]): PlacementCommand => {
  return { type: 'placement.TraitsReplacementRequested', provider: 'P', generation, traits };
};
const create = (name: string): PlacementCommand => ({ type: 'placement.TraitCreationRequested', name });
const remove = (name: string): PlacementCommand => ({ type: 'placement.TraitDeletionRequested', name });
const bare = given(provider('P'), { type: 'placement.TraitCreated', name: 'CUSTOM_A' });
const generationOf = (state: typeof bare) => state.providers.get('P')!.generation;

test('aggregates raise a generation that was stated, also where nothing changes, and no other', () => {
  const set = (generation: number) => ({
    type: 'placement.AggregatesSet',
    provider: 'P',
    generation,
    aggregates: ['A'],
  });
  expect(when(bare, group(0, 'A')).events).toEqual([set(1)]);
  expect(when(done(bare, group(0, 'A')), group(1, 'A')).events).toEqual([set(2)]);
  expect(when(bare, group(null, 'A')).events).toEqual([set(0)]);
});

test('traits raise the generation where they are others, in any order, and are told where they are not', () => {
  const one = done(bare, mark(0, 'CUSTOM_A', 'HW_CPU_X86_AVX'));
  expect(generationOf(one)).toBe(1);
  const same = when(one, mark(1, 'HW_CPU_X86_AVX', 'CUSTOM_A')).events;
  expect(same).toMatchObject([{ type: 'placement.TraitsSet', generation: 1 }]);
  expect(generationOf(done(one, mark(1, 'CUSTOM_A')))).toBe(2);
  expect(generationOf(done(one, mark(null)))).toBe(2);
});

test('what there is not is named, all of it, once the generation is right', () => {
  const subject = { kind: 'provider', id: 'P' } as const;
  const unknown = refusedFor(subject, 'no-trait', { provider: 'P', traits: ['CUSTOM_B', 'NONE'] });
  expect(when(bare, mark(0, 'CUSTOM_B', 'CUSTOM_A', 'NONE'))).toEqual(unknown);
  expect(when(bare, mark(1, 'NONE')).reason).toBe('provider-generation');
});

test('with a provider goes what it was marked with: it comes again without, and its trait may go', () => {
  const marked = done(bare, group(0, 'A'), mark(1, 'CUSTOM_A'));
  expect(when(marked, remove('CUSTOM_A')).reason).toBe('trait-in-use');
  const gone = done(marked, { type: 'placement.ProviderDeletionRequested', provider: 'P' });
  expect(when(gone, remove('CUSTOM_A')).reason).toBeUndefined();
  expect(after(gone, provider('P')).providers.get('P')).toMatchObject({ aggregates: [], traits: [], generation: 0 });
});

test('a provider that is renamed or moved keeps its marks', () => {
  const marked = done(bare, group(0, 'A'), mark(1, 'CUSTOM_A'));
  const renamed = {
    type: 'placement.ProviderUpdateRequested',
    provider: 'P',
    name: 'new',
    parent: null,
    mayMove: true,
  } as const;
  const { aggregates, traits, name } = done(marked, renamed).providers.get('P')!;
  expect({ aggregates, traits, name }).toEqual({ aggregates: ['A'], traits: ['CUSTOM_A'], name: 'new' });
});

test('there are standard traits, each once, none of them custom, and of a length that a request may name', () => {
  expect(standardTraits).toContain('MISC_SHARES_VIA_AGGREGATE');
  expect(new Set(standardTraits).size).toBe(standardTraits.length);
  expect(standardTraits.filter((name) => name.startsWith('CUSTOM_') || !/^[A-Z0-9_]{1,255}$/.test(name))).toEqual([]);
});

test.each([
  ['aggregates', group(0, 'A')],
  ['traits', mark(0, 'HW_CPU_X86_AVX')],
  ['a new trait', create('CUSTOM_B')],
  ['a trait less', remove('CUSTOM_A')],
])('before level 3 %s are refused without an event, which no earlier version could read', (_, command) => {
  const at = (level: number) => decider.decide(command, bare, { now: 0, commandId: 'c', commandPosition: 1, level });
  const refused = { events: [], status: 'refused', total: 1, reason: 'log-level' };
  expect([at(1), at(2)]).toEqual([refused, refused]);
  expect(at(3)).toMatchObject({ status: 'accepted' });
});
