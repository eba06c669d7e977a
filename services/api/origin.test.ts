import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FakeApi, fakeApi } from '../../test/support/fake-api.js';

let open: FakeApi;
let closed: FakeApi;
beforeAll(async () => {
  open = await fakeApi();
  closed = await fakeApi({ tokens: [{ token: 'token-of-alice', name: 'alice', roles: ['admin'] }] });
});
afterAll(() => Promise.all([open.app.close(), closed.app.close()]));

type Headers = Record<string, string>;

/** As a header arrives: Node gives each byte of what a client wrote in UTF-8 as a character. */
const utf8 = (text: string) => Buffer.from(text).toString('latin1');

/** Sends a change; gives the answer, and what went to the log of it. */
async function send(headers: Headers, body: object = {}, api = open) {
  const path = '/hsm/v2/State/Components';
  const before = api.gateway.submissions.length;
  const put = { Components: [{ ID: 'x0c0s0b0n0', State: 'Ready' }], ...body };
  const { status, text } = await api.inject({ method: 'POST', path, headers, body: JSON.stringify(put) });
  return { status, detail: status === 400 ? JSON.parse(text).detail : null, sent: api.gateway.submissions[before] };
}

const asAlice = { authorization: 'Bearer token-of-alice' };

describe('the actor', () => {
  test('is who X-Actor states where nobody is authenticated, and marked as stated', async () => {
    const { sent } = await send({ 'x-actor': utf8('Zoë Müller') });
    expect(sent?.actor).toMatchObject({ name: 'Zoë Müller', authenticated: false, address: '127.0.0.1' });
  });

  test('has no name where nobody said one', async () => {
    expect((await send({ 'x-actor': '' })).sent?.actor).toMatchObject({ name: '', authenticated: false });
  });

  test('is who the token says, whatever X-Actor states', async () => {
    for (const stated of ['bob', 'b'.repeat(300), 'a\tb']) {
      const { sent } = await send({ ...asAlice, 'x-actor': stated }, {}, closed);
      expect(sent?.actor).toMatchObject({ name: 'alice', authenticated: true });
    }
  });
});

describe('the reason', () => {
  test.each<[string, Headers, object, string]>([
    ['of the header', { 'x-reason': utf8('Wartung der Kühlung') }, {}, 'Wartung der Kühlung'],
    ['of the body', {}, { Reason: 'firmware' }, 'firmware'],
    ['of the body in any case', {}, { reason: 'firmware' }, 'firmware'],
    ['of both', { 'x-reason': utf8('Kühlung') }, { Reason: 'Kühlung' }, 'Kühlung'],
    ['of the header where the body has an empty one', { 'x-reason': 'proxy' }, { Reason: '' }, 'proxy'],
    ['of the body where the header is empty', { 'x-reason': '' }, { Reason: 'firmware' }, 'firmware'],
    ['of the header where the body has null', { 'x-reason': 'proxy' }, { Reason: null }, 'proxy'],
    ['that nobody gave', {}, {}, ''],
  ])('%s', async (_, headers, body, reason) => {
    expect((await send(headers, body)).sent?.reason).toBe(reason);
  });

  test.each(['firmware', 'X'.repeat(1_024)])(
    'is one: another in the header than in the body is refused',
    async (other) => {
      const { status, detail, sent } = await send({ 'x-reason': other }, { Reason: 'Firmware' });
      expect([status, sent]).toEqual([400, undefined]);
      expect(detail).toBe('the body has a Reason, and the header X-Reason another one: give one of them');
    },
  );

  test.each<[string, object]>([
    ['X-Reason', { Reason: 'firmware' }],
    ['Reason', { Reason: 'a\tb' }],
  ])('%s is looked at though the other is given', async (name, body) => {
    const { status, detail } = await send({ 'x-reason': name === 'Reason' ? 'firmware' : 'a\tb' }, body);
    expect([status, detail]).toEqual([400, `${name} holds a control character`]);
  });

  test('goes with a change that has no body', async () => {
    const path = '/hsm/v2/State/Components/x0c0s0b0n0';
    await open.inject({ method: 'DELETE', path, headers: { 'x-reason': 'scrapped' } });
    expect(open.gateway.submissions.at(-1)).toMatchObject({ reason: 'scrapped' });
  });

  test.each(['/hsm/v2/locks/lock', '/v1/locks/lock'])('is a member of the bodies of %s', async (path) => {
    const body = JSON.stringify({ ComponentIDs: ['x0c0s0b0n0'], Reason: 'firmware' });
    await open.inject({ method: 'POST', path, body });
    expect(open.gateway.submissions.at(-1)).toMatchObject({ reason: 'firmware', command: { rigid: true } });
  });

  test('is no part of what is asked: with another one it is still the same request', async () => {
    const key = { 'idempotency-key': 'DD0B3E5C-5B7F-4B8B-8D0F-0C8E3A0B5D11' };
    const first = await send({ ...key, 'x-actor': 'bob' }, { Reason: 'firmware' });
    const second = await send({ ...key, 'x-actor': 'eve' }, { Reason: 'again' });
    expect([first.status, second.status]).toEqual([204, 204]);
    expect(second.sent).toMatchObject({ id: first.sent?.id, reason: 'again', idempotencyKey: key['idempotency-key'] });
    expect(second.sent?.command).toEqual(first.sent?.command);
  });
});

