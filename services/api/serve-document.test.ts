import Fastify, { type FastifyInstance } from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { documentOf } from './documents.js';
import type { OperationLimits } from './module.js';
import type { Handler } from './replies.js';
import { type BasePaths, noLimits, serveDocument } from './serve-document.js';

const responses = { '200': { description: 'It is so' } };
const forReaders = { 'x-fastify-config': { role: 'reader' }, responses };

/** Tells what the route of a request is said to be. */
const told: Handler = async ({ routeOptions: { config } }, reply) =>
  reply.send({ basePath: config.basePath, mayBeLarge: config.idsRead !== undefined });

async function served(
  paths: Record<string, Record<string, { operationId: string }>>,
  basePaths: BasePaths,
  limits: OperationLimits = noLimits,
): Promise<FastifyInstance> {
  const app = Fastify();
  onTestFinished(() => app.close());
  const text = JSON.stringify({ openapi: '3.1.0', info: { title: 'Things', version: '1.0.0' }, paths });
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  const handlers = Object.fromEntries(operations.map(({ operationId }) => [operationId, told]));
  await serveDocument(app, { document: documentOf('things.yaml', 'Things', text), basePaths, handlers, limits });
  return app;
}

const versions = { '/': { get: { operationId: 'versions', security: [], responses } } };
const things = { '/things': { get: { operationId: 'things', ...forReaders } } };

test.each<[BasePaths]>([[['/v2', '/share/v2', '']], [['', '/v2', '/share/v2']]])(
  'what a document has at its root is under each of its base paths %j, and not at the root of all',
  async (bases) => {
    const app = await served({ ...versions, ...things }, bases);
    const found = async (url: string) => {
      const { statusCode, body } = await app.inject(url);
      return statusCode === 200 ? JSON.parse(body).basePath : statusCode;
    };
    for (const base of ['/v2', '/share/v2']) {
      for (const path of ['', '/', '/things'])
        expect([base, path, await found(base + path)]).toEqual([base, path, base]);
    }
    expect([await found('/things'), await found('/')]).toEqual(['', 404]);
  },
);

test('under each base path an operation has its own limits, and not those of the last one', async () => {
  const others = { '/others': { get: { operationId: 'others', ...forReaders } } };
  const limits = { bodies: {}, fleetReads: { others: () => null } };
  const app = await served({ ...things, ...others }, ['/v2', '/share/v2'], limits);
  for (const base of ['/v2', '/share/v2']) {
    const large = async (path: string) => (await app.inject(base + path)).json().mayBeLarge;
    expect([base, await large('/things'), await large('/others')]).toEqual([base, false, true]);
  }
});

test.each([
  ['things', undefined],
  ['things', [{ bearer: [] }]],
])('an operation that does not say who may ask ends the start', async (operationId, security) => {
  const forgotten = { '/things': { get: { operationId, ...(security && { security }), responses } } };
  await expect(served(forgotten, ['/v2'])).rejects.toThrow('things.yaml: things has no role');
});
