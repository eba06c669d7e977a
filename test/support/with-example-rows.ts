import { readdirSync, readFileSync } from 'node:fs';
import { exampleProjections } from '../example/projections/module.js';
import { MemoryExample } from '../example/test/memory.js';
import { withNamed } from './named.js';

/*
 * For `vi.mock`, beside `withExample`: apart from it, as these need the messages and would wait for one another.
 */

const migrations = readdirSync(new URL('../../projections/migrations', import.meta.url));
/** A migration, where nobody made its table; nothing where it is built in. */
export const exampleTable = migrations.some((name) => name.endsWith('.example.sql'))
  ? ''
  : readFileSync(new URL('../example/migration.sql', import.meta.url), 'utf8');

/** Of the list of projections: with those of `example`. Tests on a database make its table: `exampleTable`. */
export async function withExampleRows(original: () => Promise<unknown>) {
  const { projectionModules } = (await original()) as { projectionModules: readonly { name: string }[] };
  return { projectionModules: withNamed(projectionModules, exampleProjections) };
}

/** Of what the proofs need of each module: with the rows in memory of `example`. */
export async function withExampleMemory(original: () => Promise<unknown>) {
  const { testModules } = (await original()) as { testModules: readonly { name: string; rows?: object }[] };
  return { testModules: withNamed(testModules, { name: 'example', rows: { memory: MemoryExample } }) };
}
