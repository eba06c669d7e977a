import type { HolderFilters, ResourceParameter } from '../audit/module.js';

/** By what the audit can be filtered, for its document and for the command line. */

export const crayResource: Omit<ResourceParameter, 'idOf'> = {
  parameter: 'xname',
  label: 'xname',
  description: 'Only events on this component',
  nouns: ['component'],
  option: { flags: '--xname <xname>', description: 'only what happens to this component' },
};

export const crayHolderFilters: HolderFilters = {
  things: [
    {
      name: 'role',
      description: 'Components of this role',
      option: { flags: '--role <role>', description: 'only components of this role' },
    },
    {
      name: 'group',
      description: 'Members of this group',
      option: { flags: '--group <name>', description: 'only members of this group' },
    },
  ],
  ways: [
    {
      name: 'kind',
      words: ['lock', 'reservation'],
      option: { flags: '--kind <lock|reservation>', description: 'only locks, or only reservations' },
    },
  ],
};
