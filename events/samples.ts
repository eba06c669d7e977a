import type { Command, Event } from './messages.js';
import type { OneOfEach } from './module.js';
import { messageSets } from './modules.js';

export * from './sample-header.js';

/** One of every message, for golden bytes and tests. */
export const sampleCommands: OneOfEach<Command> = Object.assign(
  {},
  ...messageSets.map(({ samples }) => samples.commands),
);
export const sampleEvents: OneOfEach<Event> = Object.assign({}, ...messageSets.map(({ samples }) => samples.events));
