import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backends } from '../support/backends.js';
import { describeBackends } from '../support/describe-backends.js';
import { hsm, loadNodes, serviceOn, xnames } from '../support/service.js';

const fleet = xnames(100_000);
const some = fleet.slice(40_000, 45_000);
const unknown = 'x9999c7s63b0n0';
let service: Awaited<ReturnType<typeof serviceOn>>;

describeBackends(backends, (backend) => {
  beforeAll(async () => {
    service = await serviceOn(backend);
    await loadNodes(service.url, fleet);
  }, 300_000);
  afterAll(() => service.close());

  /** A read as clients do it: where the read model is still writing 100,000 rows, it is told when to ask again. */
  async function read(path: string, body: unknown): ReturnType<typeof hsm> {
    for (;;) {
      const answer = await hsm(service.url, path, body);
      if (answer.status !== 503) return answer;
      await sleep(Number(answer.headers.get('retry-after')) * 1_000);
    }
  }

  async function lockedCount(): Promise<number> {
    const { body } = await read('/locks/status', { ComponentIDs: fleet });
    expect(body.Components).toHaveLength(fleet.length);
    expect(body.Components.map(({ ID }: { ID: string }) => ID)).toEqual(fleet);
    return body.Components.filter(({ Locked }: { Locked: boolean }) => Locked).length;
  }

  test('a rigid request over 5,000 components is atomic', async () => {
    await hsm(service.url, '/locks/lock', { ComponentIDs: [some[4_321]] });
    const refused = await hsm(service.url, '/locks/lock', { ComponentIDs: some });
    expect(refused).toMatchObject({ status: 400, body: { detail: 'Component is Locked' } });
    expect(refused.body.Failure).toEqual([{ ID: some[4_321], Reason: 'Locked' }]);
    expect(await lockedCount()).toBe(1);

    await hsm(service.url, '/locks/unlock', { ComponentIDs: [some[4_321]] });
    const locked = await hsm(service.url, '/locks/lock', { ComponentIDs: some });
    expect(locked.body.Counts).toEqual({ Total: 5_000, Success: 5_000, Failure: 0 });
    expect(locked.body.Success.ComponentIDs).toEqual(some);
    expect(await lockedCount()).toBe(5_000);
    await hsm(service.url, '/locks/unlock', { ComponentIDs: some });
  }, 120_000);

  test('a rigid request over 100,000 ids is atomic', async () => {
    const refused = await hsm(service.url, '/locks/lock', { ComponentIDs: [...fleet.slice(1), unknown] });
    expect(refused).toMatchObject({ status: 400, body: { detail: 'Component not found' } });
    expect(await lockedCount()).toBe(0);

    const locked = await hsm(service.url, '/locks/lock', { ComponentIDs: fleet });
    expect(locked.body.Counts).toEqual({ Total: 100_000, Success: 100_000, Failure: 0 });
    expect(await lockedCount()).toBe(100_000);
    await hsm(service.url, '/locks/unlock', { ComponentIDs: fleet });
    expect(await lockedCount()).toBe(0);
  }, 300_000);

  test('a reservation of 100,000 components is created, checked and released in one call each', async () => {
    const created = await hsm(service.url, '/locks/service/reservations', {
      ComponentIDs: fleet,
      ReservationDuration: 15,
    });
    expect(created.status).toBe(200);
    expect(created.body.Success).toHaveLength(100_000);
    type Made = { ID: string; ReservationKey: string; DeputyKey: string };
    const DeputyKeys = created.body.Success.map(({ ID, DeputyKey }: Made) => ({ ID, Key: DeputyKey }));
    const checked = await read('/locks/service/reservations/check', { DeputyKeys });
    expect(checked.body.Success).toHaveLength(100_000);
    const ReservationKeys = created.body.Success.map(({ ID, ReservationKey }: Made) => ({ ID, Key: ReservationKey }));
    const released = await hsm(service.url, '/locks/service/reservations/release', { ReservationKeys });
    expect(released.body.Counts).toEqual({ Total: 100_000, Success: 100_000, Failure: 0 });
  }, 300_000);
});
