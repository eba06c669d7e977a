import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import type { Summary } from './batch.js';
import { faultKinds } from './faults.js';
import { simulate } from './run.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const schedules = 2_000;
const freshSchedules = 200;

/** Runs what was built of the simulator, in two processes. */
async function simulateAll(from: number, seeds: number): Promise<Summary> {
  const args = ['test/dist/simulation/main.js', '--from', String(from), '--seeds', String(seeds), '--json'];
  const { stdout } = await run(process.execPath, args, { cwd: root, maxBuffer: 16_777_216 }).catch((failed) => {
    throw new Error(failed.stdout || failed.stderr);
  });
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}

beforeAll(async () => {
  await run('npx', ['tsc', '-b', 'test/simulation'], { cwd: root });
}, 120_000);

test(`${schedules} schedules break no promise, and every kind of fault fires`, async () => {
  const { faults, groups, answers, failed } = await simulateAll(1, schedules);
  expect(failed).toBeNull();
  expect(Object.keys(faults).sort()).toEqual([...faultKinds].sort());
  // A schedule that decides and answers nothing would pass every check.
  expect(groups / schedules).toBeGreaterThan(80);
  expect(answers / schedules).toBeGreaterThan(80);
}, 900_000);

test(`${freshSchedules} schedules that no run had before break no promise`, async () => {
  const from = 1_000_000 + Math.floor(Math.random() * 1_000_000_000);
  const { groups, failed } = await simulateAll(from, freshSchedules);
  expect(failed, `of the seeds from ${from} on`).toBeNull();
  expect(groups / freshSchedules).toBeGreaterThan(60);
}, 300_000);

test('a seed names one schedule, for ever the same', async () => {
  const [first, second] = [await simulate(5), await simulate(5)];
  expect(second).toEqual(first);
});
