import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allBackends } from '../../../support/backends.js';
import { describeBackends } from '../../../support/describe-backends.js';
import { httpInjector } from '../../../support/injector.js';
import { call, hsm, loadNodes, serviceOn, xnames } from '../../../support/service.js';
import { runCtCases } from '../conformance/ct.js';
import { ctDifferences, recordedDifferences } from '../conformance/differences.js';
import { replayRecorded } from '../conformance/replay.js';

// The suites of ../conformance, here on the whole service: log, processor, projector, Postgres, HTTP.
describeBackends(allBackends, (backend) => {
  let service: Awaited<ReturnType<typeof serviceOn>>;

  beforeAll(async () => {
    service = await serviceOn(backend);
  });
  afterAll(() => service.close());

  test('gives the recorded answers, but for the listed differences', async () => {
    const { steps, findings } = await replayRecorded(httpInjector(service.url), recordedDifferences);
    expect(findings).toEqual([]);
    expect(steps).toBe(222);
  }, 120_000);

  test("passes the implementation's own integration suite, but for the listed differences", async () => {
    const { cases, findings } = await runCtCases(httpInjector(service.url), ctDifferences);
    expect(findings).toEqual([]);
    expect(cases).toBe(60);
  }, 120_000);

  test('answers a retry as it answered the first time, keys included, also after others changed the state', async () => {
    const [id] = xnames(1);
    await loadNodes(service.url, [id!]);
    const body = { ComponentIDs: [id], ReservationDuration: 5 };
    const headers = { 'idempotency-key': randomUUID() };
    const first = await hsm(service.url, '/locks/service/reservations', body, headers);
    expect(first.status).toBe(200);
    await hsm(service.url, '/locks/reservations/remove', { ComponentIDs: [id] });
    const again = await hsm(service.url, '/locks/service/reservations', body, headers);
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect(again.headers.get('holdfast-sequence')).toBe(first.headers.get('holdfast-sequence'));
    const other = await hsm(service.url, '/locks/service/reservations', { ...body, ReservationDuration: 6 }, headers);
    expect(other.status).toBe(422);
  });

  test('answers later where the caller asks for it, and shows keys only to who knows the token', async () => {
    const [id] = xnames(1);
    const body = { ComponentIDs: [id], ReservationDuration: 5 };
    const accepted = await hsm(service.url, '/locks/service/reservations', body, { prefer: 'respond-async' });
    expect(accepted.status).toBe(202);
    const location = accepted.headers.get('location')!;
    const get = (path: string) => call(service.url, 'GET', path);
    let answer = await get(location);
    while (answer.body.status === 'pending') answer = await get(location);
    expect(answer.body.Result.Success).toMatchObject([{ ID: id, ReservationKey: expect.stringContaining(':rk:') }]);
    const open = await get(location.slice(0, location.lastIndexOf('.')));
    expect(open.status).toBe(200);
    expect(JSON.stringify(open.body)).not.toMatch(/:[rd]k:|ReservationKey|DeputyKey/);
  });
});
