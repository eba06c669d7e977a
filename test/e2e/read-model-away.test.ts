import { randomUUID } from 'node:crypto';
import type { Service } from '@holdfast/cli/service';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type PostgresServer, postgresMissing, startPostgres } from '../support/postgres.js';
import { call, hsm, loadNodes, serviceFor, xnames } from '../support/service.js';

const missing = postgresMissing();
const [a, b] = xnames(2) as [string, string];

describe.skipIf(missing !== null)(missing ?? 'a service whose PostgreSQL server is away', () => {
  let postgres: PostgresServer;
  let service: Service;

  beforeAll(async () => {
    postgres = await startPostgres();
    service = await serviceFor({ postgres: await postgres.database() });
    await loadNodes(service.url, [a, b]);
  });
  afterAll(async () => {
    await service?.close();
    await postgres?.remove();
  });

  const reserve = (id: string, key: string) => {
    const body = { ComponentIDs: [id], ReservationDuration: 5 };
    return hsm(service.url, '/locks/service/reservations', body, { 'idempotency-key': key });
  };
  const status = () => hsm(service.url, '/locks/status', { ComponentIDs: [a, b] });
  /** Asks again as it is told to. */
  const onceBack = (ask: typeof status) =>
    vi.waitUntil(async () => {
      const answer = await ask();
      return answer.status === 503 ? null : answer;
    }, 20_000);

  test('requests are decided; reads and repeats are told to come again, and are answered once it is back', async () => {
    const key = randomUUID();
    const first = await reserve(a, key);
    expect(first.status).toBe(200);
    await postgres.stop();
    expect((await reserve(b, randomUUID())).status).toBe(200);
    for (const refused of await Promise.all([status(), reserve(a, key)])) {
      expect([refused.status, refused.body.status]).toEqual([503, 503]);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    await postgres.start();
    // Each of them reads rows of its own kind, and those come back by themselves.
    const back = await onceBack(status);
    expect(back.body.Components.map(({ Reserved }: { Reserved: boolean }) => Reserved)).toEqual([true, true]);
    const again = await onceBack(() => reserve(a, key));
    expect([again.status, again.body]).toEqual([200, first.body]);
  });

  test('a server that hangs is said, reads end, and all goes on when it wakes', async () => {
    await postgres.pause();
    try {
      await vi.waitFor(async () => {
        const { status, body } = await call(service.url, 'GET', '/readyz');
        expect([status, body.reasons.join()]).toEqual([
          503,
          expect.stringContaining('Postgres server does not answer'),
        ]);
      }, 30_000);
      const eventual = await hsm(service.url, '/locks/status', { ComponentIDs: [a] }, { consistency: 'eventual' });
      expect([eventual.status, Number(eventual.headers.get('retry-after')) >= 1]).toEqual([503, true]);
      expect((await hsm(service.url, '/locks/lock', { ComponentIDs: [a] })).status).not.toBe(500);
    } finally {
      await postgres.resume();
    }
    await vi.waitFor(async () => expect((await status()).status).toBe(200), 30_000);
    await vi.waitFor(async () => expect((await call(service.url, 'GET', '/readyz')).status).toBe(200), 30_000);
  });
});
