import type { CoreModule } from '@holdfast/core/module';
import type { ExampleCommand, ExampleEvent } from '@holdfast/events/example/messages';
import { exampleDecider } from './decider.js';
import type { ExampleState } from './state.js';

export const exampleModule = {
  name: 'example',
  since: 5,
  decider: () => exampleDecider,
  leases: ({ claims }) => claims.size,
} as const satisfies CoreModule<null, ExampleCommand, ExampleState, ExampleEvent>;
