const { existsSync, readdirSync } = require('node:fs');
const { builtinModules } = require('node:module');

// Who may import whom: the rings of docs/adding-a-module.md. `test/imports.int.test.ts` seeds violations, so that a
// scanner that sees nothing cannot pass for a clean result.
//
// Sources are scanned for every import, and what was built of them for imports that are left at run time: there an
// `import type` is gone, so a rule on the built file says "types only". Build first.
const ring = {
  events: '^events/',
  core: '^services/core/',
  log: '^services/log/',
  adapters: '^services/log-(lmdb|kafka)/',
  processor: '^services/processor/',
  projections: '^projections/',
  shard: '^services/shard/',
  api: '^services/api/',
  cli: '^services/cli/',
};
const anything = '^(events|services|projections)/';
/** Every module has a folder of its name in each ring; the core's says which there are. */
const modules = readdirSync(`${__dirname}/services/core`).filter((name) =>
  existsSync(`${__dirname}/services/core/${name}/module.ts`),
);
const named = `(${modules.join('|')})`;
/** The folders of modules with these names, in every ring. */
const rooms = (names) => [`^(events|projections)/(dist/)?${names}/`, `^services/(core|api|cli)/(dist/)?${names}/`];
/** Where a ring says which modules there are. */
const list = '(^|/)modules[.]ts$';
const notSource = '[.]test[.]ts$|/conformance[.]ts$|/dist/';
/** Of the api what is loaded only where it is served. */
const served = '^services/api/dist/(index|app|logging|serve-document|ops/docs)[.]js$';
/** What the core runs of events: what drives steps, and what is pure of its modules' folders. */
const runByCore = `/(steps[.]|${named}/)`;
/** What is not pure: Node's own modules, and packages. */
const impure = `^(node:)?(${builtinModules.join('|')})$|(^|/)node_modules/`;
const built = (path) => `${path}dist/.*[.]js$`;

/** Every ring except these. */
const others = (...names) =>
  Object.entries(ring)
    .filter(([name]) => !names.includes(name))
    .map(([, path]) => path);

const rule = (name, from, to, pathNot = notSource) => ({
  name,
  severity: 'error',
  from: { path: from, ...(pathNot === null ? {} : { pathNot }) },
  to: typeof to === 'string' || Array.isArray(to) ? { path: to } : to,
});

module.exports = {
  forbidden: [
    rule('events-stand-alone', ring.events, others('events')),
    rule('events-need-only-avsc', ring.events, { path: 'node_modules/', pathNot: 'node_modules/(avsc|@types/node)/' }),
    rule('core-knows-only-events', ring.core, others('core', 'events')),
    rule('core-is-pure', ring.core, { dependencyTypes: ['core'] }),
    rule('core-needs-no-package', ring.core, 'node_modules/'),
    rule('core-knows-types-of-events', built(ring.core), { path: ring.events, pathNot: runByCore }, null),
    rule('core-runs-what-is-pure', built(ring.core), { path: impure, reachable: true }, null),
    rule('log-knows-events', ring.log, others('log', 'events')),
    rule('log-has-no-client', ring.log, 'node_modules/(kafkajs|lmdb|pg|@electric-sql)/'),
    rule('adapters-know-log-and-events', ring.adapters, others('adapters', 'log', 'events')),
    rule('only-log-kafka-knows-kafka', anything, 'node_modules/kafkajs/', `${notSource}|^services/log-kafka/`),
    rule('only-log-lmdb-knows-lmdb', anything, 'node_modules/lmdb/', `${notSource}|^services/log-lmdb/`),
    rule('processor-knows-core-and-log', ring.processor, others('processor', 'core', 'log', 'events')),
    rule('processor-has-no-client', ring.processor, 'node_modules/(fastify|pg|@electric-sql)/'),
    rule('projections-know-log-and-events', ring.projections, others('projections', 'log', 'events')),
    rule(
      'shard-composes-rings-below',
      ring.shard,
      others('shard', 'processor', 'projections', 'core', 'log', 'events'),
    ),
    rule('shard-serves-nothing', ring.shard, 'node_modules/(@?fastify|pino|prom-client|commander)'),
    rule('api-knows-ports', ring.api, others('api', 'processor', 'projections', 'log', 'events', 'core')),
    rule('api-knows-types-of-core', built(ring.api), ring.core, null),
    rule(
      'only-what-is-served-needs-fastify',
      built(ring.api),
      { path: 'node_modules/@?fastify', reachable: true },
      served,
    ),
    rule('the-api-is-loaded-where-it-is-served', built(ring.cli), { path: served, dynamic: false }, null),
    rule('only-the-list-knows-modules', anything, rooms(named), [notSource, list, `/${named}/`]),
    ...modules.map((name) =>
      rule(`no-module-knows-another-than-${name}`, rooms(name), { path: rooms(named), pathNot: `/${name}/` }),
    ),
    rule('only-the-cli-composes', anything, ring.cli, `${notSource}|${ring.cli}`),
    { name: 'no-circles', severity: 'error', from: { path: built(anything) }, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: { path: anything }, to: { couldNotResolve: true } },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
    },
  },
};
