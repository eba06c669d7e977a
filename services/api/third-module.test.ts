import { buildApp } from '@holdfast/api';
import type { ApiModule } from '@holdfast/api/module';
import { apiModules } from '@holdfast/api/modules';
import type { Group } from '@holdfast/log';
import type { Submission } from '@holdfast/processor/gateway-port';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exampleApi as builtIn } from '../../test/example/api/module.js';
import { saying } from '../../test/support/audit-words.js';
import { dependenciesOf } from '../../test/support/fake-api.js';
import { withNamed } from '../../test/support/named.js';

/* A module beside those that there are: what it says of itself is all that it takes to be served. */

/** Served from where it lies, and with a filter that has words. The rows of its audit are made up. */
const exampleApi: ApiModule = {
  ...(builtIn as ApiModule),
  apis: [{ ...builtIn.apis[0], document: '../../test/example/api/example.yaml' }],
  audit: {
    ...builtIn.audit,
    holders: {
      things: [],
      ways: [
        {
          name: 'room',
          words: ['cellar', 'attic'],
          description: 'Those in this room',
          option: { flags: '--room <name>', description: 'only in this room' },
        },
      ],
    },
    async showHolders({ query }) {
      return { Holders: [{ Instrument: query.word('room', ['cellar', 'attic']) ?? 'all' }], Next: null };
    },
    showPast: async ({ query }) => ({ Instruments: query.texts('instruments') ?? [], NotFound: [] }),
  },
};

let app: FastifyInstance;
let submitted: Submission[];
beforeAll(async () => {
  submitted = [];
  const dependencies = dependenciesOf();
  const { gateway } = dependencies;
  gateway.submit = async (submission) => {
    submitted.push(submission);
    const { instrument } = submission.command as unknown as { instrument: string };
    const claimed = { type: 'example.Claimed', instrument, claim: 'c', expiresAt: 60_000 };
    const outcome = { type: 'engine.RequestDecided', command: submission.command.type, status: 'accepted', total: 1 };
    const events = [claimed, { ...outcome, reason: null, origin: null }].map((event) => ({
      event,
      stamp: { time: 0 },
    }));
    return { events, sequence: 2, end: 2 } as unknown as Group;
  };
  app = await buildApp({ ...dependencies, gateway }, withNamed(apiModules, exampleApi));
});
afterAll(() => app.close());

test('its operations are served, and its commands go to the log under its domain and the key of its resource', async () => {
  const payload = { instrument: 'lens', seconds: 60 };
  const answer = await app.inject({ method: 'POST', url: '/example/claims', payload });
  expect([answer.statusCode, answer.json()]).toEqual([
    201,
    { instrument: 'lens', claim: 'c', until: '1970-01-01T00:01:00.000Z' },
  ]);
  expect(answer.headers['holdfast-sequence']).toBe('2');
  const command = { type: 'example.ClaimRequested', instrument: 'lens', durationMs: 60_000 };
  expect(submitted).toMatchObject([{ command, domain: 'example/default', key: 'lens' }]);
  expect((await app.inject({ method: 'POST', url: '/example/claims', payload: { instrument: 'L' } })).statusCode).toBe(
    400,
  );
  expect((await app.inject('/example/nothing')).statusCode).toBe(404);
});

test('its document is shown beside the others', async () => {
  expect((await app.inject('/openapi/example.yaml')).body).toContain('operationId: claim');
  expect((await app.inject({ url: '/', headers: { accept: 'application/json' } })).json().apis).toContainEqual({
    title: 'Claims',
    basePaths: ['/example'],
    document: '/openapi/example.yaml',
  });
});

test('the audit has its histories, filters and schemas, and refuses what is of another module', async () => {
  const document = (await app.inject('/openapi/audit.yaml')).body;
  for (const part of [
    '  /audit/instruments/{instrument}/history:\n',
    `enum: [${withNamed(apiModules, exampleApi)
      .map(({ name }) => name)
      .join(', ')}]`,
    '        - { name: room, in: query, schema: { type: string, enum: [cellar, attic] }, description: Those in this room }\n',
    '        - { name: instruments, in: query, schema: { $ref: "#/components/schemas/Strings" } }\n',
    '    ClaimedInstrument:\n      type: object\n',
  ])
    expect(document).toContain(part);
  const get = async (path: string) => {
    const { statusCode, body } = await app.inject(`/audit/${path}`);
    return [statusCode, JSON.parse(body)];
  };
  expect(await get('holders?module=example&room=attic')).toEqual([
    200,
    { Holders: [{ Instrument: 'attic' }], Next: null },
  ]);
  expect(await get('status?module=example&at=1&instruments=a,b')).toEqual([
    200,
    { Instruments: ['a', 'b'], NotFound: [] },
  ]);
  for (const path of [
    'holders?room=attic',
    'status?at=1&instruments=a',
    'instruments/A/history',
    'events?instrument=A',
  ])
    expect([path, (await get(path))[0]]).toEqual([path, 400]);
});

test('its events and requests have words', () => {
  const { ofEvent, ofRequest } = saying(withNamed(apiModules, exampleApi));
  const claimed = { type: 'example.Claimed', instrument: 'lens', claim: 'c', expiresAt: 60_000 };
  expect(ofEvent(claimed as never)).toBe('claimed until 1970-01-01T00:01:00Z by alice: firmware update');
  expect(ofRequest({ command: 'example.ClaimRequested', total: 1 })).toBe(
    'accepted: claim of 1 instrument by alice: firmware update',
  );
});
