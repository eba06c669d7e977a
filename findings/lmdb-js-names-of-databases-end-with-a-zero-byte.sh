#!/usr/bin/env bash
# lmdb 3.5.6 (lmdb-js), Node 20.20, Linux.
#
# LMDB keeps the names of a file's databases as keys of its main one. lmdb-js writes each with a zero byte behind it, and gives them
# without: who lists the main database with its own keys sees `events`, who lists it as bytes sees seven of them, and `events` and
# `events` with a zero byte open the same database. A program that looks for a name in the pages of the file does not find it by its text.
#
# Seen: keys=["events"] bytes=["6576656e747300"] through the longer name=["a"]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent lmdb@3.5.6
cat > try.mjs <<'JS'
import { open } from 'lmdb';
const root = open({ path: 'data', encoding: 'binary' });
await root.openDB({ name: 'events', encoding: 'binary' }).put('a', Buffer.from('x'));
const keys = JSON.stringify([...root.getKeys()]);
await root.close();
const raw = open({ path: 'data', encoding: 'binary', keyEncoding: 'binary' });
const bytes = JSON.stringify([...raw.getKeys()].map((key) => Buffer.from(key).toString('hex')));
const longer = JSON.stringify([...raw.openDB({ name: 'events\0', encoding: 'binary' }).getKeys()]);
process.stdout.write(`keys=${keys} bytes=${bytes} through the longer name=${longer}\n`);
JS
seen=$(timeout 60 node try.mjs)
echo "$seen"
[ "$seen" = 'keys=["events"] bytes=["6576656e747300"] through the longer name=["a"]' ]
