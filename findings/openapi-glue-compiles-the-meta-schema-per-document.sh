#!/usr/bin/env bash
# fastify-openapi-glue 4.11.4 with @seriousme/openapi-schema-validator 2.11.0, fastify 5.12.8, Node 20.20.
#
# Each registration makes a validator of its own and compiles the JSON schema of OpenAPI itself anew, also for a second document
# of the same version in the same process, and there is no option to leave the check of the document out. A service with
# four small documents compiles that schema four times before it listens, some 0.4 s each on two cores.
#
# Seen: documents=2 compiled=2
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent fastify@5.12.8 fastify-openapi-glue@4.11.4 @seriousme/openapi-schema-validator@2.11.0
cat > try.mjs <<'JS'
import { Validator } from '@seriousme/openapi-schema-validator';
import fastify from 'fastify';
import glue from 'fastify-openapi-glue';
const original = Validator.prototype.getAjvValidator;
const compiled = new Set();
Validator.prototype.getAjvValidator = function (version) {
  const made = original.call(this, version);
  compiled.add(made);
  return made;
};
const document = (path) => ({
  openapi: '3.1.0',
  info: { title: path, version: '1' },
  paths: { [path]: { get: { operationId: 'ask', responses: { 200: { description: 'it is there' } } } } },
});
const app = fastify();
for (const path of ['/one', '/two']) {
  app.register(glue, { specification: document(path), serviceHandlers: { ask: async () => path } });
}
await app.ready();
console.log(`documents=2 compiled=${compiled.size}`);
await app.close();
JS
seen=$(node try.mjs)
echo "$seen"
[ "$seen" = "documents=2 compiled=2" ]
