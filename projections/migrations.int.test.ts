import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { silentLogger } from '@holdfast/log';
import Postgrator from 'postgrator';
import { expect, onTestFinished, test } from 'vitest';
import { asking, type DatabaseError } from './database.js';
import { migrate, migrationsFolder } from './migrate.js';

/** Tables as they were after one of the migrations, and the way to the newest. */
async function tablesAt(version: number) {
  const pglite = await PGlite.create();
  onTestFinished(() => pglite.close());
  const query = (sql: string) => asking(async () => (await pglite.exec(sql)).at(-1) ?? { rows: [] });
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
    ('s', 6, 'x0', 'm.Deleted', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    ('s', 7, 'x1', 'm.Released', 'r1', '{}', 7, NULL, NULL, NULL, NULL)`);
  await toNewest();
  const { rows } = await query(
    `SELECT sequence::int, domain, resource, type, data::text, state::text FROM holdfast.recorded_event
      ORDER BY sequence`,
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
    [7, 'default', 'x1', 'm.Released', '{"reservationId":"r1"}', '[7,null,null,null]'],
  ]);
});

/** What the version before asks and writes, in short. */
const decision = `CROSS JOIN LATERAL (SELECT * FROM holdfast.decision d
  WHERE d.shard = 's' AND d.sequence > h.sequence ORDER BY d.sequence LIMIT 1) d`;
const ofTheVersionBefore = {
  states: `SELECT asked.id, h.put, h.locked, h.disabled, h.held, h.state
    FROM json_array_elements_text('["x0"]') AS asked(id) CROSS JOIN LATERAL (SELECT * FROM holdfast.history h
      WHERE h.xname = asked.id AND h.shard = 's' AND -h.sequence > -9 ORDER BY -h.sequence LIMIT 1) h
    WHERE h.put IS NOT NULL OR h.state IS NOT NULL`,
  history: `SELECT h.sequence, h.type, h.reservation_id, h.data, d.time FROM holdfast.history h ${decision}
    WHERE h.xname = 'x0' AND h.shard = 's' ORDER BY -h.sequence LIMIT 9`,
  past: `SELECT k.id, h.locked IS NOT NULL, h.held FROM holdfast.known_resource k
    LEFT JOIN LATERAL (SELECT * FROM holdfast.history h
      WHERE h.xname = k.id AND h.shard = 's' AND -h.sequence >= -9 ORDER BY -h.sequence LIMIT 1) h ON true
    WHERE h.put IS NOT NULL`,
  events: `SELECT h.xname, h.reservation_id, h.data FROM holdfast.history h ${decision}
    WHERE h.shard = 's' AND h.sequence > 0 AND h.sequence <= 9 ORDER BY h.sequence LIMIT 9`,
  request: `SELECT (SELECT string_agg(h.type, ',' ORDER BY h.sequence) FROM holdfast.history h
    WHERE h.shard = 's' AND h.sequence >= d.first AND h.sequence < d.sequence)
    FROM holdfast.decision d WHERE d.command_id = 'c'`,
  statusMoves: `UPDATE holdfast.watermark SET read = 4 WHERE shard = 's' AND family = 'status' AND version = 4`,
  auditMoves: `UPDATE holdfast.watermark SET read = 4 WHERE shard = 's' AND family = 'audit' AND version = 3`,
  writesAhead: `INSERT INTO holdfast.history
    (shard, sequence, xname, type, reservation_id, data, put, locked, disabled, held, state)
    VALUES ('s', 4, 'x0', 'm.Put', NULL, NULL, NULL, NULL, NULL, NULL, NULL) ON CONFLICT DO NOTHING`,
};

test('a process of the version before that still runs finds nothing damaged, so that it puts no tables aside', async () => {
  const { query, toNewest } = await tablesAt(7);
  await query(`INSERT INTO holdfast.watermark (shard, family, log, version, read, resume, checkpoint)
    VALUES ('s', 'status', 'log', 4, 3, 0, '{}'), ('s', 'audit', 'log', 3, 3, 0, '{}')`);
  await query(`INSERT INTO holdfast.decision
    (shard, sequence, first, time, command_id, actor, caller, asked, status, outcome)
    VALUES ('s', 2, 1, 0, 'c', 'a', 'a', true, 'accepted', '{}')`);
  await query(`INSERT INTO holdfast.history (shard, sequence, xname, type) VALUES ('s', 1, 'x0', 'm.Put')`);
  await query(`INSERT INTO holdfast.known_resource (shard, kind, id, ord) VALUES ('s', 'component', 'x0', 'x0')`);
  const meanings = async () => {
    const found: Record<string, string> = {};
    for (const [name, sql] of Object.entries(ofTheVersionBefore)) {
      found[name] = await query(sql).then(
        () => 'done',
        (error: DatabaseError) => error.code,
      );
    }
    return found;
  };
  expect(new Set(Object.values(await meanings()))).toEqual(new Set(['done']));
  await toNewest();
  const waits = { states: 'unavailable', history: 'unavailable', past: 'unavailable', events: 'unavailable' };
  const moves = { request: 'unavailable', statusMoves: 'unavailable', auditMoves: 'unavailable' };
  expect(await meanings()).toEqual({ ...waits, ...moves, writesAhead: 'failed' });
});
