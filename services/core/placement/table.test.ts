import type { PlacementCommand, PlacementEvent, PlacementReason } from '@holdfast/events/placement/messages';
import { describe, expect, test } from 'vitest';
import { after, ask, done, given, inventories, inventory, of, provider, release, replace, when } from './scenario.js';
import type { PlacementState } from './state.js';

/** A reason, or the events that follow, without the module's name. */
type Expectation = PlacementReason | readonly string[];
/** An operation, and its outcome in each state, in the order of the states. */
type Row = readonly [name: string, command: PlacementCommand, ...outcomes: Expectation[]];

const [put, deleted, set, none] = [['ProviderPut'], ['ProviderDeleted'], ['InventoriesSet'], []] as const;
const [together, marked] = [['AggregatesSet'], ['TraitsSet']] as const;

/** Every state of a provider P, beside another, Q. */
const held = given(provider('Q'), provider('P'), inventories('P', -1, inventory('VCPU', 4)));
const providerStates: Record<string, PlacementState> = {
  unknown: given(provider('Q')),
  bare: given(provider('Q'), provider('P')),
  'below Q': given(provider('Q'), provider('P', { parent: 'Q' })),
  'above Q': given(provider('P'), provider('Q', { parent: 'P' })),
  'with VCPU': given(provider('Q'), provider('P'), inventories('P', 0, inventory('VCPU', 4))),
  'with VCPU in use': done(held, replace(ask('C', [of('P', { VCPU: 4 })]))),
};

const create = (name: string, parent: string | null = null): PlacementCommand => {
  return { type: 'placement.ProviderCreationRequested', provider: 'P', name, parent };
};
const update = (name: string): PlacementCommand => {
  return { type: 'placement.ProviderUpdateRequested', provider: 'P', name, parent: null, mayMove: false };
};
const move = (to: string | null, mayMove: boolean): PlacementCommand => {
  return { type: 'placement.ProviderUpdateRequested', provider: 'P', name: 'new', parent: { provider: to }, mayMove };
};
const replaceBy = (generation: number, ...classes: string[]): PlacementCommand => {
  const all = classes.map((name) => inventory(name, 1));
  return { type: 'placement.InventoriesReplacementRequested', provider: 'P', generation, inventories: all };
};
const add = (name: string): PlacementCommand => {
  return { type: 'placement.InventoryCreationRequested', provider: 'P', inventory: inventory(name, 1) };
};
const change = (generation: number, name: string): PlacementCommand => {
  return { type: 'placement.InventoryUpdateRequested', provider: 'P', generation, inventory: inventory(name, 1) };
};
const drop = (resourceClass: string | null): PlacementCommand => {
  return { type: 'placement.InventoryDeletionRequested', provider: 'P', resourceClass };
};
const remove: PlacementCommand = { type: 'placement.ProviderDeletionRequested', provider: 'P' };

const group = (generation: number | null): PlacementCommand => {
  return { type: 'placement.AggregatesReplacementRequested', provider: 'P', generation, aggregates: ['A'] };
};
const mark = (generation: number | null, ...traits: string[]): PlacementCommand => {
  return { type: 'placement.TraitsReplacementRequested', provider: 'P', generation, traits };
};

const [no, twice, taken, loop] = [
  'no-provider',
  'provider-exists',
  'provider-name-taken',
  'provider-would-loop',
] as const;
const [orphan, stuck, stale] = ['no-parent', 'provider-may-not-move', 'provider-generation'] as const;
const [unknown, absent, used] = ['no-class', 'no-inventory', 'inventory-in-use'] as const;

