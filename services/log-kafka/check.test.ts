import { createServer } from 'node:net';
import { LogError } from '@holdfast/log';
import { beforeAll, describe, expect, it } from 'vitest';
import { kafkaMissing, kafkaStartMsMax, sharedKafka } from '../../test/support/kafka.js';
import { checkKafka, type KafkaCheckOptions } from './check.js';
import { problemLine } from './errors.js';
import { administer, createTopics, freshTopics, openLog } from './fixture.js';

/** In so much time there must be a clear message. */
const answerMsMax = 10_000;
const base = { clientId: 'holdfast-test', partition: 0 };

async function problemsOf(options: Partial<KafkaCheckOptions> & { brokers: string[] }) {
  const before = Date.now();
  const problems = await checkKafka({ ...base, ...options });
  expect(Date.now() - before).toBeLessThan(answerMsMax);
  return problems;
}

describe('a cluster out of reach is one problem, and it says what to do', () => {
  it('where the host is unknown', async () => {
    const [problem, ...others] = await problemsOf({ brokers: ['no-such-host.invalid:9092'] });
    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      subject: 'Kafka at no-such-host.invalid:9092',
      message: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
      change: 'give the name of a host that can be resolved',
    });
  });

  it('where nobody listens', async () => {
    const [problem] = await problemsOf({ brokers: ['127.0.0.1:1'] });
    expect(problem).toMatchObject({
      message: expect.stringContaining('ECONNREFUSED'),
      change: 'start the broker, or give the host and port where it listens',
    });
  });

  it('where somebody listens that never answers', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const [problem] = await problemsOf({ brokers: [`127.0.0.1:${port}`] });
    expect(problem!.change).toBe(
      'see whether it is a broker that listens there, and whether it wants TLS or a password',
    );
    server.close();
  });
});

describe.skipIf(kafkaMissing() !== null)('on a real broker', () => {
  let brokers: string;
  let saslBrokers: string;
  beforeAll(async () => {
    ({ brokers, saslBrokers } = await sharedKafka());
  }, kafkaStartMsMax);

  it.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
    'a right password is no problem (%s)',
    async (mechanism) => {
      const sasl = { mechanism, username: 'holdfast', password: 'holdfast-local' };
      expect(await problemsOf({ brokers: [saslBrokers], sasl, topics: freshTopics() })).toEqual([]);
    },
  );

  it.each(['plain', 'scram-sha-256'] as const)('a wrong password is named, and not shown (%s)', async (mechanism) => {
    const sasl = { mechanism, username: 'holdfast', password: 'a-wrong-one' };
    const problems = await problemsOf({ brokers: [saslBrokers], sasl });
    expect(problems).toMatchObject([
      {
        change: 'give the user name, password and mechanism that the brokers know',
        message: expect.stringMatching(/authentication/i),
      },
    ]);
    expect(JSON.stringify(problems)).not.toContain('a-wrong-one');
  });

  it('a password that is missing, or TLS where there is none, is told apart from nothing listening', async () => {
    expect((await problemsOf({ brokers: [saslBrokers] }))[0]!.change).toContain('whether it wants TLS or a password');
    expect((await problemsOf({ brokers: [brokers], ssl: true }))[0]!.change).toContain('with TLS');
  });

  it('missing topics are created at start, unless they are only to be checked', async () => {
    const topics = freshTopics();
    expect(await problemsOf({ brokers: [brokers], topics })).toEqual([]);
    const missing = await problemsOf({ brokers: [brokers], topics, topicSettings: 'check' });
    expect(missing.map(({ subject, message }) => [subject, message])).toEqual([
      [`topic ${topics.commands}`, 'it does not exist'],
      [`topic ${topics.events}`, 'it does not exist'],
    ]);
    await expect(openLog(brokers, { topics, topicSettings: 'check' })).rejects.toThrow('it does not exist');
    await (await openLog(brokers, { topics })).close();
    expect(await problemsOf({ brokers: [brokers], topics, topicSettings: 'check' })).toEqual([]);
  });

  it.each(['commands', 'events'] as const)(
    'where one of the two is gone, %s, it is not made beside the other',
    async (gone) => {
      const topics = freshTopics();
      await (await openLog(brokers, { topics })).close();
      await administer(brokers, (admin) => admin.deleteTopics({ topics: [topics[gone]] }));
      const kept = topics[gone === 'events' ? 'commands' : 'events'];
      const said = `topic ${topics[gone]}: it does not exist, and ${kept} does: a part of the log is lost`;
      await expect(openLog(brokers, { topics })).rejects.toThrow(said);
      expect((await problemsOf({ brokers: [brokers], topics })).map(problemLine)).toEqual([
        expect.stringContaining(said),
      ]);
      expect(await administer(brokers, (admin) => admin.listTopics())).not.toContain(topics[gone]);
    },
  );

  it('where one cannot be made, neither is', async () => {
    const { commands } = freshTopics();
    const topics = { commands, events: 'no name for a topic' };
    await expect(openLog(brokers, { topics })).rejects.toThrow(/invalid/i);
    expect(await administer(brokers, (admin) => admin.listTopics())).not.toContain(commands);
  });

  it('topics are not made where somebody says that there was a log', async () => {
    const topics = freshTopics();
    const beforeMaking = () => Promise.reject(new LogError('corrupt', 'there was one'));
    await expect(openLog(brokers, { topics, beforeMaking })).rejects.toThrow('there was one');
    expect(await problemsOf({ brokers: [brokers], topics, topicSettings: 'check' })).toHaveLength(2);
    await expect(openLog(brokers, { topics, replication: 2, topicSettings: 'check' })).rejects.toThrow(
      'get 2 copies, and 1 of 2 brokers are there',
    );
  });

  it('topics with a broker’s own defaults are refused, with every setting to change', async () => {
    const topics = freshTopics();
    await createTopics(
      brokers,
      Object.values(topics).map((topic) => ({ topic, numPartitions: 1 })),
    );
    const lines = (await problemsOf({ brokers: [brokers], topics })).map(({ message }) => message.split(' is ')[0]);
    expect(lines).toEqual([
      'message.timestamp.type',
      'max.message.bytes',
      'message.timestamp.type',
      'retention.ms',
      'max.message.bytes',
    ]);
    await expect(openLog(brokers, { topics })).rejects.toThrow(
      `--entity-name ${topics.events} --add-config retention.ms=-1`,
    );
  });
});
