import { expect, test } from 'vitest';
import { unknownNode } from '../../test/modules/cray/properties.js';
import { describeDatabases } from '../../test/support/databases.js';
import type { Queryable } from '../database.js';
import type { ComponentChange } from './change.js';
import { coalesceCray, nothingOfCray } from './coalesce.js';
import { writeCray } from './rows.js';

const tables = { schema: 'holdfast', shard: 'shard' };
const xnames = Array.from({ length: 5_000 }, (_, n) => `x${n}`);

interface Plan {
  'Rows Removed by Join Filter'?: number;
  Plans?: Plan[];
}

// `worst-hour` met it: 10,000 components, locked right after they were imported, took the read model minutes.
describeDatabases('components that have just come', (opened) => {
  test('are not looked through for each of a change, though the planner knows nothing of them', async () => {
    const { database } = opened;
    await write(database, (xname) => ({ table: 'component', op: 'put', xname, properties: unknownNode }));
    const comparedInVain: number[] = [];
    const explaining: Queryable = {
      exec: (sql) => database.exec(sql),
      async query<Row>(sql: string, values?: Parameters<Queryable['query']>[1]) {
        const explained = `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${sql}`;
        const rows = await database.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(explained, values);
        comparedInVain.push(inVain(rows[0]!['QUERY PLAN'][0].Plan));
        return rows as Row[];
      },
    };
    await write(explaining, (xname) => ({ table: 'component', op: 'lock', xname, token: 1 }));
    expect(comparedInVain).toEqual([0]);
    const locked = 'SELECT count(*)::int AS count FROM holdfast.component WHERE locked';
    expect(await database.query(locked)).toEqual([{ count: xnames.length }]);
  });
});

async function write(at: Queryable, changed: (xname: string) => ComponentChange): Promise<void> {
  const coalesced = nothingOfCray();
  for (const xname of xnames) coalesceCray(changed(xname), coalesced);
  await writeCray(at, tables, coalesced);
}

function inVain(plan: Plan): number {
  return (plan.Plans ?? []).reduce((sum, part) => sum + inVain(part), plan['Rows Removed by Join Filter'] ?? 0);
}
