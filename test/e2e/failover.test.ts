import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceRole } from '@holdfast/cli/service';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { decidedInLog, fold, outOfTime } from '../support/answers.js';
import { holdfast } from '../support/cli.js';
import { Cluster, Door } from '../support/cluster.js';
import {
  type KafkaAddresses,
  type KafkaServer,
  kafkaMissing,
  kafkaStartMsMax,
  sharedKafka,
  startKafka,
} from '../support/kafka.js';
import { Load } from '../support/load.js';
import { type PostgresServer, postgresMissing, startPostgres } from '../support/postgres.js';
import { hsm, loadNodes, xnames } from '../support/service.js';

const missing = kafkaMissing() ?? postgresMissing();
const roles = ['api', 'processor', 'projector'] as const;
const fleet = xnames(4);
/** Answers to requests that began after a fault: enough to see that all is well again. */
const enough = 60;

describe.skipIf(missing !== null)(missing ?? 'processes on Kafka, a registry and a PostgreSQL server', () => {
  let kafka: KafkaServer;
  /** For its registry, which must not stop with the broker. */
  let shared: KafkaAddresses;
  let registry: Door;
  let postgres: PostgresServer;
  let cluster: Cluster;
  let load: Load;

  beforeAll(async () => {
    [kafka, shared, postgres] = await Promise.all([startKafka(), sharedKafka(), startPostgres()]);
    registry = await Door.to(shared.registry!);
    cluster = await Cluster.create(await places());
    await Promise.all(roles.map((role) => cluster.start(role)));
    await loadNodes(cluster.urls()[0]!, fleet);
    load = new Load(() => cluster.urls(), fleet);
  }, kafkaStartMsMax);
  beforeEach(() => load.start());
  afterEach(verify);
  afterAll(async () => {
    await cluster?.remove();
    await registry?.shut();
    await Promise.all([kafka?.remove(), postgres?.remove()]);
  });

  const places = async () => ({
    brokers: kafka.brokers,
    registry: registry.through(shared.registry!),
    postgres: await postgres.database(),
  });

  /**
   * Under load before, during and after the fault. Gives the longest time without an answer from when the fault began.
   */
  async function longestGapMs(name: string, fault: () => Promise<unknown>): Promise<number> {
    await all();
    const began = Date.now();
    await fault();
    await all();
    const gapMs = load.longestGapMs(began);
    const seconds = (ms: number) => (ms / 1_000).toFixed(2);
    process.stdout.write(
      `longest gap, ${name}: ${seconds(gapMs)} s; of reads: ${seconds(load.longestReadGapMs(began))} s\n`,
    );
    return gapMs;
  }

  const ownerOf = () => vi.waitUntil(() => cluster.owner(), 10_000);

  /**
   * Every answer stands: in the order of all answers, in the log, in the status that each api gives, and when asked
   * again.
   */
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

  /** Ends a process of this role, the owner where it is a processor, and begins another once `then` resolves. */
  async function replace(role: ServiceRole, signal: NodeJS.Signals, then: () => Promise<unknown> = async () => {}) {
    const old = role === 'processor' ? await ownerOf() : cluster.running(role)[0]!;
    await old.kill(signal);
    await then();
    await cluster.start(role);
  }

  const all = () => load.answered(enough, Date.now());

  describe('an api, a processor and a projector', () => {
    test('the processor is killed and started again: requests are decided within 10 s', async () => {
      const gapMs = await longestGapMs('only processor, SIGKILL', () => replace('processor', 'SIGKILL'));
      expect(gapMs).toBeLessThan(10_000);
    });

    test('the processor is stopped cleanly and started again: requests are decided within 10 s', async () => {
      const gapMs = await longestGapMs('only processor, SIGTERM', () => replace('processor', 'SIGTERM'));
      expect(gapMs).toBeLessThan(10_000);
    });
  });

  describe('two of each', () => {
    beforeAll(async () => {
      await Promise.all(roles.map((role) => cluster.start(role)));
    });
    test('the owning processor is killed: the other one decides within 10 s', async () => {
      const gapMs = await longestGapMs('owner, SIGKILL', () => replace('processor', 'SIGKILL', all));
      expect(gapMs).toBeLessThan(10_000);
    });

    test('the owning processor is stopped cleanly: the other one decides within 2 s', async () => {
      const gapMs = await longestGapMs('owner, SIGTERM', () => replace('processor', 'SIGTERM', all));
      expect(gapMs).toBeLessThan(2_000);
    });

    test('the owning processor sleeps until another one owns the shard, and wakes: what it still writes counts for nobody', async () => {
      const owner = await ownerOf();
      await longestGapMs('owner asleep', async () => {
        owner.send('SIGSTOP');
        await vi.waitFor(() => expect(cluster.owner()).not.toBe(owner), 10_000);
        owner.send('SIGCONT');
      });
    });

    test.each(['SIGKILL', 'SIGTERM'] as const)('an api ends by %s: the other one goes on', async (signal) => {
      const gapMs = await longestGapMs(`api, ${signal}`, () => replace('api', signal, all));
      expect(gapMs).toBeLessThan(2_000);
    });

    test.each(['SIGKILL', 'SIGTERM'] as const)('a projector ends by %s: the other one goes on', async (signal) => {
      const gapMs = await longestGapMs(`projector, ${signal}`, () => replace('projector', signal, all));
      // Requests do not need it, but those sent again do, and for a moment all clients may wait for such an answer.
      expect(gapMs).toBeLessThan(4_000);
    });

    test('the read model is made anew: no request and no read fails', async () => {
      await all();
      const before = load.refusals;
      await longestGapMs('read model made anew', async () => {
        expect(await holdfast(['rebuild', ...cluster.options()])).toMatchObject({ code: 0 });
      });
      expect(load.refusals - before).toBe(0);
    });

    test('the registry goes away: all goes on, with what the processes know', async () => {
      const gapMs = await longestGapMs('registry away', async () => {
        await registry.shut();
        await all().finally(() => registry.open());
      });
      expect(gapMs).toBeLessThan(2_000);
    });

    test('PostgreSQL restarts: requests go on meanwhile, and reads after it', async () => {
      const gapMs = await longestGapMs('PostgreSQL restarts', async () => {
        load.repeats = false;
        await postgres.stop();
        await all().finally(() => postgres.start());
        load.repeats = true;
      });
      expect(gapMs).toBeLessThan(2_000);
    });

    test('the broker hangs for longer than an append may take, and wakes: nothing of it counts twice', async () => {
      const gapMs = await longestGapMs('broker hangs for 6 s', async () => {
        await kafka.pause();
        await sleep(6_000);
        await kafka.resume();
      });
      expect(gapMs).toBeLessThan(16_000);
    });

    test.each([{ kill: false }, { kill: true }])(
      'the broker restarts (kill: $kill): all goes on by itself',
      async (how) => {
        let backMs = 0;
        const gapMs = await longestGapMs(`broker, ${JSON.stringify(how)}`, async () => {
          const began = Date.now();
          await kafka.stop(how);
          await kafka.start();
          backMs = Date.now() - began;
        });
        process.stdout.write(`  of which the broker was away ${(backMs / 1_000).toFixed(2)} s\n`);
        expect(gapMs - backMs).toBeLessThan(10_000);
      },
      60_000,
    );
  });
});
