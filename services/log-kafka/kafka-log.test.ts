import { describeShardLog } from '@holdfast/log/conformance';
import { beforeAll, describe } from 'vitest';
import { kafkaMissing, kafkaStartMsMax, sharedKafka } from '../../test/support/kafka.js';
import { administer, deleteRecords, freshTopics, openLog } from './fixture.js';

describe.skipIf(kafkaMissing() !== null)('on a real broker', () => {
  let brokers: string;
  beforeAll(async () => {
    ({ brokers } = await sharedKafka());
  }, kafkaStartMsMax);

  describeShardLog('KafkaLog', async () => {
    const topics = freshTopics();
    let log = await openLog(brokers, { topics });
    return {
      log,
      async reopen() {
        await log.close();
        log = await openLog(brokers, { topics });
        return log;
      },
      async trim(before) {
        await deleteRecords(brokers, topics.commands, before);
      },
      async cleanup() {
        await log.close();
        await administer(brokers, (admin) => admin.deleteTopics({ topics: Object.values(topics) }));
      },
    };
  });
});
