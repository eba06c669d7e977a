import { type Event, givensToFold } from '@holdfast/events';
import { sampleCommands, sampleHeader } from '@holdfast/events/samples';
import { expect, test } from 'vitest';
import { createDecider } from './modules.js';

const decider = createDecider(givensToFold());

test('a shard that was opened before there was a module decides for it all the same', () => {
  const events: Event[] = [
    { type: 'engine.ShardOpened', domains: ['cray/default'], secretFingerprint: 'f' },
    { type: 'engine.CommandLogAttached', logId: 'log' },
  ];
  const state = decider.evolve(decider.initial, { events, time: 1_000, commandId: 'begin', sequence: 2 });
  const command = { ...sampleCommands['placement.ProviderCreationRequested'], parent: null };
  const header = { ...sampleHeader, domain: 'placement/default' };
  const decoded = { header, command, digest: 'd' };
  const decided = decider.decide({ position: 1, appendTime: 2_000, decoded }, state);
  expect(decided.events).toMatchObject([{ type: 'placement.ProviderPut' }, { status: 'accepted' }]);
});
