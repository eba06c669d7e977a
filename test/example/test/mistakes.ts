import type { Mistake } from '../../simulation/module.js';

export const exampleMistakes: readonly Mistake[] = [
  {
    name: 'an instrument that is claimed can be claimed again',
    of: 'exampleDecider',
    find: 'if (taken !== undefined)',
    replace: 'if (false)',
  },
  {
    name: 'a claim that was given back stays in the rows',
    of: 'projectClaim',
    find: "case 'example.Returned':",
    replace: "case 'example.Returned': return null;",
  },
];
