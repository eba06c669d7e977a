#!/usr/bin/env bash
# @electric-sql/pglite 0.5.16 (PostgreSQL 18.6 in WebAssembly), Node 20.20.
#
# `ALTER SYSTEM SET` is taken, but there is no postmaster to be told: `pg_reload_conf()` answers false, without an error,
# and the setting stays as it was for as long as the database is open. It counts from the next opening on. So a limit such
# as `max_wal_size` that is lowered at run time is not lowered, and who does not look at the answer does not notice.
#
# Seen: reload=false before=1GB after=1GB reopened=64MB
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
const before = await one('SHOW max_wal_size');
await db.exec(`ALTER SYSTEM SET max_wal_size = '64MB'`);
const reload = await one('SELECT pg_reload_conf()');
await wait(3000);
const after = await one('SHOW max_wal_size');
await db.close();
db = await PGlite.create('./data');
console.log(`reload=${reload} before=${before} after=${after} reopened=${await one('SHOW max_wal_size')}`);
await db.close();
JS
seen=$(node try.mjs)
echo "$seen"
[ "$seen" = "reload=false before=1GB after=1GB reopened=64MB" ]
