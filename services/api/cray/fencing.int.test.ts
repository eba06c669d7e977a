import { beforeEach, describe, expect, test } from 'vitest';
import { loadFixture } from '../../../test/modules/cray/conformance/loading.js';
import { type FakeApi, fakeApi } from '../../../test/support/fake-api.js';
import { fencingTokenHeader, omittedTokensHeader } from '../replies.js';
import { published } from './dialect.js';
import { tokenHeader } from './fencing.js';
import { crayLimits } from './limits.js';

const [a, b] = ['x0c0s0b0n0', 'x0c0s1b0n0'];
const key = '0b7e3f52-6d0a-4a7a-8a52-0f3f5f7b8a11';
let api: FakeApi;

beforeEach(async () => {
  api = await fakeApi();
  await loadFixture(api.inject);
});

async function post(path: string, body: object, headers: Record<string, string> = {}) {
  const sent = { 'content-type': 'application/json', ...headers };
  const response = await api.inject({ method: 'POST', path, body: JSON.stringify(body), headers: sent });
  // biome-ignore lint/suspicious/noExplicitAny: tests read what a client would.
  return { ...response, body: (response.text === '' ? null : JSON.parse(response.text)) as any };
}

const hsm = (path: string, body: object, headers = {}) => post(`/hsm/v2/locks${path}`, body, headers);
const v1 = (path: string, body: object, headers = {}) => post(`/v1/locks${path}`, body, headers);
const tokensOf = ({ headers }: { headers: Record<string, unknown> }) => headers[fencingTokenHeader];
const statusOf = async (id: string) => (await hsm('/status', { ComponentIDs: [id] })).body.Components[0];

