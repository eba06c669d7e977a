import { messageSets } from '@holdfast/events/modules';
import { expect, test } from 'vitest';
import { describeDatabases } from '../test/support/databases.js';
import { modules } from './every-module.js';
import { projectionGroups } from './projection-groups.js';

test('every module that has messages keeps rows, in the order of its messages', () => {
  const names = messageSets.map(({ name }) => name).filter((name) => name !== 'engine');
  expect(modules.map(({ name }) => name)).toEqual(names);
});

test('no two modules have a table, a projection or a change of the same name', () => {
  const of = (list: (one: (typeof modules)[number]) => readonly string[]) => modules.flatMap(list);
  const changes = ['decision', ...of(({ present }) => Object.keys(present.changes))];
  const projections = [...projectionGroups.status.projections, ...projectionGroups.audit.projections];
  const tables = [...projectionGroups.status.tables, ...projectionGroups.audit.tables];
  for (const all of [changes, projections, tables]) expect(all).toEqual([...new Set(all)]);
});

describeDatabases('tables', (opened) => {
  test('are each of a projection group, but for those of the engine: one that is left out is never emptied', async () => {
    const found = await opened.database.query<{ name: string }>(
      `SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'holdfast' AND c.relkind = 'r'`,
    );
    const { status, audit } = projectionGroups;
    const listed = [...status.tables, ...audit.tables, 'watermark', 'schema_version'];
    expect(found.map(({ name }) => name).sort()).toEqual(listed.sort());
  });

  test('are keyed by domain and shard, but for what is of neither', async () => {
    const columns = await opened.database.query<{ table: string; columns: string }>(
      `SELECT c.relname AS table, string_agg(a.attname::text, ' ' ORDER BY a.attname) AS columns
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
        WHERE n.nspname = 'holdfast' AND i.indisprimary GROUP BY c.relname`,
    );
    const keys = new Map(columns.map(({ table, columns }) => [table, columns.split(' ')]));
    const ofDomains = [...projectionGroups.status.tables, 'known_resource'];
    for (const table of ofDomains) {
      expect([table, keys.get(table)]).toEqual([table, expect.arrayContaining(['domain', 'shard'])]);
    }
    // A sequence is of its shard, whatever it is about.
    for (const table of ['recorded_event', 'decision']) expect(keys.get(table)).toEqual(['sequence', 'shard']);
  });
});
