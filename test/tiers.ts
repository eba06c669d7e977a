import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Which test runs when, and beside what: the one list that vitest's projects, `npm run test:unit`, `test:int` and
 * `test:e2e` come from. The tier of a file is in its folder or its name; `tiers.test.ts` holds that it has one.
 *
 * unit  one package, or several by their plain functions: no database, no broker, no process (support/unit-setup.ts).
 *       Many files run in one process, so a test leaves nothing behind; those that replace modules have one of their
 *       own.
 * int   several together, with what they stand on: databases, brokers, other programs, the simulator
 * e2e   whole services, as somebody runs them, and what is measured and proven with them
 */
export type Tier = 'unit' | 'int' | 'e2e';

export interface TestProject {
  /** Begins with the tier. */
  name: Tier | `${Tier}-${string}`;
  /** Files that run together, so many at a time, once those of the order before have. */
  order: number;
  workers: number;
  /** A process for each file. */
  isolate: boolean;
  include: string[];
  exclude: string[];
}

export const root = fileURLToPath(new URL('..', import.meta.url));

/** All that there are, from the top of the repository. */
export function testFiles(folder = ''): string[] {
  return readdirSync(root + folder, { withFileTypes: true }).flatMap((each) => {
    if (each.name.startsWith('.') || each.name === 'node_modules' || each.name === 'dist') return [];
    const path = folder + each.name;
    if (each.isDirectory()) return testFiles(`${path}/`);
    return path.endsWith('.test.ts') ? [path] : [];
  });
}

const named = (folder: string, names: string[]) => names.map((name) => `${folder}/${name}.test.ts`);

/** Of one module, beside its data. */
const servicesOfModules = ['test/modules/*/e2e/**/*.test.ts'];
const chaosOfModules = ['test/modules/*/chaos/**/*.test.ts'];
const integration = ['**/*.int.test.ts', 'test/{history,modules}/**/*.test.ts'];
/** They have brokers and disks of their own, or what they wait for by the clock. */
const alone = ['services/log-{kafka,lmdb}/**/*.test.ts', 'test/{simulation,support}/**/*.test.ts'];
const services = ['test/{bench,chaos,e2e,soak}/**/*.test.ts', ...chaosOfModules];

/** Those of `alone` that promise nothing within seconds, so that they may be kept waiting for a processor. */
const unhurriedLogs = named('services/log-kafka', ['cluster', 'kafka-log']);
/** The same of services. */
const unhurriedServices = [
  ...servicesOfModules,
  ...named('test/e2e', [
    'adding-a-module',
    'audit',
    'check',
    'command-errors',
    'damaged-log',
    'dev',
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
    'roles',
    'schemas',
    'secrets',
    'signals',
    'stranger',
    'strays',
    'sync',
    'withheld',
  ]),
];

/** What is loaded already in a process cannot be replaced in it, and remembers by which clock it was used. */
const apart = /\bvi\.mock\(|\bvi\.spyOn\(performance, 'now'\)/;
const replacing = testFiles().filter((path) => apart.test(readFileSync(root + path, 'utf8')));
const units = ['{events,services,projections}/**/*.test.ts', 'test/*.test.ts', 'test/example/**/*.test.ts'];
const others = [...integration, ...alone];

export const testProjects: TestProject[] = [
  // In one process each, and nothing but a database beside it.
  { name: 'unit', order: 0, workers: 2, isolate: false, include: units, exclude: [...others, ...replacing] },
  { name: 'unit-apart', order: 0, workers: 2, isolate: true, include: replacing, exclude: others },
  {
    name: 'int',
    order: 0,
    workers: 2,
    isolate: true,
    include: integration,
    exclude: [...servicesOfModules, ...chaosOfModules],
  },
  { name: 'int-pairs', order: 1, workers: 2, isolate: true, include: unhurriedLogs, exclude: [] },
  { name: 'e2e-pairs', order: 1, workers: 2, isolate: true, include: unhurriedServices, exclude: [] },
  // Two cores: whole services side by side would be late.
  { name: 'int-alone', order: 2, workers: 1, isolate: true, include: alone, exclude: unhurriedLogs },
  { name: 'e2e-alone', order: 2, workers: 1, isolate: true, include: services, exclude: unhurriedServices },
];
