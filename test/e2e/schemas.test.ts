import { inLandingOrder, loadCatalogue } from '@holdfast/events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { holdfast } from '../support/cli.js';
import { Cluster } from '../support/cluster.js';
import { FakeRegistry } from '../support/fake-registry.js';
import { kafkaMissing, kafkaStartMsMax, sharedKafka } from '../support/kafka.js';
import { type PostgresServer, postgresMissing, startPostgres } from '../support/postgres.js';
import { hsm, loadNodes, xnames } from '../support/service.js';

/*
 * What ids mean, the log says: whatever becomes of the registry, the log is read and written as before, by processes
 * that start anew and have kept nothing. SPEC rule 13.
 */

const missing = kafkaMissing() ?? postgresMissing();
const nodes = xnames(6);
const catalogue = inLandingOrder(loadCatalogue());

describe.skipIf(missing !== null)(missing ?? 'a registry', () => {
  let brokers: string;
  let postgres: PostgresServer;
  let registry: FakeRegistry;
  let cluster: Cluster;

  beforeAll(async () => {
    brokers = (await sharedKafka()).brokers;
    postgres = await startPostgres();
  }, kafkaStartMsMax);
  afterAll(() => postgres?.remove());
  beforeEach(async () => {
    registry = await FakeRegistry.start();
    cluster = await Cluster.create({ brokers, registry: registry.url, postgres: await postgres.database() });
  });
  afterEach(async () => {
    await cluster.remove();
    await registry.stop();
  });

  /** Three processes, one of each role. */
  async function startAll(): Promise<string> {
    await Promise.all((['processor', 'projector', 'api'] as const).map((role) => cluster.start(role)));
    return cluster.urls()[0]!;
  }

  async function stopAll(): Promise<void> {
    for (const role of ['api', 'projector', 'processor'] as const) {
      for (const process of cluster.running(role)) await process.kill('SIGTERM');
    }
  }

  const locked = async (url: string) => {
    const { body } = await hsm(url, '/locks/status', {});
    return body.Components.filter(({ Locked }: { Locked: boolean }) => Locked).map(({ ID }: { ID: string }) => ID);
  };

  async function lock(url: string, id: string): Promise<void> {
    const { status, body } = await hsm(url, '/locks/lock', { ComponentIDs: [id] });
    expect({ status, success: body.Counts?.Success }).toEqual({ status: 200, success: 1 });
  }

  async function begin(): Promise<void> {
    const url = await startAll();
    await loadNodes(url, nodes);
    await lock(url, nodes[0]!);
    await stopAll();
  }

  /** Whoever starts now reads what is there, and writes what others read. */
  async function goesOn(): Promise<void> {
    const url = await startAll();
    expect(await locked(url)).toEqual([nodes[0]]);
    // Of every kind that was not used before, too.
    const reserved = await hsm(url, '/locks/service/reservations', {
      ComponentIDs: [nodes[1]],
      ReservationDuration: 5,
    });
    expect(reserved.body.Success).toHaveLength(1);
    await lock(url, nodes[2]!);
    expect(await locked(url)).toEqual([nodes[0], nodes[2]]);
    await stopAll();
    const verified = await holdfast(['verify', ...cluster.options()]);
    expect(verified).toMatchObject({ code: 0, stderr: '' });
  }

  test('that is raced by three processes on a new log gives each schema one id, and all three serve', async () => {
    await Promise.all([1, 2, 3].map(() => cluster.start('processor')));
    expect({ used: registry.used.length, overlapping: registry.overlapping }).toEqual({
      used: catalogue.length,
      overlapping: 0,
    });
    const url = await startAll();
    await loadNodes(url, nodes);
    await lock(url, nodes[0]!);
  }, 120_000);

  test.each<[string, (registry: FakeRegistry) => void]>([
    [
      'was emptied, and filled by a stranger first',
      (emptied) => {
        emptied.empty();
        emptied.takeIds(7);
      },
    ],
    ['was exchanged for one that gives ids from the other end', (other) => other.empty((last) => (last || 200) - 1)],
    ['is empty', (emptied) => emptied.empty()],
  ])(
    'that %s changes nothing',
    async (_, change) => {
      registry.takeIds(3);
      await begin();
      change(registry);
      const used = registry.used.length;
      await goesOn();
      // It was asked for nothing: the log knows its ids.
      expect(registry.used).toHaveLength(used);
    },
    180_000,
  );

  test('that is away keeps nobody from starting once the log knows its ids', async () => {
    await begin();
    await registry.stop();
    await goesOn();
    registry = await FakeRegistry.start();
  }, 180_000);

  test("that has the log's ids for others is told with both ids, by whoever starts", async () => {
    await begin();
    registry.empty((last) => (last || 300) - 1);
    const other = catalogue.map((entry) => entry.name);
    expect(other.length).toBeGreaterThan(50);
    await fetchAll(registry.url);
    const processor = await cluster.start('processor');
    await expect
      .poll(() => processor.output, { timeout: 20_000 })
      .toMatch(
        /^The registry at \S+ does not have the schema ids of this log.* is \d+ in the log, and the registry has \d+\./m,
      );
  }, 120_000);

  /** Another service registers the same schemas there. */
  async function fetchAll(url: string): Promise<void> {
    for (const { name, schema } of catalogue) {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ schema: JSON.stringify(schema) });
      await fetch(`${url}/subjects/${name}/versions`, { method: 'POST', headers, body });
    }
  }
});
