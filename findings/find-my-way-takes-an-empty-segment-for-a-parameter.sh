#!/usr/bin/env bash
# find-my-way 9.10.2 in fastify 5.12.8, Node 20.20, Linux.
#
# `/users/:id` is found for `/users/` too, with '' for the id; a schema that requires the parameter passes, as it is there. A client whose list ends in a
# slash so reads, changes or deletes "the one without a name" instead of getting a 404, unless the schema has a `minLength`. With `ignoreTrailingSlash` the
# list gets its own answer where it has a route, and 404 where it has none. Before the last segment the same: `/users//posts` has the id ''.
#
# Seen: as it comes /users/ 200 {"id":""} /users//posts 200 {"id":""}
#       trailing slash ignored /users/ 404 /users//posts 200 {"id":""}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent fastify@5.12.8 find-my-way@9.10.2
cat > try.mjs <<'JS'
import Fastify from 'fastify';
const schema = { params: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } } };
for (const [name, options] of [
  ['as it comes', {}],
  ['trailing slash ignored', { routerOptions: { ignoreTrailingSlash: true } }],
]) {
  const app = Fastify(options);
  app.get('/users/:id', { schema }, async (request) => request.params);
  app.get('/users/:id/posts', { schema }, async (request) => request.params);
  const said = [];
  for (const path of ['/users/', '/users//posts']) {
    const { statusCode, payload } = await app.inject(path);
    said.push(path, statusCode, ...(statusCode === 200 ? [payload] : []));
  }
  console.log(name, ...said);
}
JS
seen=$(timeout 30 node try.mjs)
echo "$seen"
[ "$seen" = 'as it comes /users/ 200 {"id":""} /users//posts 200 {"id":""}
trailing slash ignored /users/ 404 /users//posts 200 {"id":""}' ]
