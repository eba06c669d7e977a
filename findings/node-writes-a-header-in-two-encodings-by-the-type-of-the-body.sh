#!/usr/bin/env bash
# Node 20.20, Linux.
#
# node:http takes header values of one byte a character (U+0080 to U+00FF too) and writes them as such bytes. Where the whole body is a string and
# given to `end`, head and body are joined to one string first and written as UTF-8, so that each of these characters becomes two bytes. With the
# same body as a Buffer it stays one. So it is of requests and of responses: a client that repeats a header it got finds another value, and a gateway that
# compares names byte by byte sees two users where there is one.
#
# Seen: request  string c3a9  buffer e9
#       response string c3a9  buffer e9
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > try.mjs <<'JS'
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';

const headers = { 'x-user': '\u00e9', 'content-length': 1 };

async function bytes(socket) {
  const seen = [];
  for await (const chunk of socket) {
    seen.push(chunk);
    if (Buffer.concat(seen).includes('\r\n\r\n')) break;
  }
  const all = Buffer.concat(seen);
  const from = all.indexOf('x-user: ') + 'x-user: '.length;
  return all.subarray(from, all.indexOf('\r', from)).toString('hex');
}

async function asRequest(body) {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const request = http.request({ host: '127.0.0.1', port: server.address().port, method: 'POST', headers });
  request.on('error', () => {});
  request.end(body);
  const [socket] = await once(server, 'connection');
  const seen = await bytes(socket);
  server.close();
  return seen;
}

async function asResponse(body) {
  const server = http.createServer((_, response) => response.writeHead(200, headers).end(body)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = net.connect(server.address().port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  const seen = await bytes(socket);
  server.close();
  return seen;
}

for (const [name, send] of [['request ', asRequest], ['response', asResponse]])
  console.log(`${name} string ${await send('x')}  buffer ${await send(Buffer.from('x'))}`);
JS
seen=$(timeout 30 node try.mjs)
echo "$seen"
[ "$seen" = 'request  string c3a9  buffer e9
response string c3a9  buffer e9' ]
