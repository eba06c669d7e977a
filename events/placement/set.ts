import { changes, creates, type EventSubject, type MessageSet, nothingGiven, on } from '../module.js';
import type { PlacementCommand, PlacementEvent, PlacementRequestRefused } from './messages.js';
import { placementSamples } from './samples.js';
import { placementShown } from './shown.js';

const provider = on('provider', (event: { provider: string }) => event.provider);
const consumer = on('consumer', (event: { consumer: string }) => event.consumer);
const resourceClass = on('class', ({ name }: { name: string }) => name);
const trait = on('trait', ({ name }: { name: string }) => name);
const refused: EventSubject<PlacementRequestRefused> = {
  key: ({ subject }) => subject.id,
  resource: ({ subject }) => subject,
};

export const placementSet = {
  name: 'placement',
  since: 1,
  samples: placementSamples,
  places: {
    'placement.ProviderPut': creates(provider),
    'placement.ProviderDeleted': changes(provider),
    'placement.InventoriesSet': changes(provider),
    // Its consumer has an event of its own.
    'placement.ProviderAllocated': changes(provider),
    'placement.ConsumerPut': creates(consumer),
    'placement.ConsumerDeleted': changes(consumer),
    'placement.ResourceClassCreated': changes(resourceClass),
    'placement.ResourceClassRenamed': changes(resourceClass),
    'placement.ResourceClassDeleted': changes(resourceClass),
    'placement.AggregatesSet': changes(provider),
    'placement.TraitsSet': changes(provider),
    'placement.TraitCreated': changes(trait),
    'placement.TraitDeleted': changes(trait),
    'placement.RequestRefused': changes(refused),
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
