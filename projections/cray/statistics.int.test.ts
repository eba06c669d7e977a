import { MemoryLog, nodeRuntime, silentLogger } from '@holdfast/log';
import { shardName } from '@holdfast/shard/shard-name';
import { expect, onTestFinished, test, vi } from 'vitest';
import { unknownNode } from '../../test/modules/cray/properties.js';
import { describeDatabases } from '../../test/support/databases.js';
import { decided, GroupWriter } from '../../test/support/groups.js';
import { projectionLimits } from '../limits.js';
import { Projections } from '../projections.js';

const { analyzeRowsMin } = projectionLimits.house;

describeDatabases('statistics', (opened) => {
  const analyzed = async (table: string) => {
    const sql = `SELECT count(*)::int AS columns FROM pg_stats WHERE schemaname = 'holdfast' AND tablename = $1`;
    return (await opened.database.query<{ columns: number }>(sql, [table]))[0]!.columns > 0;
  };

  test('are there when a rebuild is over, and soon after an import, whoever else looks after the database', async () => {
    const { database } = opened;
    const log = new MemoryLog({ shard: shardName, runtime: nodeRuntime });
    const writer = new GroupWriter(log);
    await writer.claim();
    const put = (n: number) => ({ type: 'cray.ComponentPut', xname: `x${n}`, properties: unknownNode }) as const;
    await writer.write([...Array.from({ length: analyzeRowsMin - 1 }, (_, n) => put(n)), decided('cray.InventoryPut')]);
    const projections = new Projections({
      log,
      codec: writer.codec,
      database,
      runtime: nodeRuntime,
      logger: silentLogger,
    });
    onTestFinished(() => projections.close());
    projections.start();
    const shown = async () => {
      const head = await log.head('events');
      await Promise.all([projections.status.waitFor(head, 30_000), projections.audit.waitFor(head, 30_000)]);
    };
    await shown();
    expect(await analyzed('component')).toBe(false);
    await projections.rebuild();
    for (const table of ['component', 'recorded_event']) expect([table, await analyzed(table)]).toEqual([table, true]);
    // As many again as there were: by our own count, with what is read of it.
    await writer.write([...Array.from({ length: 1_000 }, (_, n) => put(n + 1_000)), decided('cray.InventoryPut')]);
    await shown();
    await vi.waitFor(async () => {
      const sql = `SELECT reltuples::int AS rows FROM pg_class WHERE oid = 'holdfast.component'::regclass`;
      expect((await database.query<{ rows: number }>(sql))[0]!.rows).toBe(analyzeRowsMin - 1 + 1_000);
      expect(database.house?.done.analyzedAt).not.toBeNull();
    }, 20_000);
  });
});
