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
  const code = tracked
    .toString()
    .split('\0')
    .filter((path) => /\.(ts|mts|mjs|cjs|js)$/.test(path));
  expect(code.length).toBeGreaterThan(500);
  const naming = code.filter((path) => {
    const text = readFileSync(root + path, 'utf8');
    // What an operator reads may say it in a test.
    return path.endsWith('.test.ts') ? text.includes(`'${shardName}'`) : text.includes(shardName);
  });
  expect(naming).toEqual(['services/shard/shard-name.ts']);
});
