import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { call, hsm, loadNodes, ServedProcess, xnames } from '../support/service.js';
import { Swarm } from '../support/swarm.js';
import { type TrickleKind, Tricklers } from '../support/tricklers.js';

/** All of the proof with HOLDFAST_SOAK=1, else a tenth of it against limits that are as much lower. */
const whole = process.env.HOLDFAST_SOAK === '1';
const sockets = whole ? 1_000 : 100;
const limits = whole ? [] : ['--in-flight-max', '40', '--reads-max', '20', '--held-mb-max', '32'];
const holders = whole ? 50 : 10;
const elapsedMs = whole ? 150_000 : 15_000;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serve(...args: string[]): Promise<URL> {
  const served = new ServedProcess(['--data', 'memory', ...args]);
  closers.push(() => served.kill());
  await served.ready();
  return new URL(served.url);
}

test(`${sockets} sockets that trickle, say nothing, or read nothing refuse no renewal and keep nobody away`, async () => {
  const { origin } = await serve(...limits);
  // Ten answers of the whole are more than the system takes for one that reads none.
  const all = xnames(whole ? 30_000 : 3_000);
  await loadNodes(origin, all);
  const [held, fleet] = [all.slice(0, holders), all.slice(holders)];
  const swarm = new Swarm({ url: origin, fleet, clients: 0, held, renewEveryMs: 1_000 });
  await swarm.start();
  const kinds: TrickleKind[] = ['header', 'length', 'chunked', 'unread', 'silent'];
  const tricklers = new Tricklers(new URL(origin), kinds, sockets, 500);
  closers.push(() => tricklers.stop());
  let residentMb = 0;
  for (const end = Date.now() + elapsedMs; Date.now() < end; await sleep(500)) {
    const { status, body } = await call(origin, 'GET', '/metrics');
    expect(status).toBe(200);
    residentMb = Math.max(residentMb, Number(/^process_resident_memory_bytes (\S+)/m.exec(body)?.[1]) / 1e6);
  }
  // Who was not there before is let in, too: for a change, a read and a release.
  const other = fleet.slice(-1);
  // From the same address as all those bodies, so that it may be told to come again while they are too young to give
  // their place up.
  const made = await vi.waitFor(
    async () => {
      const body = { ComponentIDs: other, ReservationDuration: 1 };
      const answer = await hsm(origin, '/locks/service/reservations', body);
      expect(answer.status).toBe(200);
      return answer;
    },
    { timeout: 5_000, interval: 500 },
  );
  const keys = { ReservationKeys: [{ ID: other[0], Key: made.body.Success[0].ReservationKey }] };
  expect((await hsm(origin, '/locks/service/reservations/release', keys)).status).toBe(200);
  await swarm.stop();
  tricklers.stop();

  expect(swarm.oddities).toEqual([]);
  expect(swarm.refused.renewals).toBe(0);
  expect(swarm.ms.renewed.length).toBeGreaterThan(holders * 3);
  const { Components } = (await hsm(origin, '/locks/status', { ComponentIDs: held })).body;
  expect(Components.every(({ Reserved }: { Reserved: boolean }) => Reserved)).toBe(true);
  expect(residentMb).toBeLessThan(1_500);
  // They were in the way, and were ended.
  const ended = [...tricklers.ended].map(([how, count]) => `${how}: ${count}`);
  process.stdout.write(`ended ${ended.join(', ')}; renewals ${swarm.ms.renewed.length}, ${residentMb.toFixed(0)} MB\n`);
  for (const kind of ['length', 'chunked', 'silent'])
    expect(tricklers.ended.get(`${kind} 408`), kind).toBeGreaterThan(0);
  const { body: metrics } = await call(origin, 'GET', '/metrics');
  const hits = (limit: string) =>
    Number(new RegExp(`^holdfast_limit_hits_total\\{limit="${limit}"\\} (\\d+)`, 'm').exec(metrics)?.[1]);
  expect(hits('slow_bodies')).toBeGreaterThan(0);
  // Who reads nothing does not see that its connection is ended.
  if (whole) expect(hits('slow_answers')).toBeGreaterThan(0);
}, 240_000);

test('where idle connections are as many as may be open, a new one takes the place of the longest idle', async () => {
  const { origin } = await serve('--connections-max', '60');
  await loadNodes(origin, xnames(1));
  const tricklers = new Tricklers(new URL(origin), ['header'], 60, 500);
  closers.push(() => tricklers.stop());
  await sleep(1_000);
  for (let n = 0; n < 20; n++) {
    const { status } = await call(origin, 'GET', '/hsm/v2/locks/status', undefined, { connection: 'close' });
    expect(status).toBe(200);
  }
}, 180_000);
