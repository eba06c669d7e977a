import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { silentLogger } from '@holdfast/log';
import Postgrator from 'postgrator';
import { expect, onTestFinished, test } from 'vitest';
import { migrate, migrationsFolder } from './migrate.js';

/** Tables as they were after one of the migrations, and the way to the newest. */
async function tablesAt(version: number) {
  const pglite = await PGlite.create();
  onTestFinished(() => pglite.close());
  const query = async (sql: string) => (await pglite.exec(sql)).at(-1) ?? { rows: [] };
  const migrationPattern = join(migrationsFolder(), '*.sql');
  const common = { driver: 'pg', schemaTable: 'holdfast.schema_version', newline: 'LF' } as const;
  await new Postgrator({ ...common, migrationPattern, execQuery: query }).migrate(String(version));
  return { query, toNewest: () => migrate(query, silentLogger, async () => true) };
}

test('rows of history lose nothing where they are given another form, as those of a lost log may be all that is left', async () => {
  const { query, toNewest } = await tablesAt(7);
  const columns = 'shard, sequence, xname, type, reservation_id, data, put, locked, disabled, held, state';
  await query(`INSERT INTO holdfast.history (${columns}) VALUES
    ('s', 1, 'x0', 'm.Put', NULL, '{"a":"\\u0000"}', 1, NULL, NULL, NULL, NULL),
    ('s', 2, 'x0', 'm.Reserved', 'r"1', '{"until":7}', 1, NULL, 4, '["r\\"1","k",1,null,2]', NULL),
    ('s', 3, 'x0', 'm.Released', 'r1', NULL, 1, 3, NULL, NULL, NULL),
    ('s', 4, 'p0', 'n.Put', NULL, '{"p":"p0"}', NULL, NULL, NULL, NULL, '{"p":1}'),
    ('s', 5, NULL, 'e.Heard', NULL, '{}', NULL, NULL, NULL, NULL, NULL),
    ('s', 6, 'x0', 'm.Deleted', NULL, NULL, NULL, NULL, NULL, NULL, NULL)`);
  await toNewest();
  const { rows } = await query(
    `SELECT sequence::int, domain, resource, type, data::text, state::text FROM holdfast.history ORDER BY sequence`,
  );
  const plain = (text: string | null) => (text === null ? null : text.replaceAll(' ', ''));
  const found = rows.map(({ sequence, domain, resource, type, data, state }) => {
    return [sequence, domain, resource, type, plain(data), plain(state)];
  });
  expect(found).toEqual([
    [1, 'default', 'x0', 'm.Put', '{"a":"\\u0000"}', '[1,null,null,null]'],
    [2, 'default', 'x0', 'm.Reserved', '{"reservationId":"r\\"1","until":7}', '[1,null,4,["r\\"1","k",1,null,2]]'],
    [3, 'default', 'x0', 'm.Released', '{"reservationId":"r1"}', '[1,3,null,null]'],
    [4, 'default', 'p0', 'n.Put', '{"p":"p0"}', '{"p":1}'],
    [5, 'default', null, 'e.Heard', '{}', null],
    [6, 'default', 'x0', 'm.Deleted', null, null],
  ]);
});