// In order: unknown, bare, below Q, above Q, with VCPU, with VCPU in use.
const onProvider: Row[] = [
  ['creation', create('new'), put, twice, twice, twice, twice, twice],
  ['creation with the name of Q', create('name of Q'), taken, twice, twice, twice, twice, twice],
  ['creation below nothing', create('new', 'R'), orphan, orphan, orphan, orphan, orphan, orphan],
  ['creation below itself', create('new', 'P'), loop, loop, loop, loop, loop, loop],
  ['renaming', update('new'), no, put, put, put, put, put],
  ['renaming to what it is', update('name of P'), no, put, put, put, put, put],
  ['renaming as Q', update('name of Q'), no, taken, taken, taken, taken, taken],
  ['a move below Q', move('Q', true), no, put, put, loop, put, put],
  ['a first move below Q', move('Q', false), no, put, put, loop, put, put],
  ['a move below itself', move('P', true), no, loop, loop, loop, loop, loop],
  ['a first move below itself', move('P', false), no, loop, stuck, loop, loop, loop],
  ['a move below nothing', move('R', true), no, orphan, orphan, orphan, orphan, orphan],
  ['a move to the top', move(null, true), no, put, put, put, put, put],
  ['a first move to the top', move(null, false), no, put, stuck, put, put, put],
  ['deletion', remove, no, deleted, deleted, 'provider-has-children', deleted, 'provider-in-use'],
  ['all inventories', replaceBy(0, 'VCPU', 'DISK_GB'), no, set, set, set, set, set],
  ['all inventories, stale', replaceBy(7, 'NOTHING'), no, stale, stale, stale, stale, stale],
  ['all inventories, an unknown one', replaceBy(0, 'NOTHING'), no, unknown, unknown, unknown, unknown, unknown],
  ['all inventories, others', replaceBy(0, 'DISK_GB'), no, set, set, set, set, used],
  ['all inventories, none', replaceBy(0), no, set, set, set, set, used],
  ['a new VCPU', add('VCPU'), no, set, set, set, 'inventory-exists', 'inventory-exists'],
  ['a new DISK_GB', add('DISK_GB'), no, set, set, set, set, set],
  ['a new unknown one', add('NOTHING'), no, unknown, unknown, unknown, unknown, unknown],
  ['another VCPU', change(0, 'VCPU'), no, absent, absent, absent, set, set],
  ['another VCPU, stale', change(7, 'VCPU'), no, stale, stale, stale, stale, stale],
  ['another unknown one', change(0, 'NOTHING'), no, unknown, unknown, unknown, unknown, unknown],
  ['no more VCPU', drop('VCPU'), no, absent, absent, absent, set, used],
  ['no more of an unknown one', drop('NOTHING'), no, unknown, unknown, unknown, unknown, unknown],
  ['aggregates', group(0), no, together, together, together, together, together],
  ['aggregates, whatever the generation', group(null), no, together, together, together, together, together],
  ['aggregates, stale', group(7), no, stale, stale, stale, stale, stale],
  ['traits', mark(0, 'HW_CPU_X86_AVX'), no, marked, marked, marked, marked, marked],
  ['traits, whatever the generation', mark(null), no, marked, marked, marked, marked, marked],
  ['traits, stale', mark(7, 'NONE'), no, stale, stale, stale, stale, stale],
  ['traits, an unknown one', mark(0, 'NONE'), no, ...Array<Expectation>(5).fill('no-trait')],
  ['no more at all', drop(null), no, set, set, set, set, used],
];

/** Every state of a class CUSTOM_A, and last a standard one under the same commands. */
const custom = given({ type: 'placement.ResourceClassCreated', name: 'CUSTOM_A' });
const offered = after(custom, provider('P'), inventories('P', 1, inventory('CUSTOM_A', 4)));
const classStates: Record<string, PlacementState> = {
  unknown: given(),
  unused: custom,
  offered,
  'in use': done(offered, replace(ask('C', [of('P', { CUSTOM_A: 1 })]))),
};

const declare = (name: string, mayExist: boolean): PlacementCommand => {
  return { type: 'placement.ResourceClassCreationRequested', name, mayExist };
};
const rename = (name: string, newName: string): PlacementCommand => {
  return { type: 'placement.ResourceClassRenamingRequested', name, newName };
};
const forget = (name: string): PlacementCommand => ({ type: 'placement.ResourceClassDeletionRequested', name });

const [created, forgotten, renamed] = [
  ['ResourceClassCreated'],
  ['ResourceClassDeleted'],
  ['ResourceClassRenamed'],
] as const;
const renamedWhereOffered = [...renamed, ...set];
const renamedWhereHeld = [...renamedWhereOffered, 'ProviderAllocated', 'ConsumerPut'];
const [exists, standard, offeredStill] = ['class-exists', 'class-is-standard', 'class-in-use'] as const;

