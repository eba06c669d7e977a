import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type AdmissionLimits, admissionLimits } from '@holdfast/processor/limits';
import { afterEach, expect, test, vi } from 'vitest';
import { loadFixture } from '../../../test/modules/cray/conformance/loading.js';
import { type FakeApi, fakeApi } from '../../../test/support/fake-api.js';
import { Admission } from '../admission.js';
import { ApiError } from '../errors.js';
import type { RequestKind } from '../places.js';

const a = 'x0c0s0b0n0';
const lease = { ComponentIDs: [a], ReservationDuration: 5 };
const reservations = '/hsm/v2/locks/service/reservations';

let api: FakeApi | null = null;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await api?.app.close();
  api = null;
});

/** An API with limits, and what it tells of them. */
async function limited(limits: Partial<AdmissionLimits>) {
  const observer = { answered: vi.fn(), limitHit: vi.fn() };
  api = await fakeApi({}, { limits: { ...admissionLimits, ...limits }, observer });
  await loadFixture(api.inject);
  const { port } = new URL(await api.app.listen({ port: 0, host: '127.0.0.1' }));
  /** Begins a request of 100 bytes, and sends none of them. Resolves once the server has its header. */
  const begin = async (path: string) => {
    const socket = connect(Number(port), '127.0.0.1');
    sockets.push(socket);
    await once(socket, 'connect');
    socket.write(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n`);
    const isEnd = ([, route, status]: unknown[]) => route === path && status === 'aborted';
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    await vi.waitUntil(() => text.includes('100 Continue'), { interval: 2 });
    return {
      /** What it is answered, where it is without its body. */
      refused: async () => {
        await vi.waitUntil(() => text.includes('}'), { interval: 2 });
        socket.destroy();
        return text;
      },
      leave: async () => {
        const ends = observer.answered.mock.calls.filter(isEnd).length;
        socket.destroy();
        await vi.waitUntil(() => observer.answered.mock.calls.filter(isEnd).length > ends, { interval: 2 });
      },
    };
  };
  const post = (path: string, body: object) => api!.inject({ method: 'POST', path, body: JSON.stringify(body) });
  return { begin, post, observer, gateway: api.gateway };
}

test('past the limit a change is refused before its body is there; who goes away leaves its place to others', async () => {
  const { begin, post, observer } = await limited({ inFlightMax: 1 });
  const first = await begin(reservations);
  expect((await post(reservations, lease)).status).toBe(429);
  const answer = await (await begin(reservations)).refused();
  expect(answer).toContain('HTTP/1.1 429 ');
  expect(answer).toMatch(/\r\nretry-after: \d+\r\n/i);
  expect(answer).toContain('"detail":"Too many requests are in flight"');
  expect(observer.limitHit).toHaveBeenCalledWith('in_flight');
  await first.leave();
  for (let n = 0; n < 3; n++) await (await begin(reservations)).leave();
  expect((await post(reservations, lease)).status).toBe(200);
});

test('renewals and releases are admitted where other changes are not, and refused at last, too', async () => {
  const { begin, post } = await limited({ inFlightMax: 1 });
  const renew = `${reservations}/renew`;
  const keys = { ReservationKeys: [{ ID: a, Key: `${a}:rk:none` }], ReservationDuration: 5 };
  const first = await begin(reservations);
  expect((await post(reservations, lease)).status).toBe(429);
  expect((await post(renew, keys)).status).toBe(400);
  for (const path of [`${reservations}/release`, '/hsm/v2/locks/reservations/release']) {
    expect((await post(path, keys)).status).toBe(400);
  }
  const second = await begin('/v1/locks/service/reservations/renew');
  expect((await post(renew, keys)).status).toBe(429);
  await first.leave();
  await second.leave();
});

test('reads have a limit of their own, and whether the service lives is always answered', async () => {
  const { begin, post } = await limited({ readsMax: 1, inFlightMax: 1 });
  const reading = await begin('/hsm/v2/locks/status');
  expect((await post('/hsm/v2/locks/status', {})).status).toBe(429);
  expect((await post(reservations, lease)).status).toBe(200);
  for (const path of ['/livez', '/readyz', '/metrics', '/']) {
    expect((await api!.inject({ method: 'GET', path })).status, path).toBe(200);
  }
  await reading.leave();
});

test('where requests wait too long, a change is 503 at once and nothing of it is decided; a renewal is taken', async () => {
  const { post, gateway } = await limited({});
  gateway.full = true;
  const before = gateway.submissions.length;
  const { status, headers, text } = await post(reservations, lease);
  expect([status, JSON.parse(text).detail]).toEqual([503, 'Requests wait too long for their decision']);
  expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
  expect(gateway.submissions.length).toBe(before);
  const keys = { ReservationKeys: [{ ID: a, Key: `${a}:rk:none` }], ReservationDuration: 5 };
  expect((await post(`${reservations}/renew`, keys)).status).toBe(400);
  expect(gateway.submissions.at(-1)).toMatchObject({ urgent: true });
});

/** An admission with a clock that stands, and chance at its highest. */
function admissionWith(limits: Partial<AdmissionLimits>) {
  const runtime = { now: () => 0, random: () => 0.999 };
  const observer = { answered() {}, limitHit: vi.fn() };
  const gateway = { refusal: () => null };
  const admission = new Admission({ gateway, runtime, observer, limits: { ...admissionLimits, ...limits } });
  const refusal = (kind: RequestKind, bytes: number): ApiError | null => {
    try {
      admission.enter(kind, bytes).leave();
      return null;
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
  };
  return { admission, refusal, observer };
}

test('bytes count while they are held: of a body, then of its answer, until that is gone', () => {
  const { admission, refusal, observer } = admissionWith({ heldBytesMax: 100 });
  const place = admission.enter('change', 60);
  expect(refusal('read', 40)).toBeNull();
  expect(refusal('read', 41)?.code).toBe('overloaded');
  expect(observer.limitHit).toHaveBeenCalledWith('held_bytes');
  expect(refusal('urgent', 140)).toBeNull();
  place.hold(90);
  expect([refusal('change', 10), refusal('change', 11)?.status]).toEqual([null, 429]);
  place.leave();
  place.leave();
  place.hold(90);
  expect(refusal('change', 100)).toBeNull();
});

test('the more are refused, the later they are asked to come again', () => {
  const { admission, refusal } = admissionWith({ inFlightMax: 100 });
  for (let n = 0; n < 100; n++) admission.enter('change', 0);
  const retryAfter = () => Number(refusal('change', 0)?.headers['retry-after']);
  expect(retryAfter()).toBe(2);
  for (let n = 0; n < 400; n++) retryAfter();
  expect(retryAfter()).toBe(6);
  for (let n = 0; n < 4_000; n++) retryAfter();
  expect(retryAfter()).toBe(10);
});
