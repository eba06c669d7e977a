#!/usr/bin/env bash
# lmdb 3.5.6 (lmdb-js), Node 20.20, Linux.
#
# What is written in one turn of the event loop is put into one batch (`eventTurnBatching`, on unless it is turned off), and that batch
# has a promise of its own which lmdb-js makes when the turn ends and gives to nobody. Where the commit fails, that promise is
# rejected too: a program that handles every promise it was given is ended by an unhandled rejection. With the option off only the
# caller's own promises are rejected. Here the commit fails as the file may not grow beyond a limit of the shell's.
#
# Seen: eventTurnBatching=true own=rejected unhandled=some
#       eventTurnBatching=false own=rejected unhandled=none
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent lmdb@3.5.6
cat > try.mjs <<'JS'
import { open } from 'lmdb';
const eventTurnBatching = process.argv[2] === 'true';
const path = `data-${eventTurnBatching}`;
let unhandled = 'none';
process.on('unhandledRejection', () => {
  unhandled = 'some';
});
const db = open({ path, overlappingSync: false, eventTurnBatching, encoding: 'binary', keyEncoding: 'uint32' });
let own = 'kept';
for (let key = 0; own === 'kept' && key < 400; key += 1) {
  await db.ifNoExists(key, () => db.put(key, Buffer.alloc(8_000))).catch((error) => {
    own = 'rejected';
    // The reason is a promise, too, and that one is handed out.
    error.commitError?.catch(() => {});
  });
}
await new Promise((resolve) => setTimeout(resolve, 200));
process.stdout.write(`eventTurnBatching=${eventTurnBatching} own=${own} unhandled=${unhandled}\n`);
JS
seen=$(
  trap '' XFSZ
  ulimit -f 1000
  for on in true false; do node try.mjs "$on" 2>/dev/null || true; done
)
echo "$seen"
[ "$seen" = "eventTurnBatching=true own=rejected unhandled=some
eventTurnBatching=false own=rejected unhandled=none" ]
