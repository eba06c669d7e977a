import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { checkService } from '@holdfast/cli/check';
import { memorySettings, type Service, type ServiceSettings } from '@holdfast/cli/service';
import { BrokerConnection } from '@holdfast/log-kafka/broker-connection';
import { administer } from '@holdfast/log-kafka/fixture';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type KafkaServer, kafkaMissing, kafkaStartMsMax, startKafkaCluster } from '../support/kafka.js';
import { call, hsm, loadNodes, scratch, serviceFor, xnames } from '../support/service.js';

/** By construction it is about 5 s; this machine may be busy. */
const soon = { timeout: 30_000, interval: 100 };
const [a] = xnames(1) as [string];
const events = `events-${randomUUID()}`;
const topics = { commands: `commands-${randomUUID()}`, events };

describe.skipIf(kafkaMissing() !== null)('a service on three brokers says whether it can serve', () => {
  let servers: KafkaServer[];
  let settings: Partial<ServiceSettings>;
  let service: Service;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    servers = await startKafkaCluster(3);
    const brokers = servers.map((server) => server.brokers);
    const place = await scratch();
    remove = place.remove;
    const kafka = { brokers, shards: 1, topics, registry: null, replication: 3 };
    settings = { kafka: kafka as ServiceSettings['kafka'], data: place.directory };
    service = await serviceFor(settings);
    await loadNodes(service.url, [a]);
  }, kafkaStartMsMax);
  afterAll(async () => {
    await service?.close();
    await Promise.all((servers ?? []).map((server) => server.remove()));
    await remove?.();
  });

  /** Of a process with a read model of its own, on the same topics or others. */
  const settingsOfAnother = (more: object = {}) => ({
    ...settings,
    data: null,
    secretFile: join(settings.data!, 'secret'),
    kafka: { ...settings.kafka, ...more } as ServiceSettings['kafka'],
  });

  const status = (headers = {}) => hsm(service.url, '/locks/status', { ComponentIDs: [a] }, headers);
  const lock = (what: 'lock' | 'unlock', headers = {}) =>
    hsm(service.url, `/locks/${what}`, { ComponentIDs: [a] }, headers);
  /** Done once, however often it has to be asked for. */
  const locked = (what: 'lock' | 'unlock') => {
    const key = { 'idempotency-key': randomUUID() };
    return vi.waitFor(async () => expect((await lock(what, key)).status).toBe(200), soon);
  };
  /** Once it is ready, or not, for this reason. */
  const readiness = (ready: boolean, reason = /^$/) =>
    vi.waitFor(async () => {
      const { status, body } = await call(service.url, 'GET', '/readyz');
      expect([status, body.ready, body.reasons.join('; ')]).toEqual([
        ready ? 200 : 503,
        ready,
        expect.stringMatching(reason),
      ]);
    }, soon);
  const checked = async () => {
    const lines: string[] = [];
    const well = await checkService({ ...memorySettings, ...settings }, (line) => lines.push(line));
    return { well, said: lines.join('\n') };
  };

  const move = async (names: string[], replicas: number[]) => {
    const impatient = { requestTimeout: 2_000, retry: { retries: 0 }, logLevel: logLevel.NOTHING };
    const admin = new Kafka({ brokers: [servers[0]!.brokers], ...impatient }).admin();
    await admin.connect();
    const topics = names.map((topic) => ({ topic, partitionAssignment: [{ partition: 0, replicas }] }));
    await admin.alterPartitionReassignments({ topics }).finally(() => admin.disconnect());
  };

  test('a setting that is changed while it runs', async () => {
    await readiness(true);
    const alter = (value: string) =>
      administer(servers[0]!.brokers, (admin) => {
        const configEntries = [...wanted, { name: 'retention.ms', value }];
        return admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: events, configEntries }] });
      });
    const { resources } = await administer(servers[0]!.brokers, (admin) =>
      admin.describeConfigs({ includeSynonyms: false, resources: [{ type: 2, name: events }] }),
    );
    const own = resources[0]!.configEntries.filter(({ configSource }) => Number(configSource) === 1);
    const wanted = own
      .filter(({ configName }) => configName !== 'retention.ms')
      .map(({ configName, configValue }) => ({ name: configName, value: configValue }));
    await alter('3600000');
    await readiness(false, /retention\.ms is 3600000 and must be -1.*kafka-configs\.sh/);
    expect(await checked()).toMatchObject({ well: false, said: expect.stringContaining('retention.ms is 3600000') });
    await alter('-1');
    await readiness(true);
  });

  test('one broker of three hangs, then two, and they wake', async () => {
    expect((await lock('lock')).status).toBe(200);
    // The first that all were given.
    await servers[0]!.pause();
    await locked('unlock');
    await readiness(true);
    // One more process, as after a restart: on the brokers that are left.
    await (await serviceFor(settingsOfAnother())).close();
    await servers[1]!.pause();
    await readiness(false, /in sync|does not answer|has no leader|appends? to/);
    const { well, said } = await checked();
    expect([well, said]).toEqual([false, expect.stringMatching(/in sync|does not answer|has no leader/)]);
    const known = await status({ consistency: 'eventual' });
    expect([known.status, known.body.Components[0].ID]).toEqual([200, a]);
    expect(
      (await call(service.url, 'GET', `/audit/components/${a}/history`, undefined, { consistency: 'eventual' })).status,
    ).toBe(200);
    for (const server of servers) await server.resume();
    await readiness(true);
    await locked('lock');
  });

  test('a process starts while its topics are being moved, to a broker that is down', async () => {
    const moved = { commands: `commands-${randomUUID()}`, events: `events-${randomUUID()}` };
    const settings = settingsOfAnother({ replication: 2, topics: moved });
    const names = Object.values(moved);
    const key = { 'idempotency-key': randomUUID() };
    const replicas = async () => {
      const broker = await BrokerConnection.to(servers[0]!.brokers, { brokers: [], clientId: 'administrator' });
      const { topics } = await broker.find(names).finally(() => broker.close());
      return names.map((name) => topics.get(name)?.partitions[0]?.replicas.toSorted().join());
    };
    await (await serviceFor(settings)).close();
    await move(names, [1, 2]);
    await vi.waitFor(async () => expect(await replicas()).toEqual(['1,2', '1,2']), soon);
    // Not one that hangs: others wait 30 s for it where it was the controller, and so would this request.
    await servers[2]!.stop({ kill: true });
    await vi.waitFor(() => move(names, [2, 3]), soon);
    await vi.waitFor(async () => expect(await replicas()).toEqual(['1,2,3', '1,2,3']), soon);
    const again = await serviceFor(settings);
    await loadNodes(again.url, [a]);
    expect((await hsm(again.url, '/locks/lock', { ComponentIDs: [a] })).status).toBe(200);
    expect(await replicas()).toEqual(['1,2,3', '1,2,3']);
    await servers[2]!.start();
    await vi.waitFor(async () => expect(await replicas()).toEqual(['2,3', '2,3']), soon);
    await vi.waitFor(async () => {
      expect((await call(again.url, 'GET', '/readyz')).status).toBe(200);
      expect((await hsm(again.url, '/locks/unlock', { ComponentIDs: [a] }, key)).status).toBe(200);
    }, soon);
    await again.close();
  }, 180_000);

  test('a topic that is deleted while it runs', async () => {
    await administer(servers[0]!.brokers, (admin) => admin.deleteTopics({ topics: [events] }));
    await readiness(false, /does not exist any more|lost|gone/);
    const began = Date.now();
    const { status, body } = await lock('unlock');
    expect([status, body.detail]).toEqual([503, expect.stringMatching(/does not exist any more|stopped/)]);
    // Not after the 30 s of a request that nobody decides.
    expect(Date.now() - began).toBeLessThan(10_000);
    expect((await checked()).well).toBe(false);
    // Nobody makes it again.
    const found = administer(servers[0]!.brokers, (admin) => admin.fetchTopicMetadata({ topics: [events] }));
    await expect(found).rejects.toThrow('does not host');
  });
});
