import { afterAll, describe, expect, test } from 'vitest';
import { kafkaMissing } from '../support/kafka.js';
import { postgresMissing } from '../support/postgres.js';
import { type Cycled, chaos } from './chaos.js';
import { faultKinds } from './faults.js';
import { plan } from './plan.js';
import { cycleLine, summary } from './report.js';

const missing = kafkaMissing() ?? postgresMissing();
const say = (text: string) => process.stdout.write(`${text}\n`);
const seed = 1;
/** Ends what is left where the test was cut short. */
const stopped = new AbortController();
afterAll(() => stopped.abort());

describe.skipIf(missing !== null)(missing ?? 'processes on Kafka, a registry and a PostgreSQL server', () => {
  test('10 cycles of faults, with every kind among them, break no promise', async () => {
    const cycles = plan(10, seed);
    let n = 0;
    const tell = (cycled: Cycled) => say(cycleLine(++n, cycles.length, cycled));
    const settings = { cycles, seed, processors: 2, clients: 24, cycleMsMin: 0 };
    const result = await chaos(settings, tell, stopped.signal);
    for (const line of summary(result)) say(line);
    expect(new Set(result.cycles.flatMap(({ kinds }) => kinds))).toEqual(new Set(faultKinds));
    // A run that asks for nothing would break no promise.
    const { answers, acknowledged, repeats, leasesRenewed, leasesExpired, reads } = result.verified;
    expect(answers).toBeGreaterThan(1_000);
    const counts = { acknowledged, repeats, leasesRenewed, leasesExpired, ...reads };
    expect(Object.entries(counts).filter(([, count]) => count === 0)).toEqual([]);
  }, 600_000);
});
