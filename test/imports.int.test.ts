import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { coreModules } from '@holdfast/core';
import { afterEach, expect, test } from 'vitest';

const root = new URL('..', import.meta.url).pathname;
const seeded: string[] = [];
const [first, second] = coreModules.map(({ name }) => name) as [string, string];

/** Writes a file that breaks a rule, and gives the names of the rules that the scanner reports for it. */
async function rulesBrokenBy(path: string, source: string): Promise<string[]> {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, source);
  seeded.push(file);
  const scan = promisify(execFile)(
    join(root, 'node_modules/.bin/depcruise'),
    ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', path],
    { cwd: root, maxBuffer: 64 * 1024 * 1024 },
  );
  const { stdout } = await scan.catch((error: { stdout: string }) => error);
  const { violations } = JSON.parse(stdout).summary as { violations: { from: string; rule: { name: string } }[] };
  return violations.filter(({ from }) => from === path).map(({ rule }) => rule.name);
}

afterEach(async () => {
  for (const file of seeded.splice(0)) await rm(file);
});

test.each([
  ['core-is-pure', 'services/core/seeded.ts', "import { readFile } from 'node:fs';\nexport { readFile };\n"],
  ['core-needs-no-package', 'services/core/seeded.ts', "import avsc from 'avsc';\nexport { avsc };\n"],
  ['core-knows-only-events', 'services/core/seeded.ts', "export type { Group } from '@holdfast/log';\n"],
  ['core-knows-types-of-events', 'services/core/dist/seeded.js', "export * from '@holdfast/events';\n"],
  ['core-runs-what-is-pure', 'services/core/dist/seeded.js', `export * from '../../../events/dist/${first}/set.js';\n`],
  ['only-the-list-knows-modules', 'services/core/seeded.ts', `export type * from './${first}/state.js';\n`],
  ['only-the-list-knows-modules', 'events/seeded.ts', `export type * from './${second}/messages.js';\n`],
  ['only-the-list-knows-modules', 'projections/seeded.ts', `export type * from './${first}/port.js';\n`],
  [
    'only-the-list-knows-modules',
    'projections/seeded.ts',
    `export type * from '@holdfast/events/${second}/messages';\n`,
  ],
  ['only-the-list-knows-modules', 'services/api/audit/seeded.ts', `export * from '../${first}/words.js';\n`],
  [
    'only-the-list-knows-modules',
    'services/api/seeded.ts',
    `export type * from '@holdfast/events/${second}/messages';\n`,
  ],
  ['only-the-list-knows-modules', 'services/cli/commands/seeded.ts', `export * from '../${second}/words.js';\n`],
  ['only-the-list-knows-modules', 'services/cli/seeded.ts', `export type * from '@holdfast/core/${first}/state';\n`],
  ['only-the-list-knows-modules', 'services/shard/seeded.ts', `export * from '@holdfast/core/${first}/state';\n`],
  [
    'only-the-list-knows-modules',
    'services/processor/seeded.ts',
    `export type * from '@holdfast/core/${second}/state';\n`,
  ],
  [
    `no-module-knows-another-than-${first}`,
    `services/core/${first}/seeded.ts`,
    `export * from '../${second}/state.js';\n`,
  ],
  [
    `no-module-knows-another-than-${second}`,
    `services/core/${second}/seeded.ts`,
    `export type * from '@holdfast/events/${first}/messages';\n`,
  ],
  [
    `no-module-knows-another-than-${first}`,
    `projections/${first}/seeded.ts`,
    `export type * from '../${second}/port.js';\n`,
  ],
  [
    `no-module-knows-another-than-${first}`,
    `services/api/${first}/seeded.ts`,
    `export * from '../${second}/words.js';\n`,
  ],
  [
    `no-module-knows-another-than-${second}`,
    `services/cli/${second}/seeded.ts`,
    `export type * from '@holdfast/api/${first}/settings';\n`,
  ],
  ['events-stand-alone', 'events/seeded.ts', "export type { Group } from '@holdfast/log';\n"],
  ['only-log-lmdb-knows-lmdb', 'services/processor/seeded.ts', "import { open } from 'lmdb';\nexport { open };\n"],
  ['projections-know-log-and-events', 'projections/seeded.ts', "export type { Decider } from '@holdfast/core';\n"],
  ['shard-serves-nothing', 'services/shard/seeded.ts', "import fastify from 'fastify';\nexport { fastify };\n"],
  ['shard-composes-rings-below', 'services/shard/seeded.ts', "export type { Token } from '@holdfast/api';\n"],
  ['only-what-is-served-needs-fastify', 'services/api/dist/seeded.js', "export * from './logging.js';\n"],
  ['the-api-is-loaded-where-it-is-served', 'services/cli/dist/seeded.js', "export * from '@holdfast/api';\n"],
  ['api-knows-types-of-core', 'services/api/dist/seeded.js', "export * from '@holdfast/core';\n"],
  ['api-knows-ports', 'services/api/seeded.ts', "export * from '@holdfast/log-lmdb';\n"],
])('the import rule %s is enforced', async (rule, path, source) => {
  expect(await rulesBrokenBy(path, source)).toContain(rule);
});
