import { type StreamName, silentLogger } from '@holdfast/log';
import { beforeEach, expect, it } from 'vitest';
import type { ClusterFound, PartitionFound } from './broker-connection.js';
import type { Answers } from './broker-connections.js';
import { protocolError } from './kafkajs.js';
import { wantedSettings } from './topic-settings.js';
import { KafkaWatch } from './watch.js';

const topics = { commands: 'c', events: 'e' };
const address = (id: number) => `broker-${id}:9092`;
const all = [1, 2, 3];

/** Three brokers, as a test wants them. */
let state: Record<StreamName, PartitionFound | 'missing'>;
let answering: number[];
let settings: Record<string, Map<string, string>>;
let appendFailure: string | null;
let asked: string[][];

const sound = (): PartitionFound => ({ partition: 0, leader: 1, replicas: all, inSync: all });

function view(): ClusterFound {
  const entries = Object.entries(state).map(([stream, partition]) => {
    const found =
      partition === 'missing' ? { error: protocolError(3), partitions: [] } : { error: null, partitions: [partition] };
    return [topics[stream as StreamName], found] as const;
  });
  return { id: null, brokers: new Map(all.map((id) => [id, address(id)])), controller: 1, topics: new Map(entries) };
}

const connections = {
  async ask<T>(addresses: Iterable<string>, _ms: number, question: (broker: never) => Promise<T>): Promise<Answers<T>> {
    const found: Answers<T> = { answers: new Map(), errors: new Map() };
    const given = [...addresses];
    asked.push(given);
    for (const one of given) {
      if (!answering.map(address).includes(one)) found.errors.set(one, new Error('connect ECONNREFUSED'));
      else {
        const broker = { find: async () => view(), settings: async () => new Map(Object.entries(settings)) };
        found.answers.set(one, await question(broker as never));
      }
    }
    return found;
  },
  close() {},
};

function watching({ appends = true, streams = ['commands', 'events'] as StreamName[] } = {}) {
  const said: Record<string, string | null> = {};
  const watcher = {
    ...{ appends, streams },
    set: (part: string, reason: string | null) => {
      said[part] = reason;
    },
    gone: (reason: string | null) => {
      said.gone = reason;
    },
  };
  const runtime = { now: () => 0, after: () => () => {}, random: () => 0, uuid: () => '' };
  const options = { topics, partition: 0, runtime, logger: silentLogger, watcher, connections };
  const watch = new KafkaWatch({
    ...options,
    settings: { brokers: [address(1)], clientId: 'test' },
    appendFailure: () => appendFailure,
  });
  return { said, look: () => watch.look() };
}

/** What is said after the second look, as what is seen once may pass; the first must say nothing of it. */
async function twice({ said, look }: ReturnType<typeof watching>, part: string): Promise<string | null | undefined> {
  const before = said[part] ?? null;
  await look();
  expect(said[part] ?? null).toBe(before);
  await look();
  return said[part];
}

beforeEach(() => {
  [state, answering, appendFailure, asked] = [{ commands: sound(), events: sound() }, all, null, []];
  const wanted = (stream: StreamName) => new Map(wantedSettings(stream, 3).map(({ name, value }) => [name, value]));
  settings = { c: wanted('commands'), e: wanted('events') };
});

it('a sound cluster has nothing to say', async () => {
  const watch = watching();
  for (let i = 0; i < 4; i++) await watch.look();
  expect(watch.said).toEqual({ broker: null, topics: null, gone: null });
  expect([...new Set(asked.flat())].sort()).toEqual(all.map(address));
});

it('nobody answers: all of it is unavailable, and is ready again at the first answer', async () => {
  const watch = watching();
  await watch.look();
  answering = [];
  expect(await twice(watch, 'broker')).toMatch(/ECONNREFUSED.*To change it: start the broker/);
  answering = [2, 3];
  state.commands = state.events = { ...sound(), leader: 2, inSync: [2, 3] };
  await watch.look();
  expect(watch.said.broker).toBeNull();
});