describe('a fencing token', () => {
  test('is that of the hold in every answer of the HSM dialect, and a renewal keeps it', async () => {
    const made = await hsm('/service/reservations', { ComponentIDs: [b, a], ReservationDuration: 5 });
    const [ofB, ofA] = made.body.Success;
    expect(ofA.FencingToken).toBe(ofB.FencingToken + 1);
    expect(Number(made.headers['holdfast-sequence'])).toBe(ofA.FencingToken + 1);
    const ReservationKeys = [ofA, ofB].map(({ ID, ReservationKey: Key }) => ({ ID, Key }));
    for (const _ of [1, 2]) {
      const renewed = await hsm('/service/reservations/renew', { ReservationKeys, ReservationDuration: 9 });
      expect(renewed.body.Success).toEqual({
        ComponentIDs: [a, b],
        FencingToken: [ofA.FencingToken, ofB.FencingToken],
      });
    }
    const DeputyKeys = [{ ID: a, Key: ofA.DeputyKey }];
    const checked = await hsm('/service/reservations/check', { DeputyKeys });
    expect(checked.body.Success[0].FencingToken).toBe(ofA.FencingToken);
    expect((await statusOf(a)).FencingToken).toBe(ofA.FencingToken);
    for (const one of [made, checked]) expect(tokensOf(one)).toBeUndefined();
  });

  test('of a holder whose reservation has ended is below that of the next, whatever it asks', async () => {
    const reserve = () => hsm('/service/reservations', { ComponentIDs: [a], ReservationDuration: 1 });
    const stale = (await reserve()).body.Success[0];
    api.runtime.time += 61_000;
    const present = (await reserve()).body.Success[0];
    expect(present.FencingToken).toBeGreaterThan(stale.FencingToken);
    const renewal = (from: { ReservationKey: string }) => ({
      ReservationKeys: [{ ID: a, Key: from.ReservationKey }],
      ProcessingModel: 'flexible',
      ReservationDuration: 1,
    });
    const refused = await hsm('/service/reservations/renew', renewal(stale));
    expect([refused.body.Counts.Failure, refused.body.Success]).toEqual([1, { ComponentIDs: [] }]);
    expect((await hsm('/service/reservations/renew', renewal(present))).body.Success.FencingToken).toEqual([
      present.FencingToken,
    ]);
  });

  test('is that of the lock where nothing is reserved, and absent where nothing is held', async () => {
    expect(await statusOf(a)).not.toHaveProperty('FencingToken');
    const locked = await hsm('/lock', { ComponentIDs: [a] });
    expect(JSON.stringify(locked.body)).not.toContain('FencingToken');
    const ofLock = (await statusOf(a)).FencingToken;
    expect(ofLock).toBe(Number(locked.headers['holdfast-sequence']) - 1);
    const reserved = (await hsm('/reservations', { ComponentIDs: [a] })).body.Success[0];
    expect(reserved.FencingToken).toBeGreaterThan(ofLock);
    expect((await statusOf(a)).FencingToken).toBe(reserved.FencingToken);
    await hsm('/reservations/remove', { ComponentIDs: [a] });
    expect((await statusOf(a)).FencingToken).toBe(ofLock);
    await hsm('/unlock', { ComponentIDs: [a] });
    expect(await statusOf(a)).not.toHaveProperty('FencingToken');
  });

  test('is in the header of the published dialect, whose schemas have no place for it', async () => {
    await v1('/lock', { ComponentIDs: [a, b] });
    const status = await v1('/status', { ComponentIDs: [a, b, 'x0c0s2b0n0'] });
    expect(tokensOf(status)).toMatch(/^x0c0s0b0n0=\d+, x0c0s1b0n0=\d+$/);
    const made = await v1('/service/reservations', { ComponentIDs: [a] });
    const token = (await statusOf(a)).FencingToken;
    const { ReservationKey, DeputyKey } = made.body.Success[0];
    const renewed = await v1('/service/reservations/renew', { ReservationKeys: [{ ID: a, Key: ReservationKey }] });
    const checked = await v1('/service/reservations/check', { DeputyKeys: [{ ID: a, Key: DeputyKey }] });
    const admin = await v1('/reservations', { ComponentIDs: [b] });
    for (const one of [made, renewed, checked]) expect(tokensOf(one)).toBe(`${a}=${token}`);
    expect(tokensOf(admin)).toBe(`${b}=${(await statusOf(b)).FencingToken}`);
    for (const { text } of [status, made, renewed, checked, admin]) expect(text).not.toContain('FencingToken');
    expect(tokensOf(await v1('/status', { ComponentIDs: ['x0c0s2b0n0'] }))).toBeUndefined();
  });

  test('is shown with the outcome that was asked for later', async () => {
    await v1('/lock', { ComponentIDs: [a] });
    const { headers } = await v1('/service/reservations', { ComponentIDs: [a] }, { prefer: 'respond-async' });
    const later = await api.inject({ method: 'GET', path: String(headers.location) });
    expect(tokensOf(later)).toBe(`${a}=${(await statusOf(a)).FencingToken}`);
  });

  test('header is whole or not there', () => {
    const { tokenHeaderLengthMax: max } = crayLimits;
    const of = (lastLength: number) => {
      const tokens: [string, number][] = [];
      let length = 0;
      for (; length + 40 < max; length += 12) tokens.push(['x0c0s0b0', 7]);
      // `, ` before it and `=7` behind.
      tokens.push(['x'.repeat(lastLength - (length - 2) - 4), 7]);
      return { headers: tokenHeader(published, tokens), count: tokens.length };
    };
    const { headers: whole } = of(max);
    expect([Object.keys(whole), whole[fencingTokenHeader]]).toEqual([[fencingTokenHeader], expect.any(String)]);
    expect(whole[fencingTokenHeader]).toHaveLength(max);
    const { headers, count } = of(max + 1);
    expect(headers).toEqual({ [omittedTokensHeader]: String(count) });
    expect(tokenHeader(published, [])).toEqual({});
  });

  test('header that has no room is said to be left out, in every answer that would have it', async () => {
    const ids = Array.from({ length: 200 }, (_, n) => `x0c7s${n}b0n0`);
    await api.inject({
      method: 'POST',
      path: '/hsm/v2/State/Components',
      body: JSON.stringify({ Components: ids.map((ID) => ({ ID, State: 'Ready' })) }),
      headers: { 'content-type': 'application/json' },
    });
    await v1('/lock', { ComponentIDs: ids });
    const status = await v1('/status', { ComponentIDs: ids });
    const made = await v1('/service/reservations', { ComponentIDs: ids });
    const { Success } = made.body;
    const keysOf = (kind: string) => Success.map((one: Record<string, string>) => ({ ID: one.ID, Key: one[kind] }));
    const renewed = await v1('/service/reservations/renew', { ReservationKeys: keysOf('ReservationKey') });
    const checked = await v1('/service/reservations/check', { DeputyKeys: keysOf('DeputyKey') });
    await v1('/reservations/remove', { ComponentIDs: ids });
    const { headers } = await v1('/reservations', { ComponentIDs: ids }, { prefer: 'respond-async' });
    const later = await api.inject({ method: 'GET', path: String(headers.location) });
    for (const one of [status, made, renewed, checked, later]) {
      expect([one.headers[omittedTokensHeader], tokensOf(one)]).toEqual(['200', undefined]);
    }
    const inBody = (await hsm('/status', { ComponentIDs: ids })).body.Components;
    expect(inBody.map(({ FencingToken }: { FencingToken: number }) => FencingToken > 0)).toEqual(Array(200).fill(true));
  });
});

