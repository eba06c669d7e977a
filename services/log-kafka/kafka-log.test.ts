import { type AddressInfo, createServer } from 'node:net';
import { describeShardLog } from '@holdfast/log/conformance';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
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

  it('is reached where the first of the given brokers accepts connections and says nothing', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => void silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    const log = await openLog(brokers, { brokers: [`127.0.0.1:${port}`, brokers] });
    await log.append('events', [{ key: '', value: Buffer.from('1') }]);
    expect(await log.head('events')).toBe(1);
    const tail = log.tail('events', 0);
    expect(await tail.next()).toMatchObject([{ position: 0 }]);
    await log.close();
  });
});
