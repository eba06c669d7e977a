#!/usr/bin/env bash
# @electric-sql/pglite 0.5.16 (PostgreSQL 18.6 in WebAssembly), Node 20.20.
#
# `SHOW autovacuum` answers `on`, but the engine is one process without background workers, so nothing ever vacuums or
# analyzes. A table that is only updated keeps every dead row, `pg_class.reltuples` stays at -1 (never analyzed), and the
# planner goes on guessing. The same work on a server would be cleaned up within minutes. Who embeds PGlite has to call
# VACUUM and ANALYZE by a count of its own.
#
# Seen: with 5,000 rows, each updated 20 times, the table takes 15 or more times its first size after a wait of over a minute
# (the default `autovacuum_naptime`), and has no statistics; after VACUUM and ANALYZE by hand there are statistics.
#   autovacuum=on reltuples=-1 grown=yes after=5000
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent @electric-sql/pglite@0.5.16
cat > try.mjs <<'JS'
import { setTimeout as wait } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
const db = await PGlite.create('./data');
const one = async (sql) => Object.values((await db.query(sql)).rows[0])[0];
await db.exec(`CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t SELECT g, 0 FROM generate_series(1, 5000) g`);
const first = Number(await one(`SELECT pg_relation_size('t')`));
for (let n = 0; n < 20; n++) await db.exec('UPDATE t SET n = n + 1');
for (let n = 0; n < 65; n++) {
  await wait(1000);
  await db.query('SELECT count(*) FROM t WHERE n < 0');
}
const grown = Number(await one(`SELECT pg_relation_size('t')`)) >= 15 * first ? 'yes' : 'no';
const before = await one(`SELECT reltuples FROM pg_class WHERE relname = 't'`);
await db.exec('VACUUM t');
await db.exec('ANALYZE t');
const after = await one(`SELECT reltuples FROM pg_class WHERE relname = 't'`);
console.log(`autovacuum=${await one('SHOW autovacuum')} reltuples=${before} grown=${grown} after=${after}`);
await db.close();
JS
seen=$(node try.mjs)
echo "$seen"
[ "$seen" = "autovacuum=on reltuples=-1 grown=yes after=5000" ]
