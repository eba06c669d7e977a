import { spawn } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { open } from 'lmdb';
import { expect, test } from 'vitest';
import { createVitest } from 'vitest/node';
import { root, testFiles } from './tiers.js';

test('each test file is in one tier, and runs once', async () => {
  const vitest = await createVitest('test', { root, watch: false });
  const run = (await vitest.globTestSpecifications()).map(({ moduleId, project }) => ({
    file: moduleId.slice(root.length),
    tier: project.name.replace(/-.*/, ''),
  }));
  await vitest.close();
  expect(run.map(({ file }) => file).sort()).toEqual(testFiles().sort());
  expect(new Set(run.map(({ tier }) => tier))).toEqual(new Set(['unit', 'int', 'e2e']));
});

test.each([
  ['a process', () => spawn('true')],
  ['a thread', () => new Worker('', { eval: true })],
  ['a database', () => PGlite.create()],
  ['a log', () => open({ path: '/tmp/none' })],
])('the unit tier begins or opens no such thing as %s', (_, begin) => {
  expect(begin).toThrow(/a unit test (begins|opens)/);
});
