import type { Mistake } from '../../simulation/module.js';

export const placementMistakes: readonly Mistake[] = [
  {
    name: 'the consumers of a request are not counted together',
    of: 'shortageOf',
    find: 'const needed = asked.add(provider, resourceClass, amount);',
    replace: 'const needed = amount;',
  },
  {
    name: 'use does not fall when a consumer gives back',
    of: 'evolve',
    find: 'const givenBack = withUsage(state.providers, before, -1, event);',
    replace: 'const givenBack = state.providers;',
  },
  {
    name: 'traits that are set as they were raise the generation of their provider',
    of: 'replaceTraits',
    find: 'const generation = provider.generation + (same ? 0 : 1);',
    replace: 'const generation = provider.generation + 1;',
  },
  {
    name: 'aggregates are decided before the level that they came with',
    of: 'decide',
    find: 'level < traitsLevel ? beforeItsLevel : replaceAggregates(command, state)',
    replace: 'replaceAggregates(command, state)',
  },
  {
    name: 'a consumer that holds nothing any more stays in the rows',
    of: 'projectPlacement',
    find: "return { table: 'consumer', op: 'delete', uuid: storable(event.consumer) };",
    replace: 'return null;',
  },
];
