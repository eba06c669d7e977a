import { describeShardLog } from '@holdfast/log/conformance';
import { describe } from 'vitest';
import { kafkaMissing, sharedKafka } from '../../test/support/kafka.js';
import { administer, deleteRecords, freshTopics, openLog } from './fixture.js';

describe.skipIf(kafkaMissing() !== null)('on a real broker', () => {
  describeShardLog('KafkaLog', async () => {
    const { brokers } = await sharedKafka();
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
