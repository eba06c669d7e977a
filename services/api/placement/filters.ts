import type { HolderFilters, ResourceParameter } from '../audit/module.js';

/** By what the audit can be filtered, for its document and for the command line. */

export const placementResource: Omit<ResourceParameter, 'idOf'> = {
  parameter: 'uuid',
  label: 'UUID',
  description: 'Only events on this provider or consumer',
  nouns: ['provider', 'consumer', 'resource class'],
  option: { flags: '--uuid <uuid>', description: 'only what happens to this provider or consumer' },
};

export const placementHolderFilters: HolderFilters = {
  things: [],
  ways: [
    {
      name: 'provider',
      description: 'Consumers that have anything of this provider',
      option: { flags: '--provider <uuid>', description: 'only what is allocated of this provider' },
    },
    {
      name: 'resourceClass',
      description: 'Consumers that have anything of this class, and of the provider, where one is given',
      option: { flags: '--class <name>', description: 'only what is allocated of this resource class' },
    },
    {
      name: 'project',
      description: 'Consumers of this project',
      option: { flags: '--project <id>', description: 'only what consumers of this project have' },
    },
  ],
};