describe('an answer that is given again', () => {
  const replayed = ({ headers }: { headers: Record<string, unknown> }) => headers['idempotent-replayed'];

  test.each(['/hsm/v2', '/v1'])('says so under %s, whatever it is, and the first and others do not', async (base) => {
    const changes: [string, object][] = [
      ['/lock', { ComponentIDs: [a] }],
      ['/lock', { ComponentIDs: [a] }],
      ['/reservations', { ComponentIDs: [a] }],
      ['/reservations/remove', { ComponentIDs: [a] }],
      ['/unlock', { ComponentIDs: [a] }],
      ['/service/reservations/release', { ReservationKeys: [{ ID: a, Key: 'none' }] }],
    ];
    for (const [n, [path, body]] of changes.entries()) {
      const headers = { 'idempotency-key': key.replace(/^./, String(n)) };
      const first = await post(`${base}/locks${path}`, body, headers);
      const again = await post(`${base}/locks${path}`, body, headers);
      expect([replayed(first), replayed(again), again.text], path).toEqual([undefined, 'true', first.text]);
      const other = await post(
        `${base}/locks${path}`,
        { ComponentIDs: [b], ReservationKeys: [{ ID: b, Key: 'none' }] },
        headers,
      );
      expect([other.status, replayed(other)]).toEqual([422, undefined]);
    }
    expect(replayed(await post(`${base}/locks/unlock`, { ComponentIDs: [a] }))).toBeUndefined();
  });

  test('says so after one that was to come later, and gives what is decided at once', async () => {
    const headers = { 'idempotency-key': key };
    const async = { ...headers, prefer: 'respond-async' };
    api.gateway.holding = true;
    const later = await hsm('/lock', { ComponentIDs: [a] }, async);
    const undecided = await hsm('/lock', { ComponentIDs: [a] }, async);
    expect([later, undecided].map((one) => [one.status, replayed(one)])).toEqual(Array(2).fill([202, undefined]));
    api.gateway.decideQueued();
    api.gateway.holding = false;
    const again = await hsm('/lock', { ComponentIDs: [a] }, async);
    expect([again.status, replayed(again), again.body.Success]).toEqual([200, 'true', { ComponentIDs: [a] }]);
    expect([again.headers.location, again.headers['preference-applied']]).toEqual([undefined, undefined]);
    expect((await hsm('/lock', { ComponentIDs: [b] }, async)).status).toBe(422);
    const now = await hsm('/lock', { ComponentIDs: [a] }, headers);
    expect([now.status, replayed(now)]).toEqual([200, 'true']);
  });

  test('has the fencing token of then, which is below that of who holds it now', async () => {
    const headers = { 'idempotency-key': key };
    const reserve = (more = {}) => hsm('/service/reservations', { ComponentIDs: [a], ReservationDuration: 5 }, more);
    const first = (await reserve(headers)).body.Success[0];
    await hsm('/reservations/remove', { ComponentIDs: [a] });
    const now = (await reserve()).body.Success[0];
    const again = await reserve(headers);
    expect([replayed(again), again.body.Success[0]]).toEqual(['true', first]);
    expect(now.FencingToken).toBeGreaterThan(first.FencingToken);
  });
});

