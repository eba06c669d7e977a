import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { shardName } from './shard-name.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('no other code names the shard', () => {
  const tracked = execFileSync('git', ['ls-files', '-z', 'events', 'services', 'projections', 'test', 'infra'], {
    cwd: root,
  });
  const files = tracked.toString().split('\0');
  // Tests say what an operator reads.
  const code = files.filter((path) => /\.(ts|mts|mjs|cjs|js)$/.test(path) && !path.endsWith('.test.ts'));
  expect(code.length).toBeGreaterThan(300);
  const naming = code.filter((path) => readFileSync(root + path, 'utf8').includes(shardName));
  expect(naming).toEqual(['services/shard/shard-name.ts']);
});
