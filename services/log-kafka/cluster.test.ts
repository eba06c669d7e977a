import { silentLogger } from '@holdfast/log';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type KafkaServer, kafkaMissing, kafkaStartMsMax, startKafkaCluster } from '../../test/support/kafka.js';
import { checkKafka } from './check.js';
import { administer, freshTopics, openLog } from './fixture.js';
import type { KafkaTopics } from './topic-names.js';

const record = (value: string) => ({ key: '', value: Buffer.from(value) });

describe.skipIf(kafkaMissing() !== null)('a cluster of three brokers', () => {
  let servers: KafkaServer[];
  let brokers: string[];
  let topics: KafkaTopics;
  beforeAll(async () => {
    servers = await startKafkaCluster(3);
    brokers = servers.map((server) => server.brokers);
    topics = freshTopics();
  }, kafkaStartMsMax);
  afterAll(async () => {
    await Promise.all((servers ?? []).map((server) => server.remove()));
  });
  const open = (more = {}) => openLog(brokers.join(','), { brokers, topics, ...more });
  const problems = () =>
    checkKafka({ brokers, clientId: 'holdfast-test', partition: 0, topics, topicSettings: 'check' });

  it('a start and a check ask for our topics alone, whatever is wrong with a stranger’s', async () => {
    const stranger = `stranger-${process.pid}`;
    await administer(brokers[0]!, async (admin) => {
      const replicaAssignment = [{ partition: 0, replicas: [3] }];
      await admin.createTopics({ topics: [{ topic: stranger, replicaAssignment }], waitForLeaders: false });
    });
    await servers[2]!.stop();
    // The library's own list of all topics fails as a whole.
    await administer(brokers[0]!, (admin) =>
      vi.waitFor(() => expect(admin.listTopics()).rejects.toThrow(), { timeout: 20_000 }),
    );
    const log = await open();
    await log.append('events', [record('1')]);
    expect(await log.head('events')).toBe(1);
    await log.close();
    expect(await problems()).toEqual([]);
    await servers[2]!.start();
  });

  it('a first start waits for as many brokers as new topics get copies, says so, and makes nothing before', async () => {
    const topics = freshTopics();
    await servers[2]!.stop();
    const said: object[] = [];
    const logger = { ...silentLogger, warn: (fields: object) => void said.push(fields) };
    let opened = false;
    const opening = open({ topics, replication: 3, logger }).then((log) => {
      opened = true;
      return log;
    });
    const missing = { problem: expect.stringContaining('get 3 copies, and 2 of 3 brokers are there') };
    await vi.waitFor(() => expect(said).toContainEqual(missing), { timeout: 20_000 });
    expect(opened).toBe(false);
    const asked = { brokers, clientId: 'holdfast-test', partition: 0, topics, replication: 3 };
    expect(await checkKafka(asked)).toMatchObject([{ message: expect.stringContaining('do not exist yet') }]);
    // Fewer, where that is what is asked for.
    expect(await checkKafka({ ...asked, replication: 2 })).toEqual([]);
    await servers[2]!.start();
    await (await opening).close();
    await administer(brokers[0]!, async (admin) => {
      const made = await admin.fetchTopicMetadata({ topics: Object.values(topics) });
      const copies = made.topics.flatMap(({ partitions }) => partitions.map(({ replicas }) => replicas.length));
      expect(copies).toEqual([3, 3]);
    });
  }, 60_000);
});
