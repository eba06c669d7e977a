import { nodeRuntime } from '@holdfast/log';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newLog, type RunningService, serve } from '../../../test/history/service.js';
import { loadDocument } from '../documents.js';

/* What the document says of a request without a token that is known is what such a request gets. */

interface Operation {
  operationId: string;
  security?: object[];
  responses: Record<string, { $ref?: string }>;
}
interface Unauthorized {
  headers: Record<string, { required: boolean; schema: object }>;
  content: { 'application/json': { schema: { $ref: string } } };
}

const document = loadDocument('placement/placement.yaml', '').parsed() as unknown as {
  paths: Record<string, Record<string, Operation>>;
  components: { responses: { Unauthorized: Unauthorized }; schemas: Record<string, object> };
};
const { responses, schemas } = document.components;
const ajv = new Ajv({ strict: false });
const holds = (schema: object, value: unknown) => ajv.validate(schema, value);
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => [operation.operationId, method, path, operation] as const),
);

let service: RunningService;
beforeAll(async () => {
  service = await serve(newLog(nodeRuntime), nodeRuntime, [{ token: 'known', name: 'nova', roles: ['service'] }]);
});
afterAll(() => service.close());

test.each(operations)('%s: %s %s', async (_, method, path, { security, responses: own }) => {
  const url = `/placement${path.replaceAll(/\{\w+\}/g, 'x')}`;
  const headers = { 'x-auth-token': 'unknown', 'openstack-api-version': 'placement 1.39' };
  const { status, text, headers: sent } = await service.inject({ method: method.toUpperCase(), path: url, headers });
  const needsNone = security?.length === 0;
  expect(own['401']).toEqual(needsNone ? undefined : { $ref: '#/components/responses/Unauthorized' });
  expect(status).toBe(needsNone ? 200 : 401);
  if (needsNone) return;
  const { content, headers: described } = responses.Unauthorized;
  const schema = schemas[content['application/json'].schema.$ref.split('/').at(-1)!]!;
  const body = JSON.parse(text);
  expect(holds(schema, body), JSON.stringify(ajv.errors)).toBe(true);
  // The schema is closed: another member, or one less, is not what it describes.
  expect(holds(schema, { ...body, errors: [] })).toBe(false);
  for (const [name, header] of Object.entries(described)) {
    expect(holds(header.schema, sent[name.toLowerCase()]), name).toBe(true);
  }
});

test.each(['/placement', '/placement/', '/%70lacement', '/%70lacement/'])(
  'the versions under %s need none',
  async (path) => {
    const { status } = await service.inject({ method: 'GET', path, headers: { 'x-auth-token': 'unknown' } });
    expect(status).toBe(200);
  },
);
