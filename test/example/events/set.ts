import { changes, creates, type MessageSet, nothingGiven, on } from '@holdfast/events/module';
import type { ExampleCommand, ExampleEvent } from './messages.js';
import { exampleSamples } from './samples.js';

const instrument = on('instrument', (event: { instrument: string }) => event.instrument);
const claim = { instrument: 'shown', claim: 'shown' } as const;

export const exampleSet = {
  name: 'example',
  since: 5,
  samples: exampleSamples,
  places: {
    'example.Claimed': creates(instrument),
    'example.Returned': changes(instrument),
    'example.ClaimExpired': changes(instrument),
    'example.ClaimRefused': changes(instrument),
  },
  shown: {
    'example.Claimed': { ...claim, durationMs: 'shown', expiresAt: 'shown' },
    'example.Returned': claim,
    'example.ClaimExpired': claim,
    'example.ClaimRefused': { instrument: 'shown', reason: 'shown' },
  },
  levels: {},
  upcasters: {},
  given: nothingGiven,
} as const satisfies MessageSet<ExampleCommand, ExampleEvent>;
