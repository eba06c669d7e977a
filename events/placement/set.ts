import { creates, type MessageSet, nothingGiven, on, type Place } from '../module.js';
import type { PlacementCommand, PlacementEvent, PlacementRequestRefused } from './messages.js';
import { placementSamples } from './samples.js';
import { placementShown } from './shown.js';

const provider = on('provider', (event: { provider: string }) => event.provider);
const consumer = on('consumer', (event: { consumer: string }) => event.consumer);
const resourceClass = on('class', ({ name }: { name: string }) => name);
const trait = on('trait', ({ name }: { name: string }) => name);
const refused: Place<PlacementRequestRefused> = {
  key: ({ subject }) => subject.id,
  resource: ({ subject }) => subject,
  creates: false,
};

export const placementSet = {
  name: 'placement',
  since: 1,
  samples: placementSamples,
  places: {
    'placement.ProviderPut': creates(provider),
    'placement.ProviderDeleted': provider,
    'placement.InventoriesSet': provider,
    // Its consumer has an event of its own.
    'placement.ProviderAllocated': provider,
    'placement.ConsumerPut': creates(consumer),
    'placement.ConsumerDeleted': consumer,
    'placement.ResourceClassCreated': resourceClass,
    'placement.ResourceClassRenamed': resourceClass,
    'placement.ResourceClassDeleted': resourceClass,
    'placement.AggregatesSet': provider,
    'placement.TraitsSet': provider,
    'placement.TraitCreated': trait,
    'placement.TraitDeleted': trait,
    'placement.RequestRefused': refused,
  },
  shown: placementShown,
  levels: {
    'placement.AggregatesReplacementRequested.v1': 3,
    'placement.AggregatesSet.v1': 3,
    'placement.RequestRefused.v2': 3,
    'placement.TraitCreated.v1': 3,
    'placement.TraitCreationRequested.v1': 3,
    'placement.TraitDeleted.v1': 3,
    'placement.TraitDeletionRequested.v1': 3,
    'placement.TraitsReplacementRequested.v1': 3,
    'placement.TraitsSet.v1': 3,
  },
  upcasters: {},
  given: nothingGiven,
} as const satisfies MessageSet<PlacementCommand, PlacementEvent>;
