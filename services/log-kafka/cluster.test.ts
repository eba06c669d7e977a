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
});
