import { nodeRuntime } from '@holdfast/log';
import { afterAll, describe, expect, test } from 'vitest';
import { type KafkaServer, kafkaMissing, kafkaStartMsMax, startKafka } from '../support/kafka.js';
import { call, hsm, loadNodes, scratch, serviceFor, xnames } from '../support/service.js';
import { SteppedWallClock, steppingMissing } from '../support/stepped-clock.js';

/** The clock that gives append times. */
interface LogClock {
  now(): number;
  step(byMs: number): void;
}

/** Each looks like time that passed, or is more than any pause; the last is gathered with what else differs. */
const steps = [9_000, 9_000, 9_000, -20_000, 3_600_000, -400];
const everyMs = 4_000;
const minute = 60_000;
const [held] = xnames(1) as [string];

/** Reserves for a minute, steps the clock, and gives how long the reservation lasted, in true milliseconds. */
async function reserveAndStep(url: string, clock: LogClock): Promise<number> {
  await loadNodes(url, [held]);
  // Until the first ticker is heard, time is what the log's clock says.
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  const reserved = await hsm(url, '/locks/service/reservations', { ComponentIDs: [held], ReservationDuration: 1 });
  const began = performance.now();
  const lasted = () => performance.now() - began;
  expect(reserved.body.Success).toHaveLength(1);
  for (const [n, byMs] of steps.entries()) {
    setTimeout(() => clock.step(byMs), (n + 1) * everyMs);
  }
  const seenAt = (steps.length + 1) * everyMs + 2_000;
  let seen = false;
  for (;;) {
    const { body } = await hsm(url, '/locks/status', { ComponentIDs: [held] });
    const now = lasted();
    if (body.Components[0].Reserved === false) return now;
    if (now > seenAt && !seen) {
      seen = true;
      await showsWhenItEnds(url, clock.now() + minute - lasted());
    }
    if (now > 2 * minute) throw new Error('it does not end');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** By the log's clock, as it is after its steps. */
async function showsWhenItEnds(url: string, endsAt: number): Promise<void> {
  const status = await hsm(url, '/locks/status', { ComponentIDs: [held] });
  const holders = await call(url, 'GET', '/audit/holders');
  const events = await call(url, 'GET', '/audit/events?from=-1');
  const past = await call(url, 'GET', `/audit/status?at=${events.body.Sequence}`);
  const shown = [status.body.Components[0], holders.body.Holders[0].Reservation, past.body.Components[0]];
  for (const { ExpirationTime } of shown) {
    expect(Math.abs(Date.parse(ExpirationTime) - endsAt)).toBeLessThan(2_000 + steps.length * 2_000);
  }
}

function lastedAsAsked(ms: number): void {
  expect(ms).toBeGreaterThanOrEqual(minute - 1_000);
  // It ends on a whole second; and the processors of a busy machine are late.
  expect(ms).toBeLessThanOrEqual(minute + 1_000 + steps.length * 2_000 + 6_000);
}

describe.concurrent('a minute is a minute, whatever the clock of the log does', () => {
  test('embedded, in a directory', async () => {
    let offMs = 0;
    const now = () => nodeRuntime.now() + offMs;
    const { directory, remove } = await scratch();
    const service = await serviceFor({ data: directory }, { ...nodeRuntime, now });
    const step = (byMs: number) => {
      offMs += byMs;
    };
    lastedAsAsked(await reserveAndStep(service.url, { now, step }));
    await service.close();
    await remove();
  }, 180_000);

  const missing = kafkaMissing() ?? steppingMissing();
  let kafka: KafkaServer | null = null;
  let clock: SteppedWallClock | null = null;
  afterAll(async () => {
    await kafka?.remove();
    clock?.remove();
  });

  test.skipIf(missing !== null)(
    missing ?? "on Kafka, whose broker's clock steps",
    async () => {
      clock = new SteppedWallClock();
      kafka = await startKafka({ registry: true, env: clock.env });
      const { directory, remove } = await scratch();
      const { brokers, registry } = kafka;
      const topics = { commands: 'commands', events: 'events' };
      const settings = {
        kafka: { brokers: [brokers], shards: 1, registry: { url: registry! }, topics },
        data: directory,
      };
      const service = await serviceFor(settings);
      lastedAsAsked(await reserveAndStep(service.url, clock));
      await service.close();
      await remove();
    },
    180_000 + kafkaStartMsMax,
  );
});
