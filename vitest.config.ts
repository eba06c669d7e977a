import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const folders: Record<string, string> = {
  events: 'events',
  core: 'services/core',
  log: 'services/log',
  'log-lmdb': 'services/log-lmdb',
  'log-kafka': 'services/log-kafka',
  processor: 'services/processor',
  projections: 'projections',
  shard: 'services/shard',
  api: 'services/api',
  cli: 'services/cli',
};

// Where .ci/run wants the counts.
const summary = process.env.HOLDFAST_TEST_SUMMARY;

const never = ['**/node_modules/**', '**/dist/**'];
const parts = ['events/**/*.test.ts', 'services/**/*.test.ts', 'projections/**/*.test.ts', 'test/**/*.test.ts'];
/** With processes, brokers and disks of their own, or of what they wait for by the clock. */
const wholes = [
  'services/log-kafka/**/*.test.ts',
  'services/log-lmdb/**/*.test.ts',
  ...['bench', 'chaos', 'e2e', 'simulation', 'soak', 'support'].map((folder) => `test/${folder}/**/*.test.ts`),
  ...['chaos', 'e2e'].map((folder) => `test/modules/*/${folder}/**/*.test.ts`),
];
/** Of those the ones that promise nothing within seconds, so that they may be kept waiting for a processor. */
const unhurried = [
  'services/log-kafka/cluster.test.ts',
  'services/log-kafka/kafka-log.test.ts',
  ...[
    'audit',
    'check',
    'command-errors',
    'damaged-log',
    'docs-commands',
    'docs-kafka',
    'docs-page',
    'expiry',
    'fencing',
    'level',
    'lost-log',
    'move',
    'operations',
    'pipes',
    'private',
    'quiet-start',
    'races',
    'read-model-away',
    'recovery',
    'restart',
    'schemas',
    'secrets',
    'signals',
    'stranger',
    'strays',
    'sync',
    'withheld',
  ].map((name) => `test/e2e/${name}.test.ts`),
  'test/modules/*/e2e/*.test.ts',
];

// Tests run the sources, not what was built from them.
export default defineConfig({
  resolve: {
    alias: [
      ...exampleRooms(),
      ...Object.entries(folders).flatMap(([name, folder]) => {
        const at = fileURLToPath(new URL(folder, import.meta.url));
        return [
          { find: new RegExp(`^@holdfast/${name}$`), replacement: `${at}/index.ts` },
          { find: new RegExp(`^@holdfast/${name}/(.*)$`), replacement: `${at}/$1.ts` },
        ];
      }),
    ],
  },
  test: {
    reporters: summary === undefined ? ['default'] : ['default', ['json', { outputFile: summary }]],
    setupFiles: [fileURLToPath(new URL('test/support/watchdog-setup.ts', import.meta.url))],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      // In one process each, and nothing but a database beside it.
      project('parts', 0, 2, parts, wholes),
      project('pairs', 1, 2, unhurried),
      // Two cores: whole services side by side would be late.
      project('wholes', 2, 1, wholes, unhurried),
    ],
  },
});

/** The worked example of docs/adding-a-module.md imports as if it were built in. */
function exampleRooms() {
  return ['events', 'core', 'projections', 'api'].map((ring) => ({
    find: new RegExp(`^@holdfast/${ring}/example/(.*)$`),
    replacement: `${fileURLToPath(new URL(`test/example/${ring}`, import.meta.url))}/$1.ts`,
  }));
}

/** Files that run together, so many at a time, once those of the order before have. */
function project(name: string, groupOrder: number, maxWorkers: number, include: string[], exclude: string[] = []) {
  return {
    extends: true as const,
    test: { name, include, exclude: [...exclude, ...never], maxWorkers, sequence: { groupOrder } },
  };
}
