import { inLandingOrder, loadCatalogue } from '@holdfast/events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeRegistry } from '../../test/support/fake-registry.js';
import { kafkaLimits } from './limits.js';
import { lookUpSchemas, registerSchemas } from './registry.js';

const catalogue = inLandingOrder(loadCatalogue());
let registry: FakeRegistry;
beforeEach(async () => {
  registry = await FakeRegistry.start();
});
afterEach(async () => {
  await registry.stop();
  vi.restoreAllMocks();
});

test('an empty registry gives one id to each schema, in the order in which they landed, and is only asked after that', async () => {
  const ids = await registerSchemas({ url: registry.url }, catalogue);
  expect(Object.keys(ids)).toEqual(catalogue.map(({ type, version }) => `${type}.v${version}`));
  expect(registry.used).toEqual(Object.values(ids));
  expect(new Set([...registry.subjects.values()].map(({ compatibility }) => compatibility))).toEqual(
    new Set(['FULL_TRANSITIVE']),
  );
  expect(await registerSchemas({ url: registry.url }, catalogue)).toEqual(ids);
  expect(await lookUpSchemas({ url: registry.url }, catalogue)).toEqual(ids);
  expect(registry.used).toHaveLength(catalogue.length);
});

test('who waits for its turn finds what another has registered, and uses up no id', async () => {
  let turn = Promise.resolve();
  const exclusively = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work);
    turn = done.then(
      () => {},
      () => {},
    );
    return done;
  };
  const all = await Promise.all(
    [1, 2, 3].map(() => registerSchemas({ url: registry.url }, catalogue, { exclusively })),
  );
  expect(all[1]).toEqual(all[0]);
  expect(all[2]).toEqual(all[0]);
  expect({ used: registry.used.length, overlapping: registry.overlapping }).toEqual({
    used: catalogue.length,
    overlapping: 0,
  });
});

test('a subject that was left without its compatibility gets it', async () => {
  await registerSchemas({ url: registry.url }, catalogue);
  const [subject] = registry.subjects.values();
  subject!.compatibility = null;
  await registerSchemas({ url: registry.url }, catalogue);
  expect(subject!.compatibility).toBe('FULL_TRANSITIVE');
  expect(registry.used).toHaveLength(catalogue.length);
});

test('one of another compatibility is refused', async () => {
  await registerSchemas({ url: registry.url }, catalogue);
  registry.subjects.get(catalogue[3]!.name)!.compatibility = 'NONE';
  await expect(registerSchemas({ url: registry.url }, catalogue)).rejects.toThrow(
    `refused ${catalogue[3]!.name} version ${catalogue[3]!.version}: its compatibility is NONE`,
  );
});

test('a registry that is slow is waited for, and said to be slow; one that stays silent is given up in other words than one that refuses', async () => {
  vi.spyOn(kafkaLimits as { registryAnswerMs: number }, 'registryAnswerMs', 'get').mockReturnValue(50);
  vi.spyOn(kafkaLimits as { registryRetryMs: number }, 'registryRetryMs', 'get').mockReturnValue(1);
  vi.spyOn(kafkaLimits as { tellWaitingMs: number }, 'tellWaitingMs', 'get').mockReturnValue(100);
  vi.spyOn(kafkaLimits as { registryPatienceMs: number }, 'registryPatienceMs', 'get').mockReturnValue(5_000);
  const [first] = catalogue;
  registry.answerMs = 80;
  const said: string[] = [];
  const logger = {
    warn: (details: object, message: string) => void said.push(`${message} ${JSON.stringify(details)}`),
  };
  setTimeout(() => {
    registry.answerMs = 0;
  }, 400);
  const ids = await registerSchemas({ url: registry.url }, [first!], { logger });
  expect(Object.values(ids)).toHaveLength(1);
  expect(said[0]).toMatch(/^the registry is slow: waiting .*"asked":"POST \/subjects\//);
  registry.answerMs = 80;
  vi.spyOn(kafkaLimits as { registryPatienceMs: number }, 'registryPatienceMs', 'get').mockReturnValue(200);
  await expect(registerSchemas({ url: registry.url }, catalogue, { logger })).rejects.toThrow(
    /^the registry at 127\.0\.0\.1:\d+ is there, and has not answered POST .* see why it is slow$/,
  );
}, 20_000);
