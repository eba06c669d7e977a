import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadCatalogue } from '@holdfast/events';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createTopics } from '../../services/log-kafka/fixture.js';
import { Cluster, Door } from '../support/cluster.js';
import { type KafkaAddresses, kafkaMissing, kafkaStartMsMax, sharedKafka } from '../support/kafka.js';
import { type PostgresServer, postgresMissing, startPostgres } from '../support/postgres.js';
import { call, hsm, loadNodes, type ServedProcess, scratch, xnames } from '../support/service.js';

const missing = kafkaMissing() ?? postgresMissing();
const roles = ['api', 'processor', 'projector'] as const;

describe.skipIf(missing !== null)(missing ?? 'a start that cannot succeed says within 10 s what to do', () => {
  let kafka: KafkaAddresses;
  let registry: Door;
  let postgres: PostgresServer;
  let cluster: Cluster;
  let files: Awaited<ReturnType<typeof scratch>>;

  beforeAll(async () => {
    [kafka, postgres, files] = await Promise.all([sharedKafka(), startPostgres(), scratch()]);
    registry = await Door.to(kafka.registry!);
    cluster = await Cluster.create({
      brokers: kafka.brokers,
      registry: registry.through(kafka.registry!),
      postgres: await postgres.database(),
    });
  }, kafkaStartMsMax);
  afterEach(() => registry.open());
  afterAll(async () => {
    await cluster?.remove();
    await registry?.shut();
    await Promise.all([postgres?.remove(), files?.remove()]);
  });

  /** What it says as it ends: with 3 where what it needs cannot be used, as docs/cli.md has it. */
  async function lastWords(process: ServedProcess, code = 3): Promise<string> {
    const began = Date.now();
    const said = await process.ready().then(
      () => 'it serves',
      (error: Error) => error.message,
    );
    const took = Date.now() - began;
    expect(await process.exited, said).toBe(code);
    expect(took, said).toBeLessThan(10_000);
    // No stack traces.
    expect(said).not.toMatch(/^\s+at /m);
    return said;
  }

  const begin = (...more: string[]) => cluster.begin('processor', more);

  test('a broker that cannot be reached: a host that nobody knows, a port where nobody listens, and one that hangs', async () => {
    const [shut, hanging] = [await Door.to(`tcp://${kafka.brokers}`), await Door.to(`tcp://${kafka.brokers}`)];
    await Promise.all([shut.shut(), hanging.open({ hang: true })]);
    const words = (address: string) => lastWords(begin('--kafka', address));
    const unknown = await words('no-such-host.invalid:9092');
    const refused = await words(shut.address);
    const late = await words(hanging.address);
    expect(unknown).toMatch(/Kafka at no-such-host\.invalid:9092: .*give the name of a host that can be resolved/);
    expect(refused).toMatch(/Kafka at .*: .*start the broker, or give the host and port where it listens/);
    expect(late).toMatch(/Kafka at .*: .*see whether it is a broker that listens there/);
    await hanging.shut();
  });

  test('a wrong password', async () => {
    const password = join(files.directory, 'password');
    await writeFile(password, 'wrong');
    const sasl = ['--kafka-sasl', 'scram-sha-256', '--kafka-user', 'holdfast', '--kafka-password-file', password];
    const said = await lastWords(begin('--kafka', kafka.saslBrokers, ...sasl));
    expect(said).toMatch(/Kafka at .*give the user name, password and mechanism that the brokers know/);
    await writeFile(password, 'holdfast-local');
    const process = begin('--kafka', kafka.saslBrokers, ...sasl, '--check');
    await expect(process.ready()).rejects.toThrow(/ok +kafka/);
    expect(await process.exited).toBe(0);
  });

  test('a topic with the settings of a plain one', async () => {
    const topic = `plain-${cluster.topics.events}`;
    await createTopics(kafka.brokers, [{ topic }]);
    const said = await lastWords(begin('--events-topic', topic));
    expect(said).toMatch(/message\.timestamp\.type is CreateTime and must be LogAppendTime/);
    expect(said).toContain(`kafka-configs.sh --bootstrap-server ${kafka.brokers} --alter --entity-type topics`);
    expect(said).toMatch(/retention\.ms is 604800000 and must be -1/);
  });

  test.each([{ hang: false }, { hang: true }])('a registry that is away (hangs: $hang)', async ({ hang }) => {
    await (hang ? registry.open({ hang }) : registry.shut());
    expect(await lastWords(begin())).toMatch(
      /the registry at \S+ cannot be reached .*check --registry, and that it runs/,
    );
  });

  test('a registry that holds something else under the name of a schema', async () => {
    const { name } = loadCatalogue().at(-1)!;
    const subject = `${kafka.registry}/subjects/${name}`;
    const forget = async () => {
      await call(subject, 'DELETE', '');
      await call(subject, 'DELETE', '?permanent=true');
    };
    await forget();
    const schema = JSON.stringify({ type: 'enum', name: 'Alien', symbols: ['A'] });
    expect(await call(subject, 'POST', '/versions', { schema })).toMatchObject({ status: 200 });
    await call(kafka.registry!, 'PUT', `/config/${name}`, { compatibility: 'FULL_TRANSITIVE' });
    const said = await lastWords(begin());
    expect(said).toMatch(new RegExp(`the registry at \\S+ refused ${name} version 1: .*It must be compatible`));
    await forget();
  });

  test.each(['api', 'projector'] as const)('%s: told to stop before it is ready, it ends well', async (role) => {
    const topics = ['commands', 'events'].flatMap((name) => [`--${name}-topic`, `${name}-for-no-${role}`]);
    const starting = cluster.begin(role, topics);
    const ended = starting.ready().catch(({ message }: Error) => message);
    await vi.waitUntil(() => starting.output.includes('Not ready yet'), 20_000);
    starting.send('SIGTERM');
    expect(await ended).toMatch(/Stopping\.\n$/);
    expect(await starting.exited).toBe(0);
  });

  test('another secret, in an api or a processor', async () => {
    await Promise.all(roles.map((role) => cluster.start(role)));
    const other = ['--secret-file', await cluster.secretFile('other')];
    for (const role of ['api', 'processor'] as const) {
      const said = await lastWords(cluster.begin(role, other), 1);
      expect(said).toMatch(
        /shard shard-0 was opened with another key secret .*give the secret that it was opened with/,
      );
    }
    const [url] = cluster.urls();
    await loadNodes(url!, xnames(1));
    expect((await hsm(url!, '/locks/lock', { ComponentIDs: xnames(1) })).status).toBe(200);
  });
});
