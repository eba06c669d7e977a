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
];

// Tests run the sources, not what was built from them.
export default defineConfig({
  resolve: {
    alias: Object.entries(folders).flatMap(([name, folder]) => {
      const at = fileURLToPath(new URL(folder, import.meta.url));
      return [
        { find: new RegExp(`^@holdfast/${name}$`), replacement: `${at}/index.ts` },
        { find: new RegExp(`^@holdfast/${name}/(.*)$`), replacement: `${at}/$1.ts` },
      ];
    }),
  },
  test: {
    reporters: summary === undefined ? ['default'] : ['default', ['json', { outputFile: summary }]],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      // In one process each, and nothing but a database beside it.
      {
        extends: true,
        test: {
          name: 'parts',
          include: parts,
          exclude: [...wholes, ...never],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      // Two cores: whole services side by side would only wait for one another.
      {
        extends: true,
        test: { name: 'wholes', include: wholes, exclude: never, fileParallelism: false, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
