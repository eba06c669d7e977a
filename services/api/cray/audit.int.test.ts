import { randomUUID } from 'node:crypto';
import type { Service } from '@holdfast/cli/service';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, type Reply, serviceFor } from '../../../test/support/service.js';

/* One session of several callers, in both dialects, on a whole service in memory; then what the audit says of it. */

const [a, b, c, d] = ['x0c0s0b0n0', 'x0c0s1b0n0', 'x0c0s2b0n0', 'x0c0s3b0n0'] as const;
const tokens = [
  { token: 'token-of-alice', name: 'alice', roles: ['admin' as const] },
  { token: 'token-of-bob', name: 'bob', roles: ['service' as const] },
  { token: 'token-of-rita', name: 'rita', roles: ['reader' as const] },
];
const idempotencyKey = randomUUID();
const secrets: string[] = [...tokens.map(({ token }) => token), idempotencyKey];
const answers: string[] = [];
let service: Service;
/** Status of everything, as it was after that sequence. */
const moments = new Map<number, unknown>();

function as(name: string, more: Record<string, string> = {}) {
  return { authorization: `Bearer token-of-${name}`, ...more };
}

async function hsm(name: string, path: string, body: unknown, more: Record<string, string> = {}): Promise<Reply> {
  const reply = await call(service.url, 'POST', `/hsm/v2${path}`, body, as(name, more));
  const status = await call(service.url, 'POST', '/v1/locks/status', {}, as('rita'));
  moments.set(Number(reply.headers.get('holdfast-sequence')), status.body);
  return reply;
}

