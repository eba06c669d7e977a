import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { overload, reportLines } from '../bench/overload.js';

const fastClock = fileURLToPath(new URL('../support/fast-clock.mjs', import.meta.url));

/**
 * Smaller than `npm run overload`, and with a clock that runs eight times as fast: leases of a minute end within 8 s of
 * the last renewal, and the run lasts longer than that.
 */
test('four times as many clients as the limits admit: every answer holds, the rest is told to come again, and no lease that is renewed ends', async () => {
  process.env.HOLDFAST_CLOCK_FACTOR = '8';
  const report = await overload({
    clients: 500,
    inFlightMax: 125,
    readsMax: 25,
    holders: 20,
    renewEveryMs: 1_500,
    elapsedMs: 12_000,
    serve: ['--queue-age-max', '30'],
    node: ['--import', fastClock],
  }).finally(() => {
    delete process.env.HOLDFAST_CLOCK_FACTOR;
  });
  process.stdout.write(`${reportLines(report).join('\n')}\n`);
  const { swarm, wrong, stillHeld, residentMb, idleMb } = report;
  expect(wrong).toEqual([]);
  expect(stillHeld).toBe(20);
  expect(residentMb - idleMb).toBeLessThan(400);
  // It was overload, and all of it was seen.
  expect(swarm.refused.requests.get(429)).toBeGreaterThan(100);
  expect(swarm.answers.filter(({ status }) => status === 200).length).toBeGreaterThan(100);
  expect(swarm.ms.renewed.length).toBeGreaterThan(50);
}, 120_000);