// In order: unknown, unused, offered, in use.
const onClass: Row[] = [
  ['creation', declare('CUSTOM_A', false), created, exists, exists, exists],
  ['creation if there is none', declare('CUSTOM_A', true), created, none, none, none],
  ['creation of a standard one', declare('VCPU', false), exists, exists, exists, exists],
  ['creation of a standard one if there is none', declare('VCPU', true), none, none, none, none],
  ['renaming', rename('CUSTOM_A', 'CUSTOM_B'), unknown, renamed, renamedWhereOffered, renamedWhereHeld],
  ['renaming to what it is', rename('CUSTOM_A', 'CUSTOM_A'), unknown, none, none, none],
  ['renaming to a standard one', rename('CUSTOM_A', 'VCPU'), unknown, exists, exists, exists],
  ['renaming of a standard one', rename('VCPU', 'CUSTOM_B'), standard, standard, standard, standard],
  ['deletion', forget('CUSTOM_A'), unknown, forgotten, offeredStill, offeredStill],
  ['deletion of a standard one', forget('VCPU'), standard, standard, standard, standard],
];

/** Every state of a consumer C that asks for all that P has. */
const empty = given(provider('P'), inventories('P', 1, inventory('VCPU', 4)));
const consumerStates: Record<string, PlacementState> = {
  unknown: empty,
  holding: done(empty, replace(ask('C', [of('P', { VCPU: 4 })]))),
  'unknown, all taken': done(empty, replace(ask('D', [of('P', { VCPU: 1 })]))),
};
const wants = (expected?: number | null): PlacementCommand => {
  return replace(ask('C', [of('P', { VCPU: 4 })], { generation: expected === undefined ? null : { expected } }));
};
const holds = ['ProviderAllocated', 'ConsumerPut'];
const lets = ['ProviderAllocated', 'ConsumerDeleted'];
const [seen, full, nobody] = ['consumer-generation', 'over-capacity', 'no-allocations'] as const;

// In order: unknown, holding, unknown with all taken.
const onConsumer: Row[] = [
  ['all', wants(), holds, holds, full],
  ['all, as a new one', wants(null), holds, seen, full],
  ['all, as at 1', wants(1), seen, holds, seen],
  ['all, as at 0', wants(0), seen, seen, seen],
  ['nothing', replace(ask('C', [])), none, lets, none],
  ['deletion', release('C'), nobody, lets, nobody],
];

/** Every state of a trait CUSTOM_T, and last a standard one under the same commands. */
const known = given({ type: 'placement.TraitCreated', name: 'CUSTOM_T' });
const traitStates: Record<string, PlacementState> = {
  unknown: given(),
  unused: known,
  'of a provider': done(after(known, provider('P')), mark(0, 'CUSTOM_T')),
};
const bring = (name: string): PlacementCommand => ({ type: 'placement.TraitCreationRequested', name });
const take = (name: string): PlacementCommand => ({ type: 'placement.TraitDeletionRequested', name });
const std = 'HW_CPU_X86_AVX';

// In order: unknown, unused, of a provider.
const onTrait: Row[] = [
  ['creation', bring('CUSTOM_T'), ['TraitCreated'], none, none],
  ['creation of a standard one', bring(std), none, none, none],
  ['deletion', take('CUSTOM_T'), 'no-trait', ['TraitDeleted'], 'trait-in-use'],
  ['deletion of a standard one', take(std), 'trait-is-standard', 'trait-is-standard', 'trait-is-standard'],
];

describe.each([
  ['provider', providerStates, onProvider],
  ['trait', traitStates, onTrait],
  ['class', classStates, onClass],
  ['consumer', consumerStates, onConsumer],
] as const)('of a %s', (_, states, table) => {
  const cases = table.flatMap(([name, command, ...outcomes]) =>
    Object.entries(states).map(([kind, state], n) => [name, kind, outcomes[n]!, command, state] as const),
  );

  test.each(cases)('%s where it is %s: %s', (_name, _kind, outcome, command, state) => {
    const { events, status, total, reason } = when(state, command);
    expect(total).toBe(1);
    const refused = typeof outcome === 'string';
    expect({ status, reason }).toEqual(
      refused ? { status: 'refused', reason: outcome } : { status: 'accepted', reason: undefined },
    );
    expect(events.map(withoutModule)).toEqual(refused ? ['RequestRefused'] : outcome);
    // What was decided can be folded.
    after(state, ...events);
  });

  test('every operation names an outcome for every state', () => {
    for (const [, , ...outcomes] of table) expect(outcomes).toHaveLength(Object.keys(states).length);
  });
});

function withoutModule({ type }: PlacementEvent): string {
  return type.slice('placement.'.length);
}
