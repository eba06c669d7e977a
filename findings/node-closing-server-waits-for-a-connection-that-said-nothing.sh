#!/usr/bin/env bash
# Node 20.20, Linux.
#
# `http.Server.close()` ends idle connections by itself (since Node 19). One that was opened and never sent a byte is not idle to it, and
# `closeIdleConnections()` leaves it, too; and from `close()` on nothing looks at `headersTimeout` any more, which would have ended it. So a load
# balancer's spare connection, or a probe that only connects, keeps a stop waiting for as long as it likes; one that had an answer before does not.
#
# Seen: after an answer ended, silent open 5 s later, while serving ended by headersTimeout
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > try.mjs <<'JS'
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

async function trial({ ask, stop }) {
  const server = http.createServer({ headersTimeout: 1000, requestTimeout: 1000, connectionsCheckingInterval: 200, keepAliveTimeout: 60_000 }, (_, response) =>
    response.end('x'),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect(server.address().port, '127.0.0.1');
  let ended = false;
  client.on('close', () => (ended = true)).on('error', () => {});
  await once(client, 'connect');
  if (ask) {
    client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(client, 'data');
  } else client.resume();
  await sleep(100);
  if (stop) {
    server.close();
    server.closeIdleConnections();
  }
  await sleep(5000);
  client.destroy();
  server.closeAllConnections();
  server.close();
  return ended;
}

const [asked, silent, serving] = await Promise.all([
  trial({ ask: true, stop: true }),
  trial({ ask: false, stop: true }),
  trial({ ask: false, stop: false }),
]);
console.log(
  `after an answer ${asked ? 'ended' : 'open'}, silent ${silent ? 'ended' : 'open 5 s later'}, while serving ${serving ? 'ended by headersTimeout' : 'open'}`,
);
JS
seen=$(timeout 30 node try.mjs)
echo "$seen"
[ "$seen" = 'after an answer ended, silent open 5 s later, while serving ended by headersTimeout' ]
