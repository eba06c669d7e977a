import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { packages } from './test/support/packages.js';
import { type TestProject, testProjects } from './test/tiers.js';

// Where .ci/run wants the counts.
const summary = process.env.HOLDFAST_TEST_SUMMARY;

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const never = ['**/node_modules/**', '**/dist/**'];

// Tests run the sources, not what was built from them: of each package what it shows, and nothing else.
export default defineConfig({
  resolve: {
    alias: [
      ...exampleRooms(),
      ...packages().flatMap(({ exports }) =>
        exports.map(({ fits, source }) => ({ find: fits, replacement: at(source) })),
      ),
    ],
  },
  test: {
    reporters: summary === undefined ? ['default'] : ['default', ['json', { outputFile: summary }]],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: testProjects.map(project),
  },
});

/** The worked example of docs/adding-a-module.md imports as if it were built in. */
function exampleRooms() {
  return ['events', 'core', 'projections', 'api'].map((ring) => ({
    find: new RegExp(`^@holdfast/${ring}/example/(.*)$`),
    replacement: `${fileURLToPath(new URL(`test/example/${ring}`, import.meta.url))}/$1.ts`,
  }));
}

function project({ name, order, workers, isolate, include, exclude }: TestProject) {
  return {
    extends: true as const,
    test: {
      name,
      include,
      exclude: [...exclude, ...never],
      isolate,
      maxWorkers: workers,
      sequence: { groupOrder: order },
      setupFiles: [
        at('test/support/watchdog-setup.ts'),
        ...(name.startsWith('unit') ? [at('test/support/unit-setup.ts')] : []),
      ],
    },
  };
}
