/** A proof that takes too long for `npm test`, which runs a part of it. */
export interface Proof {
  name: string;
  /** What is run, from the top of the repository, after a build. */
  command: readonly string[];
  /** On a quiet machine with two cores. */
  minutes: number;
}

const simulator = ['node', 'test/dist/simulation/main.js'];
const chaos = ['node', 'dist/chaos/main.js'];
/** A test file as a whole: with HOLDFAST_SOAK=1 it runs every round. */
const file = (path: string) => ['node', 'node_modules/vitest/vitest.mjs', 'run', path];

/** In the order in which they run: the shortest first. `fresh` is a seed that no run had before. */
export function proofs(fresh: number): Proof[] {
  return [
    { name: 'simulation-fixed', command: [...simulator, '--seeds', '2000'], minutes: 2 },
    { name: 'simulation-fresh', command: [...simulator, '--seeds', '2000', '--from', String(fresh)], minutes: 2 },
    { name: 'mistakes', command: file('test/simulation/mistakes.test.ts'), minutes: 1 },
    { name: 'overload', command: ['node', 'dist/bench/overload-main.js'], minutes: 2 },
    { name: 'failing-writes', command: file('services/log-lmdb/failing-writes.test.ts'), minutes: 2 },
    { name: 'large-requests', command: file('test/e2e/large-requests.test.ts'), minutes: 4 },
    { name: 'worst-hour', command: file('test/e2e/worst-hour.test.ts'), minutes: 6 },
    { name: 'tricklers', command: file('test/e2e/tricklers.test.ts'), minutes: 4 },
    { name: 'one-writer', command: file('test/e2e/one-writer.test.ts'), minutes: 15 },
    { name: 'one-service', command: file('test/e2e/one-service.test.ts'), minutes: 25 },
    { name: 'owner-kills', command: [...chaos, '--owner-kills', '--minutes', '5'], minutes: 7 },
    { name: 'chaos', command: [...chaos, '--cycles', '100', '--seed', String(fresh)], minutes: 30 },
  ];
}

/** What must be built before: TypeScript projects, each with the way to build it. */
export const builds: readonly (readonly string[])[] = [
  ['npm', 'run', '--silent', 'build'],
  ['npx', 'tsc', '-b', 'test/simulation'],
  ['npx', 'tsc', '-p', 'test/chaos'],
  ['npx', 'tsc', '-p', 'test/bench'],
];
