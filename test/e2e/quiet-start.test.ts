import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { kafkaMissing, kafkaStartMsMax, sharedKafka } from '../support/kafka.js';
import { postgresMissing, startPostgres } from '../support/postgres.js';
import { servedEach } from '../support/served-each.js';
import { hsm, loadNodes, ServedProcess, xnames } from '../support/service.js';

/*
 * Where nothing is wrong, nothing is warned of: a first start, another one, one after a kill, and with processes of one
 * role each.
 */

const data = servedEach();
const missing = kafkaMissing() ?? postgresMissing();
const [node] = xnames(1) as [string];

/** Its lines of the log; what is for people begins with no brace. */
const warned = ({ output }: ServedProcess) => output.split('\n').filter((line) => line.startsWith('{'));

/** Started, used where it is an api, and looked at until what it does by itself has begun. */
async function used(settings: string[]): Promise<ServedProcess> {
  const served = await data.keep(new ServedProcess(settings, { HOLDFAST_LOG_LEVEL: 'warn' })).ready();
  if (!settings.includes('--role') || settings.includes('api')) {
    await loadNodes(served.url, [node]);
    for (const operation of ['lock', 'unlock', 'status'])
      expect(await hsm(served.url, `/locks/${operation}`, { ComponentIDs: [node] })).toMatchObject({ status: 200 });
  }
  // Readiness is looked at each second, and said once it was found twice.
  await sleep(3_000);
  return served;
}

async function eachStart(settings: string[]): Promise<void> {
  const first = await used(settings);
  await first.kill('SIGTERM');
  expect(warned(first)).toEqual([]);
  const second = await used(settings);
  await second.kill('SIGKILL');
  expect(warned(second)).toEqual([]);
  const third = await used(settings);
  await third.kill('SIGTERM');
  expect(warned(third)).toEqual([]);
}

test('a directory', () => eachStart(['--data', data.directory]), 240_000);

describe.skipIf(missing !== null)(missing ?? 'on Kafka', () => {
  const topics = () => {
    const name = randomUUID();
    return ['--commands-topic', `commands-${name}`, '--events-topic', `events-${name}`];
  };
  const place = async () => {
    const { brokers, registry } = await sharedKafka();
    return ['--data', data.directory, '--kafka', brokers, '--registry', registry!, ...topics()];
  };

  test('one process', async () => eachStart(await place()), 300_000 + kafkaStartMsMax);

  test(
    'a process for each role, one after the other',
    async () => {
      const server = await startPostgres();
      try {
        const settings = [...(await place()), '--postgres', await server.database()];
        const started: ServedProcess[] = [];
        for (const role of ['processor', 'projector', 'api']) started.push(await used([...settings, '--role', role]));
        for (const served of started.reverse()) await served.kill('SIGTERM');
        expect(started.flatMap(warned)).toEqual([]);
      } finally {
        await server.remove();
      }
    },
    300_000 + kafkaStartMsMax,
  );
});
