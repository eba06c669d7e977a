#!/usr/bin/env bash
# Node 20.20.2 (libuv 1.46), Linux.
#
# UV_THREADPOOL_SIZE is read when libuv makes its threads, with the first work for them, so that a program may set it itself in its first line. In a CommonJS
# program it may. In an ES module it comes too late: Node reads the module's own file by a promise of node:fs, with those threads, so
# that they are there, four of them, before its first line runs. `process.env` shows the number that was set, and nothing tells that it is not so.
# Only what is there before (the shell, or a first file in CommonJS that imports the module) is heard.
#
# Seen, each asking for 64 files at once:
#       program.cjs  threads made later: 16
#       program.mjs  threads made later: 0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > rest.js <<'JS'
const count = () => readdirSync('/proc/self/task').length;
(async () => {
  const before = count();
  await Promise.all(Array.from({ length: 64 }, () => readFile(process.execPath.replace(/node$/, '.'), { flag: 'r' }).catch(() => {})));
  console.log(`threads made later: ${count() - before}`);
})();
JS
{
  echo "process.env.UV_THREADPOOL_SIZE = '16';"
  echo "const { readdirSync } = require('node:fs'); const { readFile } = require('node:fs/promises');"
  cat rest.js
} > program.cjs
{
  echo "import { readdirSync } from 'node:fs'; import { readFile } from 'node:fs/promises';"
  echo "process.env.UV_THREADPOOL_SIZE = '16';"
  cat rest.js
} > program.mjs
said="$(env -u UV_THREADPOOL_SIZE node program.cjs)
$(env -u UV_THREADPOOL_SIZE node program.mjs)"
printf '%s\n' "$said"
test "$said" = 'threads made later: 16
threads made later: 0'
