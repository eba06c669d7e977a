import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { loadFixture } from '../../../test/modules/cray/conformance/loading.js';
import { type FakeApi, fakeApi } from '../../../test/support/fake-api.js';
import { call } from '../../../test/support/service.js';

const lines: string[] = [];
const logger = { level: 'info', stream: { write: (line: string) => void lines.push(line) } };
const traceId = '0af7651916cd43dd8448eb211c80319c';
const traced = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/);
let api: FakeApi;
let url: string;

beforeAll(async () => {
  api = await fakeApi({}, { logger });
  await loadFixture(api.inject);
  url = await api.app.listen({ port: 0 });
});
beforeEach(() => void lines.splice(0));
afterAll(() => api.app.close());

/** Sends a request, and gives its answer and its line in the log. */
async function sent(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  lines.splice(0);
  const answer = await call(url, method, path, body, { ...traced, ...headers });
  await vi.waitFor(() => expect(lines.length).toBeGreaterThan(0));
  return { answer, lines: lines.map((line) => JSON.parse(line)) };
}

const lock = (id: string, more: object = {}) => ({ ComponentIDs: [id], ...more });
const path = '/hsm/v2/locks/lock';
const key = { 'idempotency-key': randomUUID() };

test.each<[string, string, string, unknown, Record<string, string>, object]>([
  ['accepted', 'POST', path, lock('x0c0s0b0n0'), key, { status: 200, command: uuid, outcome: 'accepted' }],
  [
    'repeated',
    'POST',
    path,
    lock('x0c0s0b0n0'),
    key,
    { status: 200, command: uuid, outcome: 'accepted', repeated: true },
  ],
  ['of another body', 'POST', path, lock('x0c0s4b0n0'), key, { status: 422, command: uuid, outcome: 'conflict' }],
  ['refused', 'POST', path, lock('x0c0s0b0n0'), {}, { status: 400, command: uuid, outcome: 'refused' }],
  [
    'of the inventory',
    'POST',
    '/hsm/v2/groups',
    { label: 'g1' },
    {},
    { status: 201, command: uuid, outcome: 'accepted' },
  ],
])(
  'a request that is %s is found by its line: command, sequence, outcome, trace',
  async (_, method, at, body, headers, shown) => {
    const { answer, lines } = await sent(method, at, body, headers);
    const sequence = Number(answer.headers.get('holdfast-sequence'));
    expect(sequence).toBeGreaterThan(0);
    expect(lines).toHaveLength(1);
    const common = { level: 30, msg: 'request', method, address: '127.0.0.1', trace: traceId, ms: expect.any(Number) };
    expect(lines[0]).toMatchObject({ ...common, request: expect.stringMatching(/^req-/), sequence, ...shown });
    expect('repeated' in lines[0]).toBe('repeated' in shown);
  },
);

test('one that is only enqueued has its command, and whoever asks for its state both', async () => {
  const { answer, lines: first } = await sent('POST', path, lock('x0c0s4b0n0'), { prefer: 'respond-async' });
  const { id } = answer.body;
  expect(first).toEqual([expect.objectContaining({ status: 202, command: id, trace: traceId })]);
  expect(first[0]).not.toHaveProperty('sequence');
  const { answer: state, lines: second } = await sent('GET', `/hsm/v2/requests/${id}`);
  const { Sequence } = state.body;
  expect(second).toEqual([expect.objectContaining({ status: 200, command: id, sequence: Sequence })]);
});

test.each<[string, string, string, unknown, number]>([
  ['a bad body', 'POST', path, { ComponentIDs: 3 }, 400],
  ['no JSON', 'POST', path, '{', 400],
  ['no such path', 'GET', '/hsm/v2/nothing', undefined, 404],
  ['no such method', 'DELETE', path, undefined, 404],
  ['a path that cannot be read', 'GET', '/%zz', undefined, 400],
  ['a read', 'GET', '/hsm/v2/locks/status', undefined, 200],
])('%s is logged without a command: it never came to the log', async (_, method, at, body, status) => {
  const { answer, lines } = await sent(method, at, body);
  expect(answer.status).toBe(status);
  expect(lines).toEqual([expect.objectContaining({ status, method, trace: traceId })]);
  for (const member of ['command', 'sequence', 'outcome']) expect(lines[0]).not.toHaveProperty(member);
});

test('a trace that is malformed is none, and nothing else of a header is logged', async () => {
  const { lines } = await sent('GET', '/hsm/v2/locks/status', undefined, {
    traceparent: 'secret-1',
    'x-actor': 'secret-2',
  });
  expect(lines[0]).not.toHaveProperty('trace');
  expect(JSON.stringify(lines)).not.toContain('secret');
});
