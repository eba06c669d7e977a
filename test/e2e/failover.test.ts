import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { decidedInLog, fold, outOfTime } from '../support/answers.js';
import { Cluster, Door } from '../support/cluster.js';
import { type KafkaServer, kafkaMissing, kafkaStartMsMax, startKafka } from '../support/kafka.js';
import { Load } from '../support/load.js';
import { type PostgresServer, postgresMissing, startPostgres } from '../support/postgres.js';
import { hsm, loadNodes, xnames } from '../support/service.js';

const missing = kafkaMissing() ?? postgresMissing();
const fleet = xnames(4);
/** Answers to requests that began after a fault: enough to see that all is well again. */
const enough = 60;

describe.skipIf(missing !== null)(missing ?? 'processes on Kafka, a registry and a PostgreSQL server', () => {
  let kafka: KafkaServer;
  let registry: Door;
  let postgres: PostgresServer;
  let cluster: Cluster;
  let load: Load;

  beforeAll(async () => {
    [kafka, postgres] = await Promise.all([startKafka({ registry: true }), startPostgres()]);
    registry = await Door.to(kafka.registry!);
    cluster = await Cluster.create(await places());
  }, kafkaStartMsMax);
  afterAll(async () => {
    await cluster?.remove();
    await registry?.shut();
    await Promise.all([kafka?.remove(), postgres?.remove()]);
  });

  const places = async () => ({
    brokers: kafka.brokers,
    registry: registry.through(kafka.registry!),
    postgres: await postgres.database(),
  });

  /** Under load before, during and after the fault. Gives the longest time without an answer from when the fault began. */
  async function longestGapMs(fault: () => Promise<unknown>): Promise<number> {
    await load.answered(enough, Date.now());
    const began = Date.now();
    await fault();
    await load.answered(enough, Date.now());
    return load.longestGapMs(began);
  }

  function report(fault: string, gapMs: number): void {
    process.stdout.write(`longest gap, ${fault}: ${(gapMs / 1_000).toFixed(2)} s\n`);
  }

  async function ownerOf(): Promise<NonNullable<ReturnType<Cluster['owner']>>> {
    for (;;) {
      const owner = cluster.owner();
      if (owner !== null) return owner;
      await sleep(20);
    }
  }

  /** Every answer stands: in the order of all answers, in the log, in the status that each api gives, and when asked again. */
  async function verify(): Promise<void> {
    await load.stop();
    const { answers, oddities } = load;
    expect(oddities).toEqual([]);
    expect(outOfTime(answers)).toEqual([]);
    const expected = fold(answers);
    for (const url of cluster.urls()) {
      const { status, body } = await hsm(url, '/locks/status', { ComponentIDs: fleet });
      expect(status, JSON.stringify(body)).toBe(200);
      const shown = body.Components.map(
        ({ ID, Locked, Reserved }: { ID: string; Locked: boolean; Reserved: boolean }) => [
          ID,
          { locked: Locked, reserved: Reserved },
        ],
      );
      expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(expected));
    }
    const inLog = await decidedInLog({ data: null, kafka: cluster.kafkaSettings() });
    const inAnswers = answers.map(({ sequence }) => sequence);
    expect(inLog.filter((sequence) => sequence >= Math.min(...inAnswers))).toEqual(inAnswers.sort((a, b) => a - b));
    for (const answered of answers.filter(({ attempts }) => attempts > 1).slice(-50)) {
      expect(await load.again(answered)).toBeNull();
    }
  }

  describe('an api, a processor and a projector', () => {
    beforeAll(async () => {
      await Promise.all((['api', 'processor', 'projector'] as const).map((role) => cluster.start(role)));
      await loadNodes(cluster.urls()[0]!, fleet);
      load = new Load(() => cluster.urls(), fleet);
    });
    afterEach(verify);

    test('the processor killed and started again: requests are decided again within 10 s', async () => {
      load.start();
      const gapMs = await longestGapMs(async () => {
        await (await ownerOf()).kill();
        await cluster.start('processor');
      });
      report('the only processor killed and started again', gapMs);
      expect(gapMs).toBeLessThan(10_000);
    });
  });
});
