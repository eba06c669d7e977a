import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildApp } from '@holdfast/api';
import type { ApiModule, ServedApi } from '@holdfast/api/module';
import { apiModules } from '@holdfast/api/modules';
import { afterAll, expect, test } from 'vitest';
import { exampleApi } from '../../test/example/api/module.js';
import { dependenciesOf } from '../../test/support/fake-api.js';
import { withNamed } from '../../test/support/named.js';

/* A module may say at its own root which versions of it there are, as APIs do that have several; `/` is the house's. */

const folder = mkdtempSync(join(tmpdir(), 'versions-'));
afterAll(() => rmSync(folder, { recursive: true }));

function versionsAt(...basePaths: [string, ...string[]]): ServedApi {
  const responses = { 300: { description: 'These' }, default: { description: 'Why not' } };
  const paths = { '/': { get: { operationId: 'versions', tags: [], security: [], responses } } };
  const file = join(folder, `versions-${basePaths.length}.yaml`);
  writeFileSync(file, JSON.stringify({ openapi: '3.1.0', info: { title: 'Versions', version: '1' }, paths }));
  return {
    document: relative(fileURLToPath(new URL('.', import.meta.url)), file),
    ...{ title: 'Versions', basePaths, options: {} },
    routes: () => ({ versions: async (_request, reply) => reply.code(300).send({ versions: ['v2'] }) }),
  };
}

const built = exampleApi as ApiModule;
const exampleAt = (document: string): ServedApi => ({ ...exampleApi.apis[0], document, basePaths: ['/example/v2'] });
const withVersions = (versions: ServedApi): readonly ApiModule[] =>
  withNamed(apiModules, { ...built, apis: [exampleAt('../../test/example/api/example.yaml'), versions] });

test.each<[string, [string, ...string[]]]>([
  ['beside its API', ['/example']],
  ['at its root and at that of all', ['', '/example']],
])('versions %s, with a slash at the end and without, and its API below', async (_, basePaths) => {
  const app = await buildApp(dependenciesOf(), withVersions(versionsAt(...basePaths)));
  for (const url of ['/example', '/example/']) {
    const { statusCode, body } = await app.inject(url);
    expect([url, statusCode, body]).toEqual([url, 300, '{"versions":["v2"]}']);
  }
  const claimed = await app.inject({ method: 'POST', url: '/example/v2/claims', payload: {} });
  expect(claimed.statusCode).toBe(400);
  const own = await app.inject({ url: '/', headers: { accept: 'application/json' } });
  expect([own.statusCode, own.json().name]).toEqual([200, 'Holdfast']);
  await app.close();
});

test('a document that is at the root of all alone ends the start: that is the service itself', async () => {
  await expect(buildApp(dependenciesOf(), withVersions(versionsAt('')))).rejects.toThrow(
    '/ is claimed twice: by the service itself and by the module example',
  );
});
