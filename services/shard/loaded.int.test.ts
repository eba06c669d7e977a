import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Packages that a process has loaded once it has imported what was built of a ring; of those that are no ES modules.
 */
function loadedBy(ring: string): Set<string> {
  const program = `
    import { createRequire } from 'node:module';
    await import('@holdfast/${ring}');
    console.log(JSON.stringify(Object.keys(createRequire(process.cwd() + '/here.js').cache)));
  `;
  const args = ['--input-type=module', '--eval', program];
  const files: string[] = JSON.parse(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' }));
  return new Set(files.flatMap((file) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []));
}

test('a process that only decides loads no Fastify', () => {
  expect(loadedBy('api')).toContain('fastify');
  const loaded = loadedBy('shard');
  expect(loaded).toContain('avsc');
  expect([...loaded].filter((name) => name.includes('fastify'))).toEqual([]);
});
