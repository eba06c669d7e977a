import type { HolderFilters, ResourceParameter } from '@holdfast/api/audit/module';

/* By what the audit can be filtered, for its document and for the command line. */

export const exampleResource: Omit<ResourceParameter, 'idOf'> = {
  parameter: 'instrument',
  label: 'instrument',
  description: 'Only events on this instrument',
  nouns: ['instrument'],
  option: { flags: '--instrument <name>', description: 'only what happens to this instrument' },
};

export const exampleHolderFilters: HolderFilters = {
  things: [
    {
      name: 'series',
      description: 'Instruments whose names begin so',
      option: { flags: '--series <name>', description: 'only instruments whose names begin so' },
    },
  ],
  ways: [],
};
