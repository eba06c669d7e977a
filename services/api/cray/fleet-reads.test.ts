import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { admissionLimits } from '@holdfast/processor/limits';
import type { FastifyInstance } from 'fastify';
import { afterEach, expect, test, vi } from 'vitest';
import { loadFixture } from '../../../test/modules/cray/conformance/loading.js';
import { appInjector, type FakeApi, fakeApi } from '../../../test/support/fake-api.js';
import { Admission } from '../admission.js';
import { apiLimits } from '../limits.js';

let app: FastifyInstance | null = null;
afterEach(async () => {
  await app?.close();
  app = null;
});

const fleet = '/hsm/v2/State/Components';
const one = 'x0c0s0b0n0';

/** An API whose reads of the inventory end when they are told to, and whose timers run out when they are told to. */
async function held() {
  const observer = { answered: vi.fn(), limitHit: vi.fn() };
  const api: FakeApi = await fakeApi({}, { observer });
  app = api.app;
  await loadFixture(api.inject);
  const { cray } = api.gateway.readModel.present;
  const asked: (() => void)[] = [];
  let under = 0;
  let most = 0;
  const { components, status } = cray;
  const slow = <T>(answer: () => Promise<T>) => {
    most = Math.max(most, ++under);
    return new Promise<T>((resolve) => {
      asked.push(() => {
        under--;
        resolve(answer());
      });
    });
  };
  cray.components = (ids) => (ids === null ? slow(() => components.call(cray, ids)) : components.call(cray, ids));
  cray.status = (selection) =>
    selection.ids.length === 1 ? status.call(cray, selection) : slow(() => status.call(cray, selection));
  const timers = new Map<object, () => void>();
  api.runtime.after = ((ms: number, work: () => void) => {
    const timer = {};
    if (ms === apiLimits.fleetReadWaitMs) timers.set(timer, work);
    return () => timers.delete(timer);
  }) as unknown as typeof api.runtime.after;
  return { api, asked, observer, timers, most: () => most };
}

const inject = (path: string, body?: object) =>
  appInjector(app!)({ method: body === undefined ? 'GET' : 'POST', path, ...(body && { body: JSON.stringify(body) }) });

test('reads of a whole fleet are worked out one at a time, in order; others pass them by', async () => {
  const { asked, most } = await held();
  const many = Array.from({ length: apiLimits.largeFrom + 1 }, (_, n) => `x${n}c0s0b0n0`);
  const answers = [
    inject(fleet),
    inject('/hsm/v2/locks/status', { ComponentIDs: many }),
    inject('/hsm/v2/locks/status'),
    inject('/v1/locks/status', {}),
    inject(fleet),
  ];
  await vi.waitUntil(() => asked.length === 1);
  expect((await inject('/hsm/v2/locks/status', { ComponentIDs: [one] })).status).toBe(200);
  expect((await inject(`${fleet}/${one}`)).status).toBe(200);
  for (let n = 0; n < answers.length; n++) {
    await vi.waitUntil(() => asked.length === n + 1);
    asked[n]!();
  }
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 202, 200]);
  expect(most()).toBe(1);
});

test('one that fails, or whose client goes away, hands its turn on', async () => {
  const { api, asked } = await held();
  const { port } = new URL(await api.app.listen({ port: 0, host: '127.0.0.1' }));
  const leaving: Socket[] = [];
  for (let n = 0; n < 2; n++) {
    const socket = connect(Number(port), '127.0.0.1');
    leaving.push(socket);
    await once(socket, 'connect');
    socket.write(`GET ${fleet} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    // The first has its turn; the other waits.
    if (n === 0) await vi.waitUntil(() => asked.length === 1);
  }
  const { cray } = api.gateway.readModel.present;
  const { components } = cray;
  const staying = inject(fleet);
  await new Promise((resolve) => setTimeout(resolve, 50));
  for (const socket of leaving) socket.destroy();
  await vi.waitUntil(() => asked.length === 2);
  asked[1]!();
  expect((await staying).status).toBe(200);
  cray.components = () => Promise.reject(new Error('of the test'));
  expect((await inject(fleet)).status).toBe(500);
  cray.components = components;
  const last = inject(fleet);
  await vi.waitUntil(() => asked.length === 3);
  asked[2]!();
  expect((await last).status).toBe(200);
});

test('one that waits for too long is told to come again, and one whose turn it is goes on', async () => {
  const { asked, observer, timers } = await held();
  const [first, second] = [inject(fleet), inject(fleet)];
  await vi.waitUntil(() => timers.size === 1 && asked.length === 1);
  for (const late of [...timers.values()]) late();
  const { status, headers, text } = await second;
  expect([status, JSON.parse(text).detail]).toEqual([429, 'Too many reads of a whole fleet wait for one another']);
  expect(headers['retry-after']).toMatch(/^\d+$/);
  expect(observer.limitHit.mock.calls).toEqual([['reads']]);
  asked[0]!();
  expect((await first).status).toBe(200);
});

test('of several on one connection, one is read only once the answer before it goes', async () => {
  const { api, asked } = await held();
  const { port } = new URL(await api.app.listen({ port: 0, host: '127.0.0.1' }));
  const socket = connect(Number(port), '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  await once(socket, 'connect');
  const spy = vi.spyOn(api.gateway, 'head');
  socket.write(`GET ${fleet} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(3));
  await vi.waitUntil(() => asked.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  // The others have not even asked how far the log is.
  expect(spy).toHaveBeenCalledTimes(1);
  for (let n = 0; n < 3; n++) {
    await vi.waitUntil(() => asked.length === n + 1);
    asked[n]!();
  }
  await vi.waitUntil(() => text.split('HTTP/1.1 200').length === 4);
  socket.destroy();
});

test('what reads hold keeps out other reads before it keeps out changes', () => {
  const observer = { answered() {}, limitHit: vi.fn() };
  const runtime = { now: () => 0, random: () => 0.999 };
  const limits = { ...admissionLimits, heldBytesMax: 100 };
  const admission = new Admission({ gateway: { refusal: () => null }, runtime, observer, limits });
  const half = 100 * apiLimits.readsHeldShare;
  const first = admission.enter('read', 0);
  first.answer(half);
  const second = admission.enter('read', 0);
  expect(() => second.answer(1)).toThrow('hold too many bytes');
  expect(observer.limitHit).toHaveBeenCalledWith('held_bytes');
  admission.enter('change', half).leave();
  first.leave();
  // One answer alone is sent, however large.
  second.answer(1_000);
  second.leave();
});
