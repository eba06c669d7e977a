import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { type Mistake, mistakes } from './mistakes.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const seeds = 120;

/** Runs the built simulator with a mistake planted; gives how it ended. */
async function simulateWith(mistake: Mistake): Promise<{ code: number; output: string }> {
  const plant = fileURLToPath(new URL('plant.mjs', import.meta.url));
  const args = ['--import', plant, 'test/dist/simulation/main.js', '--seeds', String(seeds)];
  const env = { ...process.env, HOLDFAST_MISTAKE: JSON.stringify(mistake) };
  return run(process.execPath, args, { cwd: root, env }).then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, output: stdout + stderr }),
  );
}

beforeAll(async () => {
  await run('npx', ['tsc', '-b', 'test/simulation'], { cwd: root });
}, 120_000);

test.each(mistakes.map((mistake) => [mistake.name, mistake] as const))(
  'the simulator catches: %s',
  async (_, mistake) => {
    const { code, output } = await simulateWith(mistake);
    expect(output).toMatch(/seed \d+: /);
    expect(code).toBe(1);
  },
  120_000,
);

test('without a mistake the same schedules pass', async () => {
  const same = 'export function nextMoment(last, appendTime) {';
  const { code } = await simulateWith({ name: 'none', file: 'core/dist/log-time.js', find: same, replace: same });
  expect(code).toBe(0);
}, 120_000);
