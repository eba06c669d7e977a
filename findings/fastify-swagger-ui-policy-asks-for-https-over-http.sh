#!/usr/bin/env bash
# @fastify/swagger-ui 6.1.3, fastify 5.12.8, Node 20.20, Linux.
#
# `staticCSP: true` sets a Content-Security-Policy made for the page. It ends in `upgrade-insecure-requests`, over plain HTTP too: a browser then asks
# for the page's own scripts and styles by https, and where nothing listens for that the page is blank. Browsers leave loopback out, so it is right on the developer's own
# machine and blank for everybody else. There is no option for it; a string of one's own as `staticCSP` replaces the whole policy.
#
# Seen: http true own false
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent fastify@5.12.8 @fastify/swagger@9.9.3 @fastify/swagger-ui@6.1.3
cat > try.mjs <<'JS'
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import Fastify from 'fastify';
async function upgrades(staticCSP) {
  const app = Fastify();
  await app.register(swagger);
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const answer = await fetch(`http://127.0.0.1:${app.server.address().port}/docs/static/index.html`);
  await app.close();
  return answer.headers.get('content-security-policy').includes('upgrade-insecure-requests');
}
console.log('http', await upgrades(true), 'own', await upgrades("default-src 'self'"));
JS
seen=$(timeout 30 node try.mjs)
echo "$seen"
[ "$seen" = 'http true own false' ]
