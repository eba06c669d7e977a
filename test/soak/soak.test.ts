import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Proof } from './proofs.js';
import { type Known, resume } from './record.js';
import { recordIn, soak } from './run.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'soak-'));
});
afterEach(() => rm(directory, { recursive: true }));

const proof = (name: string, script: string): Proof => ({ name, command: ['node', '-e', script], minutes: 1 });
const neverStopped = new AbortController().signal;

function run(proofs: Proof[], known: Known, signal = neverStopped, say = (_line: string) => {}): Promise<boolean> {
  return soak({ proofs, known, directory, say, signal });
}
const known = () => resume(recordIn(directory), 'one', 7);

test('a proof that fails fails the whole, the others are run all the same, and what each printed is kept', async () => {
  const proofs = [proof('bad', 'console.error("why"); process.exit(3)'), proof('good', 'console.log("well")')];
  expect(await run(proofs, await known())).toBe(false);
  expect(await readFile(join(directory, 'bad.txt'), 'utf8')).toBe('why\n');
  expect(await readFile(join(directory, 'good.txt'), 'utf8')).toBe('well\n');
});

test('a program that cannot be run has not passed', async () => {
  const missing: Proof = { name: 'missing', command: ['./no-such-program'], minutes: 1 };
  expect(await run([missing], await known())).toBe(false);
});

test('what passed is not run again on the same commit, with the same seed; what failed is, and another commit begins anew', async () => {
  const counted = proof('counted', `require('fs').appendFileSync(${JSON.stringify(join(directory, 'runs'))}, 'x')`);
  await run([counted, proof('bad', 'process.exit(1)')], await known());
  const again = await run([counted, proof('bad', '')], await resume(recordIn(directory), 'one', 8));
  expect(again).toBe(true);
  expect(await readFile(join(directory, 'runs'), 'utf8')).toBe('x');
  expect((await resume(recordIn(directory), 'one', 8)).seed).toBe(7);
  expect(await resume(recordIn(directory), 'two', 8)).toEqual({ commit: 'two', seed: 8, ended: {} });
});

test('a run that is ended half way goes on with the proof that was cut', async () => {
  const stop = new AbortController();
  const proofs = [proof('first', ''), proof('long', 'setTimeout(() => {}, 60_000)')];
  const say = (line: string) => {
    if (line.includes('long, about')) stop.abort();
  };
  expect(await run(proofs, await known(), stop.signal, say)).toBe(false);
  expect(Object.keys((await known()).ended)).toEqual(['first']);
});