describe('a removal that names its reservation', () => {
  async function reserved(id: string): Promise<string> {
    await hsm('/service/reservations', { ComponentIDs: [id], ReservationDuration: 5 });
    const rows = await api.gateway.readModel.present.cray.reservations([id]);
    return rows.get(id)!.reservationId;
  }

  test('ends it and not the next, in the form of each dialect', async () => {
    const first = await reserved(a);
    expect((await hsm('/reservations/remove', { ComponentIDs: [a], ReservationID: first })).status).toBe(200);
    const next = await reserved(a);
    const wrong = await hsm('/reservations/remove', { ComponentIDs: [a], ReservationID: first });
    const Failure = [{ ID: a, Reason: 'NotFound' }];
    expect([wrong.status, wrong.body]).toMatchObject([400, { detail: 'Component not found', Failure }]);
    const other = await v1('/reservations/remove', { ComponentIDs: [a], ReservationID: first });
    expect([other.status, other.body]).toMatchObject([202, { Counts: { Success: 0, Failure: 1 }, Failure }]);
    expect((await statusOf(a)).Reserved).toBe(true);
    const upper = { reservationid: next.toUpperCase() };
    expect((await v1('/reservations/remove', upper)).body.Success.ComponentIDs).toEqual([a]);
  });

  test.each([null, '', 'x', 'command.7', 7, `${key}`])(
    'is refused where it is %j, rather than taken for any',
    async (id) => {
      await reserved(a);
      const before = api.gateway.submissions.length;
      for (const send of [hsm, v1]) {
        const { status, body } = await send('/reservations/remove', { ComponentIDs: [a], ReservationID: id });
        expect([status, body.detail]).toEqual([400, expect.stringContaining('ReservationID')]);
      }
      expect(api.gateway.submissions).toHaveLength(before);
    },
  );

  test('is refused in a log that cannot keep the name, and one without goes on', async () => {
    const older = await fakeApi({}, { level: { now: () => 3, newest: 4, key: 'shard', raising: () => raise() } });
    const raise = () => expect.fail('nobody asks for a level');
    await loadFixture(older.inject);
    for (const base of ['/hsm/v2', '/v1']) {
      const remove = (more: object) =>
        older.inject({
          method: 'POST',
          path: `${base}/locks/reservations/remove`,
          body: JSON.stringify({ ComponentIDs: [a], ProcessingModel: 'flexible', ...more }),
          headers: { 'content-type': 'application/json' },
        });
      const refused = await remove({ ReservationID: `${key}.7` });
      expect([refused.status, refused.text]).toEqual([409, expect.stringContaining('holdfast level raise')]);
      expect((await remove({})).status).toBeLessThan(300);
    }
  });

  test('beside a field that nobody knows selects nothing', async () => {
    const ReservationID = await reserved(a);
    const { status, body } = await hsm('/reservations/remove', { ReservationID, Rol: 'Compute' });
    expect([status, body.detail]).toEqual([400, expect.stringContaining('Rol')]);
  });
});
