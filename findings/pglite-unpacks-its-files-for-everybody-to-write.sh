#!/usr/bin/env bash
# @electric-sql/pglite 0.5.16, Node 20.20, Linux.
#
# initdb of a server makes the files of its data directory 0600, and a umask can only take away. PGlite unpacks a directory that was made
# beforehand, and sets the modes that stand in it: under a umask of 077, all but a few of the files can be read and written by everybody. Only the directory itself
# is 0700; who copies it, or opens it for a group as backups do, opens all of it. The few others are made while it runs.
#
# Seen: directory 700, files 0666 for everybody: most
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent @electric-sql/pglite@0.5.16
cat > try.mjs <<'JS'
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
process.umask(0o077);
const db = await PGlite.create('data');
const mode = (path) => (statSync(path).mode & 0o777).toString(8);
const files = readdirSync('data', { recursive: true })
  .map((name) => join('data', name))
  .filter((path) => statSync(path).isFile());
const open = files.filter((path) => mode(path) === '666').length;
process.stdout.write(
  `directory ${mode('data')}, files 0666 for everybody: ${open > 900 ? 'most' : open}\n`,
);
await db.close();
JS
seen=$(timeout 60 node try.mjs)
echo "$seen"
[ "$seen" = 'directory 700, files 0666 for everybody: most' ]
