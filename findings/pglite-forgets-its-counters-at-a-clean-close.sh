#!/usr/bin/env bash
# @electric-sql/pglite 0.5.16 (PostgreSQL 18.6 in WebAssembly), Node 20.20.
#
# A server keeps its counters of changes (`pg_stat_user_tables`) over a clean stop: its checkpointer writes them to a file. The
# embedded engine has no checkpointer, and after `close()` and another opening every counter is at 0, as after a crash,
# though all rows are there. Who decides by them when to ANALYZE or VACUUM begins to count anew with every start, and a process
# that is started often never comes to it.
#
# Seen: counted=100 rows=100 reopened=0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent @electric-sql/pglite@0.5.16
cat > try.mjs <<'JS'
import { setTimeout as wait } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
let db = await PGlite.create('./data');
const one = async (sql) => Object.values((await db.query(sql)).rows[0])[0];
const counter = `SELECT n_tup_ins::int FROM pg_stat_user_tables WHERE relname = 't'`;
await db.exec('CREATE TABLE t (n int)');
for (let n = 0; n < 100; n++) await db.query('INSERT INTO t VALUES ($1)', [n]);
await db.query('SELECT pg_stat_force_next_flush()');
const counted = await one(counter);
await db.close();
db = await PGlite.create('./data');
await wait(3000);
await db.query('SELECT pg_stat_force_next_flush()');
console.log(`counted=${counted} rows=${await one('SELECT count(*)::int FROM t')} reopened=${await one(counter)}`);
await db.close();
JS
seen=$(node try.mjs)
echo "$seen"
[ "$seen" = "counted=100 rows=100 reopened=0" ]