describe('limits', () => {
  // Of characters, not of the two units that this one takes in UTF-16.
  const long = (length: number) => '\u{1F512}'.repeat(length);
  test.each<[string, number, (text: string) => [Headers, object]]>([
    ['X-Actor', 256, (text) => [{ 'x-actor': utf8(text) }, {}]],
    ['X-Reason', 1_024, (text) => [{ 'x-reason': utf8(text) }, {}]],
    ['Reason', 1_024, (text) => [{}, { Reason: text }]],
  ])('%s has %i characters at most, and none that controls', async (name, max, request) => {
    expect((await send(...request(long(max)))).status).toBe(204);
    for (const text of [long(max + 1), 'a\tb', 'a\u0085b', 'a\u2028b', 'a\u202eb']) {
      const { status, detail, sent } = await send(...request(text));
      expect([status, detail, sent]).toEqual([400, expect.stringContaining(name), undefined]);
    }
  });

  test.each(['X-Actor', 'X-Reason'])('%s must be UTF-8', async (name) => {
    const { status, detail, sent } = await send({ [name.toLowerCase()]: 'Zo\u00eb' });
    expect([status, detail, sent]).toEqual([400, `${name} is not UTF-8`, undefined]);
  });

  test('a reason that is no text is refused', async () => {
    const { status, detail } = await send({}, { Reason: 7 });
    expect([status, detail]).toEqual([400, 'body/Reason must be string']);
  });

  test('an empty Idempotency-Key is refused', async () => {
    expect((await send({ 'idempotency-key': '' })).status).toBe(400);
  });
});

describe('the trace', () => {
  const id = '4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7';
  test.each([
    ['version 00', `00-${id}-01`, `00-${id}-01`],
    ['a later version, as far as 00 goes', `01-${id}-01-more`, `01-${id}-01`],
    ['version 00 with more', `00-${id}-01-more`, ''],
    ['a version that is none', `ff-${id}-01`, ''],
    ['capitals', `00-${id.toUpperCase()}-01`, ''],
    ['no trace', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, ''],
    ['no parent', `00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`, ''],
    ['two of them', `00-${id}-01, 00-${id}-01`, ''],
    ['anything else', 'trace', ''],
  ])('%s', async (_, traceparent, kept) => {
    const { status, sent } = await send({ traceparent });
    expect([status, sent?.traceparent]).toEqual([204, kept]);
  });
});
