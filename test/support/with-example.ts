import { exampleSet } from '../example/events/set.js';
import { MemoryExample } from '../example/projections/memory.js';
import { exampleProjections } from '../example/projections/module.js';

/* For `vi.mock` of the lists of modules: each with what it has of `example` besides. */

/** Of events/modules.ts. */
export async function withExample(original: () => Promise<unknown>) {
  const { messageSets } = (await original()) as { messageSets: readonly unknown[] };
  return { messageSets: [...messageSets, exampleSet] };
}

/** Of projections/modules.ts. Tests on a database make its tables: `exampleTables`. */
export async function withExampleRows(original: () => Promise<unknown>) {
  const { projectionModules } = (await original()) as { projectionModules: readonly unknown[] };
  return { projectionModules: [...projectionModules, exampleProjections] };
}

/** Of test/modules/modules.ts. */
export async function withExampleMemory(original: () => Promise<unknown>) {
  const all = (await original()) as { memoryModules: object };
  return { ...all, memoryModules: { ...all.memoryModules, example: MemoryExample } };
}
