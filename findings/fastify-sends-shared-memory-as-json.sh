#!/usr/bin/env bash
# fastify 5.12.8, Node 20.20, Linux.
#
# A handler may answer with a Buffer, and Buffer.isBuffer() is true of one over a SharedArrayBuffer as of any other; so is `instanceof Uint8Array`, and
# node:http writes both alike. Fastify looks at what is below it: only over an ArrayBuffer are the bytes sent as they are. Of the other it makes
# JSON, `{"type":"Buffer","data":[...]}`, with status 200 and, where the handler gave none, the content type of JSON: three to four times as long, and nothing warns.
# As a stream of such buffers, the same bytes are sent as they are.
#
# Seen: plain 200 application/octet-stream hello
#       shared 200 application/json; charset=utf-8 {"type":"Buffer","data":[104,101,108,108,111]}
#       stream 200 none hello
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent fastify@5.12.8
cat > try.mjs <<'JS'
import { Readable } from 'node:stream';
import Fastify from 'fastify';
const shared = Buffer.from(new SharedArrayBuffer(5));
shared.write('hello');
const app = Fastify();
app.get('/plain', (_, reply) => reply.send(Buffer.from('hello')));
app.get('/shared', (_, reply) => reply.send(shared));
app.get('/stream', (_, reply) => reply.send(Readable.from([shared])));
for (const path of ['plain', 'shared', 'stream']) {
  const { statusCode, headers, payload } = await app.inject(`/${path}`);
  console.log(path, statusCode, headers['content-type'] ?? 'none', payload);
}
await app.close();
JS
said=$(node try.mjs)
printf '%s\n' "$said"
test "$said" = 'plain 200 application/octet-stream hello
shared 200 application/json; charset=utf-8 {"type":"Buffer","data":[104,101,108,108,111]}
stream 200 none hello'