it('one of three is unavailable: changes go on', async () => {
  const watch = watching();
  await watch.look();
  answering = [1, 2];
  state.commands = state.events = { ...sound(), inSync: [1, 2] };
  expect(await twice(watch, 'broker')).toBeNull();
});

it.each([
  ['as the brokers say', [1]],
  ['although the one that is left says that all are in sync, as nobody tells it otherwise', all],
])('too few are in sync to append, %s', async (_, inSync) => {
  const watch = watching();
  await watch.look();
  answering = [1];
  state.events = { ...sound(), inSync };
  expect(await twice(watch, 'broker')).toContain('1 of the 3 replicas of partition 0 are in sync');
  expect(watch.said.broker).toContain('start brokers 2 and 3');
});

it('who only reads needs nobody in sync', async () => {
  const watch = watching({ appends: false, streams: ['events'] });
  await watch.look();
  answering = [1];
  expect(await twice(watch, 'broker')).toBeNull();
});

it.each([
  ['no leader', { leader: null, inSync: [1] }, all, 'topic e: partition 0 has no leader'],
  [
    'a leader that does not answer',
    { leader: 3 },
    [1, 2],
    'topic e: broker 3, which leads partition 0, does not answer',
  ],
])('%s', async (_, changed, answer, reason) => {
  const watch = watching();
  await watch.look();
  answering = answer;
  state.events = { ...sound(), ...changed };
  expect(await twice(watch, 'broker')).toContain(reason);
});

it('appends that do not come to pass, whatever the brokers say of themselves', async () => {
  const watch = watching();
  await watch.look();
  appendFailure = 'appends to c fail: as the test wants it';
  expect(await twice(watch, 'broker')).toBe(appendFailure);
  appendFailure = null;
  await watch.look();
  expect(watch.said.broker).toBeNull();
});

it('a topic that was deleted is gone, and said to be', async () => {
  const watch = watching();
  await watch.look();
  state.events = 'missing';
  expect(await twice(watch, 'gone')).toContain('topic e does not exist any more');
  expect(watch.said.topics).toBe(watch.said.gone);
  state.events = sound();
  await watch.look();
  expect(watch.said).toEqual({ broker: null, topics: null, gone: null });
});

it('a broker that was cut off, and knows less than the others, makes nothing gone', async () => {
  const watch = watching();
  await watch.look();
  let calls = 0;
  // Every third answer is that of one that knows nothing.
  const knowing = state;
  const sometimes = { ...connections };
  Object.assign(connections, {
    async ask(...given: Parameters<typeof sometimes.ask>) {
      const found = await sometimes.ask(...given);
      for (const [key, value] of found.answers) {
        if (calls++ % 3 !== 0 || !(value as ClusterFound).topics) continue;
        state = { commands: 'missing', events: 'missing' };
        found.answers.set(key, view() as never);
        state = knowing;
      }
      return found;
    },
  });
  for (let i = 0; i < 3; i++) await watch.look();
  Object.assign(connections, sometimes);
  expect([watch.said.gone, watch.said.broker]).toEqual([null, null]);
});

it.each([
  ['e', 'retention.ms', '604800000'],
  ['e', 'cleanup.policy', 'compact'],
  ['c', 'message.timestamp.type', 'CreateTime'],
  ['c', 'max.message.bytes', '1000'],
  ['e', 'unclean.leader.election.enable', 'true'],
  ['c', 'min.insync.replicas', '1'],
])('a setting that was changed while it runs: %s %s', async (topic, name, value) => {
  const watch = watching();
  await watch.look();
  settings[topic]!.set(name, value);
  await watch.look();
  await watch.look();
  expect(watch.said.topics).toMatch(new RegExp(`topic ${topic}: ${name} is ${value} and must be .*kafka-configs.sh`));
  settings[topic]!.set(
    name,
    wantedSettings(topic === 'e' ? 'events' : 'commands', 3).find((one) => one.name === name)!.value,
  );
  await watch.look();
  await watch.look();
  expect(watch.said.topics).toBeNull();
});
