import type { KeyHashes } from '@holdfast/events/cray/keys';
import type { CrayCommand, CrayEvent } from '@holdfast/events/cray/messages';
import type { CoreModule } from '../module.js';
import { createCrayDecider } from './decider.js';
import { countLeases } from './lease-index.js';
import type { CrayState } from './state.js';

export const crayModule = {
  name: 'cray',
  since: 1,
  decider: createCrayDecider,
  leases: ({ leases }) => countLeases(leases),
} as const satisfies CoreModule<KeyHashes, CrayCommand, CrayState, CrayEvent>;