async function audit(path: string, headers: Record<string, string> = {}): Promise<Reply> {
  const reply = await call(service.url, 'GET', `/audit/${path}`, undefined, as('rita', headers));
  answers.push(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
  return reply;
}

const texts = (reply: Reply) => reply.body.Entries.map(({ Text }: { Text: string }) => Text);

beforeAll(async () => {
  service = await serviceFor({ api: { tokens } });
  const node = { Type: 'Node', State: 'Ready', Enabled: true, Class: 'River', Arch: 'X86', NetType: 'Sling' };
  const Components = [a, b, c, d].map((ID, n) => ({
    ...node,
    ID,
    NID: n + 1,
    Role: n === 2 ? 'Management' : 'Compute',
  }));
  await hsm('alice', '/State/Components', { Components });
  await hsm('alice', '/groups', { label: 'blue', members: { ids: [b] } });
  const reserve = { ComponentIDs: [a, b], ReservationDuration: 15, Reason: 'firmware update' };
  const keyed = { 'idempotency-key': idempotencyKey, 'user-agent': 'updater/2', 'x-reason': 'firmware update' };
  const made = await hsm('bob', '/locks/service/reservations', reserve, keyed);
  const keys: { ID: string; ReservationKey: string; DeputyKey: string }[] = made.body.Success;
  for (const { ReservationKey, DeputyKey } of keys) secrets.push(ReservationKey.slice(-36), DeputyKey.slice(-36));
  // Once more, with another body, and by somebody else.
  await hsm('bob', '/locks/service/reservations', reserve, keyed);
  await hsm('bob', '/locks/service/reservations', { ...reserve, ReservationDuration: 1 }, keyed);
  await hsm('alice', '/locks/lock', { ComponentIDs: [a], Reason: 'cooling' });
  await hsm('alice', '/locks/lock', { ComponentIDs: [c] }, { 'x-reason': 'keep out' });
  const shown = keys.map(({ ID, ReservationKey }) => ({ ID, Key: ReservationKey }));
  await hsm('bob', '/locks/service/reservations/renew', { ReservationKeys: shown, ReservationDuration: 10 });
  await hsm('bob', '/locks/service/reservations/release', { ReservationKeys: shown.slice(0, 1) });
  await call(service.url, 'DELETE', `/hsm/v2/State/Components/${d}`, undefined, as('alice'));
}, 60_000);
afterAll(() => service?.close());

test('a history has every change and every refusal, the newest first, with who and why', async () => {
  const { body, status } = await audit(`components/${a.toUpperCase()}/history`);
  expect([status, body.Next]).toEqual([200, null]);
  expect(texts({ body } as Reply)).toEqual([
    'reservation released by bob',
    expect.stringMatching(/^reservation renewed for 10 minutes, until .*Z by bob$/),
    'lock refused, as it is reserved; asked by alice: cooling',
    'reserved for 15 minutes by bob: firmware update',
    'written to the inventory by alice',
  ]);
  const created = body.Entries[3];
  const { durationMs: _, ...changes } = created.Changes;
  expect(changes).toMatchObject({ Kind: 'service', DurationMs: 900_000 });
  expect(Date.parse(created.Changes.ExpiresAt) - Date.parse(created.Changes.CreatedAt)).toBeGreaterThanOrEqual(900_000);
  expect(created).toMatchObject({
    Type: 'cray.ReservationCreated',
    ID: a,
    Request: {
      RequestID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      Command: 'cray.ReservationRequested',
      Outcome: 'accepted',
      Total: 2,
      Actor: { Name: 'bob', Authenticated: true, Address: '127.0.0.1', UserAgent: 'updater/2' },
      Reason: 'firmware update',
    },
  });
  expect(created.ReservationID).toContain(created.Request.RequestID);
});

test('a history is filtered and paged, whatever the size of a page', async () => {
  const whole = (await audit(`components/${a}/history`)).body.Entries;
  for (const limit of [1, 2, 4]) {
    const entries: unknown[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const next: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { body }: Reply = await audit(`components/${a}/history?limit=${limit}${next}`);
      expect(body.Entries.length).toBeLessThanOrEqual(limit);
      entries.push(...body.Entries);
      cursor = body.Next;
    }
    expect(entries).toEqual(whole);
  }
  const of = async (query: string) => (await audit(`components/${a}/history?${query}`)).body.Entries;
  expect(await of('actor=alice')).toEqual([whole[2], whole[4]]);
  expect(await of('types=cray.RequestRefused,CRAY.componentput')).toEqual([whole[2], whole[4]]);
  expect(await of(`from=${whole[2].Sequence}`)).toEqual(whole.slice(0, 3));
  expect(await of(`to=${whole[2].Sequence}`)).toEqual(whole.slice(3));
  expect(await of(`from=${whole[3].Time}&to=${whole[1].Time}`)).toEqual(
    whole.filter(({ Time }: { Time: string }) => Time >= whole[3].Time && Time < whole[1].Time),
  );
  expect(await of('actor=nobody')).toEqual([]);
});

test('what was deleted has its history; of what never was there is none', async () => {
  expect(texts(await audit(`components/${d}/history`))).toEqual([
    'deleted from the inventory by alice',
    'written to the inventory by alice',
  ]);
  const { status, body } = await audit('components/x9c0s0b0n0/history');
  expect([status, body.detail]).toEqual([404, 'The log has nothing on x9c0s0b0n0']);
});

test('holders are who holds what, by every filter', async () => {
  const { body } = await audit('holders');
  expect(body.Holders).toMatchObject([
    {
      ID: b,
      Lock: null,
      Reservation: {
        Kind: 'service',
        Text: expect.stringMatching(/^reserved since .* until .*Z by bob: firmware update$/),
        Request: { Actor: { Name: 'bob' }, Reason: 'firmware update' },
      },
    },
    { ID: c, Lock: { Text: expect.stringMatching(/^locked since .*Z by alice: keep out$/) }, Reservation: null },
  ]);
  const ids = async (query: string) =>
    (await audit(`holders?${query}`)).body.Holders.map(({ ID }: { ID: string }) => ID);
  expect(await ids('role=MANAGEMENT')).toEqual([c]);
  expect(await ids('group=Blue')).toEqual([b]);
  expect(await ids('group=red')).toEqual([]);
  expect(await ids('actor=alice')).toEqual([c]);
  expect(await ids('kind=lock')).toEqual([c]);
  expect(await ids('kind=reservation')).toEqual([b]);
  expect(await ids('kind=lock&actor=bob')).toEqual([]);
  expect(await ids('age=0s')).toEqual([b, c]);
  expect(await ids('age=1h')).toEqual([]);
  const first = (await audit('holders?limit=1')).body;
  expect((await audit(`holders?limit=1&cursor=${first.Next}`)).body).toMatchObject({
    Holders: [{ ID: c }],
    Next: null,
  });
});

test('the status of a past moment is what the status was then', async () => {
  expect(moments.size).toBeGreaterThan(5);
  for (const [sequence, then] of moments) {
    const { status, body, headers } = await audit(`status?at=${sequence}`);
    expect([status, body, headers.get('holdfast-sequence')]).toEqual([200, then, String(sequence)]);
    const at = await audit(`status?at=${headers.get('holdfast-time')}`);
    // Several groups may have the same time; then it is the last of these.
    expect(Number(at.headers.get('holdfast-sequence'))).toBeGreaterThanOrEqual(sequence);
  }
  const last = Math.max(...moments.keys());
  const some = await audit(`status?at=${last}&xname=${c},${b}&xname=x9c0s0b0n0&locked=true`);
  expect(some.body).toEqual({
    Components: [{ ID: c, Locked: true, Reserved: false, ReservationDisabled: false }],
    NotFound: ['x9c0s0b0n0'],
  });
  expect((await audit(`status?at=${last}&group=blue&role=Compute`)).body.Components).toMatchObject([{ ID: b }]);
});

test.each([
  ['at=0', /has the sequences 1 to \d+$/],
  ['at=999999', /has the sequences 1 to \d+$/],
  ['at=2020-01-01T00:00:00Z', /begins at 20.*; now it is 20/],
  ['at=2100-01-01T00:00:00Z', /begins at 20.*; now it is 20/],
])('a moment outside the log (%s) is 400, and says what there is', async (query, detail) => {
  const { status, body } = await audit(`status?${query}`);
  expect([status, body.detail]).toEqual([400, expect.stringMatching(detail)]);
});

test('requests are told by who asked and what became of it, repeated and conflicting ones too', async () => {
  const of = async (query: string) => (await audit(`requests?${query}`)).body.Requests;
  expect((await of('actor=bob')).map(({ Text }: { Text: string }) => Text)).toEqual([
    'accepted: release of 1 component by bob',
    'accepted: renewal of 2 components by bob',
    'refused (its Idempotency-Key had another body before): reservation by bob: firmware update',
    expect.stringMatching(/^repeated: request of sequence \d+ by bob: firmware update$/),
    'accepted: reservation of 2 components by bob: firmware update',
  ]);
  expect(await of('outcome=refused')).toMatchObject([{ Outcome: 'refused', Refusal: 'Reserved', Reason: 'cooling' }]);
  const [repeated] = await of('outcome=repeated');
  const [first] = (await of(`from=${repeated.OriginalSequence}&to=${repeated.OriginalSequence + 1}`)) as {
    Outcome: string;
  }[];
  expect(first).toMatchObject({ Outcome: 'accepted', Sequence: repeated.OriginalSequence });
  expect(await of('outcome=conflict')).toHaveLength(1);
  expect(await of('outcome=failed')).toEqual([]);
  const pages = await audit('requests?limit=2');
  const next = await audit(`requests?limit=2&cursor=${pages.body.Next}`);
  expect([...pages.body.Requests, ...next.body.Requests]).toEqual(await of('limit=4'));
});

interface Shown {
  Sequence: number;
  Type: string;
  ID?: string;
}
const parsed = (text: string): Shown[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

async function events(query: string): Promise<Shown[]> {
  const reply = await fetch(`${service.url}/audit/events?${query}`, { headers: as('rita') });
  expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
  const text = await reply.text();
  answers.push(text);
  return parsed(text);
}

test('the events are the log from any sequence to any other, whole requests, by type and component', async () => {
  const all = await events('');
  expect(all.map(({ Sequence }) => Sequence)).toEqual(all.map((_, n) => n + 1));
  expect(await events('from=5')).toEqual(all.slice(4));
  expect(await events('from=-3')).toEqual(all.slice(-3));
  expect(await events('from=-999999')).toEqual(all);
  expect(await events(`from=${all.length + 1}`)).toEqual([]);
  expect(await events(`xname=${a}`)).toEqual(all.filter(({ ID }) => ID === a));
  expect(await events('types=cray.RequestRefused')).toEqual(all.filter(({ Type }) => Type === 'cray.RequestRefused'));
  const put = all.findIndex(({ Type }) => Type === 'cray.ComponentPut');
  // In the midst of the inventory's request: what came before it.
  expect(await events(`until=${put + 2}`)).toEqual(all.slice(0, put));
  const past = await audit(`events?from=${all.length + 2}`);
  expect([past.status, past.body.detail]).toEqual([
    400,
    expect.stringContaining(`past the end of the log, which is sequence ${all.length}`),
  ]);
  const head = await call(service.url, 'HEAD', '/audit/events?follow=true', undefined, as('rita'));
  expect([head.status, head.headers.get('holdfast-sequence')]).toEqual([200, String(all.length)]);
});

test('a stream goes on with what is decided, and ends when the service does', async () => {
  const last = (await events('')).length;
  const headers = as('rita', { accept: 'text/event-stream', 'last-event-id': String(last - 1) });
  const reply = await fetch(`${service.url}/audit/events`, { headers });
  expect(reply.headers.get('content-type')).toBe('text/event-stream');
  let text = '';
  const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
  const until = async (pattern: RegExp) => {
    for (let done = false; !done && !pattern.test(text); ) {
      const read = await reader.read();
      text += read.value ?? '';
      done = read.done;
    }
  };
  await until(new RegExp(`^id: ${last}$`, 'm'));
  await hsm('alice', '/locks/unlock', { ComponentIDs: [c] });
  await until(/"Type":"cray.ComponentUnlocked"/);
  const ids = [...text.matchAll(/^id: (\d+)\ndata: /gm)].map(([, id]) => Number(id));
  expect(ids).toEqual(ids.map((_, n) => last + n));
  const lines = await fetch(`${service.url}/audit/events?follow=true&from=-1`, { headers: as('rita') });
  const whole = lines.text();
  const closed = service.close();
  // To its end.
  await until(/$^/);
  await closed;
  answers.push(text, await whole);
  expect(parsed(await whole).length).toBeGreaterThan(0);
});

test('no answer holds a token, a key or an Idempotency-Key', () => {
  expect(answers.length).toBeGreaterThan(50);
  const said = answers.join('\n').toLowerCase();
  expect(said).toContain('firmware update');
  for (const secret of secrets) expect(said).not.toContain(secret.toLowerCase());
});
