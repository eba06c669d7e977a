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
    include: ['events/**/*.test.ts', 'services/**/*.test.ts', 'projections/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    reporters: summary === undefined ? ['default'] : ['default', ['json', { outputFile: summary }]],
    // Two cores: whole services side by side would only wait for one another.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
