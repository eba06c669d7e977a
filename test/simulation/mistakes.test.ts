import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allMistakes, type Owned, type Planting, plantingOf } from './planting.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
/** Where the histories go. */
const histories = mkdtempSync(join(tmpdir(), 'histories-'));
const outputs = new Map<string, Promise<string>>();

/** Runs the built simulator with a mistake planted, up to the first violation; gives what it said. */
async function simulateWith(mistake: Owned): Promise<string> {
  const plant = fileURLToPath(new URL('plant.mjs', import.meta.url));
  const { from, count, step } = mistake.seeds ?? { from: 1, count: 150, step: 1 };
  const range = ['--from', from, '--seeds', count, '--step', step, '--workers', 1].map(String);
  const args = ['--import', plant, 'test/dist/simulation/main.js', ...range];
  let planting: Planting;
  try {
    planting = plantingOf(mistake);
  } catch (error) {
    return String(error);
  }
  const env = { ...process.env, TMPDIR: histories, HOLDFAST_MISTAKE: JSON.stringify(planting) };
  return run(process.execPath, args, { cwd: root, env, maxBuffer: 16_777_216 }).then(
    ({ stdout }) => stdout,
    ({ code, stdout, stderr }) => `${stdout}${stderr}\nended with code ${code}`,
  );
}

beforeAll(async () => {
  await run('npx', ['tsc', '-b', 'test/simulation'], { cwd: root });
  // Two at a time, as there are two cores.
  let done: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];
  for (const mistake of allMistakes) {
    const [first, second] = done;
    const output = first!.then(() => simulateWith(mistake));
    outputs.set(mistake.name, output);
    done = [second!, output];
  }
}, 120_000);

afterAll(() => rmSync(histories, { recursive: true }));

// The same schedules pass without a mistake: they are among those of simulation.test.ts.
test.each(allMistakes.map(({ name }) => [name]))(
  'the simulator catches: %s',
  async (name) => {
    const output = await outputs.get(name);
    expect(output).toMatch(/seed \d+: /);
    expect(output).toContain('ended with code 1');
    expect(output).toMatch(/What happened, in virtual seconds:\n +\d/);
  },
  300_000,
);

test('a failure names what was violated, tells the history around it, and where all of it is', async () => {
  const output = await outputs.get('a rigid request does what it can');
  expect(output).toMatch(/^seed \d+: Violation: rigid command \d+ was done in part/);
  expect(output).toMatch(/events \d+: .* of command \d+, sequence \d+ on, epoch \d+ of /);
  expect(output).toMatch(/commands \d+: \w+\.\w+ by client-\d, id /);
  expect(output).toMatch(/All of it: .*seed-\d+\.txt/);
  expect(output).toMatch(/Again: npm run simulate -- --seed \d+/);
}, 300_000);
