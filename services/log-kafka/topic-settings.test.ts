import type { StreamName } from '@holdfast/log';
import { describe, expect, it } from 'vitest';
import { copiesWanted, localCluster, topicProblems, wantedSettings } from './topic-settings.js';

const cluster = { address: 'kafka:9092', replicas: 3, partition: 0 };

function problems(stream: StreamName, changed: Record<string, string> = {}, partitions = 1, replicas = 3) {
  const settings = new Map(wantedSettings(stream, replicas).map(({ name, value }) => [name, value]));
  for (const [name, value] of Object.entries(changed)) settings.set(name, value);
  return topicProblems(stream, { name: stream, partitions, replicas, settings }, cluster);
}

describe('a topic as it is created', () => {
  it.each(['commands', 'events'] as const)('suits %s', (stream) => {
    expect(problems(stream)).toEqual([]);
    expect(problems(stream, {}, 1, 3)).toEqual([]);
  });
});

it.each([
  ['events', 'retention.ms', '604800000', '-1'],
  ['events', 'cleanup.policy', 'compact', 'delete'],
  ['events', 'cleanup.policy', 'compact,delete', 'delete'],
  ['events', 'retention.bytes', '1000000', '-1'],
  ['events', 'max.message.bytes', '1048588', '8388608'],
  ['commands', 'message.timestamp.type', 'CreateTime', 'LogAppendTime'],
  ['commands', 'retention.ms', '604799999', '604800000'],
  ['commands', 'max.message.bytes', '1048588', '33554432'],
  ['commands', 'min.insync.replicas', '1', '2'],
  ['commands', 'unclean.leader.election.enable', 'true', 'false'],
  ['commands', 'compression.type', 'zstd', 'uncompressed'],
] as const)(
  'says what is wrong with %s where %s is %s, and the command that changes it',
  (stream, name, found, value) => {
    const [problem, ...others] = problems(stream, { [name]: found });
    expect(others).toEqual([]);
    expect(problem!.subject).toBe(`topic ${stream}`);
    expect(problem!.message).toContain(`${name} is ${found} and must be `);
    expect(problem!.change).toBe(
      `kafka-configs.sh --bootstrap-server kafka:9092 --alter --entity-type topics --entity-name ${stream} --add-config ${name}=${value}`,
    );
  },
);

it.each([
  ['commands', 'retention.ms', '-1'],
  ['commands', 'retention.ms', '1209600000'],
  ['commands', 'max.message.bytes', '104857600'],
  ['events', 'min.insync.replicas', '3'],
  ['events', 'compression.type', 'producer'],
] as const)('takes more than is needed: %s with %s %s', (stream, name, found) => {
  expect(problems(stream, { [name]: found })).toEqual([]);
});

it('asks for as many replicas as it is to have', () => {
  expect(problems('events', {}, 1, 2)[0]!.message).toBe('it has 2 replicas and must have at least 3');
  const settings = new Map(wantedSettings('events', 1).map(({ name, value }) => [name, value]));
  const alone = { name: 'events', partitions: 1, replicas: 1, settings };
  expect(topicProblems('events', alone, { ...cluster, replicas: 1 })).toEqual([]);
});

it('asks for the partition of the shard', () => {
  const settings = new Map(wantedSettings('events', 3).map(({ name, value }) => [name, value]));
  const found = { name: 'events', partitions: 2, replicas: 3, settings };
  const [problem] = topicProblems('events', found, { ...cluster, partition: 2 });
  expect(problem!.message).toBe('it has 2 partitions, and the shard is partition 2');
  expect(problem!.change).toContain('--alter --topic events --partitions 3');
});

it('new topics get 3 copies however many brokers are there, but for the local cluster', () => {
  expect([0, 1, 3, 9].map((size) => copiesWanted({ id: 'theirs', brokers: { size } }))).toEqual([3, 3, 3, 3]);
  expect([1, 3, 9].map((size) => copiesWanted({ id: localCluster, brokers: { size } }))).toEqual([1, 3, 3]);
});
