import { testModules } from '../modules.js';
import type { Context, Workload } from './module.js';
import type { Row } from './table.js';

export const workloads: readonly Workload[] = testModules.flatMap(({ bench }) => bench.workloads);

/** Makes the service have what they ask for. */
export async function begin(context: Context, replaces: boolean): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { bench } of testModules) rows.push(...(await bench.begin(context, replaces)));
  return rows;
}
