import { type Event, givensToFold, newestLevel } from '@holdfast/events';
import { messageSets } from '@holdfast/events/modules';
import { sampleHeader } from '@holdfast/events/samples';
import { describe, expect, test } from 'vitest';
import { coreModules, createDecider, domains, modulesWith } from './modules.js';
import { createShardDecider } from './shard.js';
import type { Received } from './shard-state.js';

const decider = createDecider(givensToFold());
const opened: Event[] = [
  { type: 'engine.ShardOpened', domains: [], secretFingerprint: 'f' },
  { type: 'engine.CommandLogAttached', logId: 'log' },
  { type: 'engine.LevelRaised', level: newestLevel },
];
const beginning = decider.evolve(decider.initial, { events: opened, time: 1_000, commandId: 'begin', sequence: 3 });
const sets = messageSets.filter(({ name }) => name !== 'engine');

function received(domain: string, command: object, position: number): Received {
  const decoded = { header: { ...sampleHeader, domain, id: `c${position}` }, command: command as never, digest: 'd' };
  return { position, appendTime: 1_000 + position, decoded };
}

test('who decides knows the modules that have messages, and no other', () => {
  expect(coreModules.map(({ name, since }) => [name, since])).toEqual(sets.map(({ name, since }) => [name, since]));
  expect(domains).toEqual(sets.map(({ name }) => `${name}/default`));
  expect(() => modulesWith({})).toThrow(`the module ${sets[0]!.name} has no messages`);
});

test.each(sets)('a shard that was opened before there was the module $name decides for it all the same', (set) => {
  for (const [n, command] of Object.values(set.samples.commands).entries()) {
    const { events } = decider.decide(received(`${set.name}/default`, command, n + 1), beginning);
    expect(events.at(-1)).toMatchObject({
      type: 'engine.RequestDecided',
      status: expect.stringMatching(/^(accepted|refused)$/),
    });
  }
});

describe.each(sets)('a state that was saved without the module $name', ({ name, samples }) => {
  const all = modulesWith(givensToFold());
  const without = createShardDecider(Object.fromEntries(Object.entries(all).filter(([own]) => own !== name)));

  /** As it is read by a version with the module. */
  function restored(pieces: Iterable<unknown>) {
    const restorer = decider.restorer(without.snapshotVersions);
    for (const piece of pieces) restorer.take(JSON.parse(JSON.stringify(piece)));
    return restorer.state();
  }

  test('goes on with the module at its beginning', () => {
    const state = restored(without.save({ ...beginning }));
    expect(state).toEqual(beginning);
  });

  test('is refused where the module had begun', () => {
    const event = Object.values(samples.events).find((one) => {
      try {
        return all[name]!.evolve(all[name]!.initial, one, 4) !== undefined;
      } catch {
        return false;
      }
    });
    const begun = decider.evolve(beginning, { events: [event as Event], time: 2_000, commandId: 'c', sequence: 4 });
    expect(begun.begun).toEqual([name]);
    expect(() => restored(without.save(begun))).toThrow(`the saved state lacks ${name}, which had begun before it`);
  });
});
