#!/usr/bin/env bash
# fastify 5.12.8, Node 20.20, Linux.
#
# Where a client leaves before its answer, `await reply.send(...)` ends as if all were well. `reply.sent`, `reply.raw.writableFinished` and
# `reply.raw.destroyed` are then true, and `reply.raw.errored` null, exactly as after an answer that was written: nothing of the reply tells the two apart, and
# nothing rejects. Only `request.raw.aborted`, which Node calls deprecated, and the socket say it.
#
# Seen: stayed sent=true finished=true destroyed=true errored=null aborted=false
#       left   sent=true finished=true destroyed=true errored=null aborted=true
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent fastify@5.12.8
cat > try.mjs <<'JS'
import Fastify from 'fastify';
const app = Fastify();
let tell;
app.get('/', async (request, reply) => {
  if (request.query.left) await new Promise((resolve) => request.raw.socket.on('close', resolve));
  await reply.send('hello');
  const { writableFinished, destroyed, errored } = reply.raw;
  tell(
    `sent=${reply.sent} finished=${writableFinished} destroyed=${destroyed} errored=${errored} aborted=${request.raw.aborted}`,
  );
});
const url = await app.listen({ port: 0, host: '127.0.0.1' });
async function seen(path, signal) {
  const said = new Promise((resolve) => {
    tell = resolve;
  });
  await fetch(url + path, { signal }).catch(() => {});
  return said;
}
console.log('stayed', await seen('/'));
console.log('left  ', await seen('/?left=1', AbortSignal.timeout(200)));
await app.close();
JS
seen=$(timeout 30 node try.mjs)
echo "$seen"
[ "$seen" = 'stayed sent=true finished=true destroyed=true errored=null aborted=false
left   sent=true finished=true destroyed=true errored=null aborted=true' ]
