import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { backends } from '../support/backends.js';
import { fastRuntime } from '../support/fast-runtime.js';
import { hsm, loadNodes, serviceOn, xnames } from '../support/service.js';

const runtime = fastRuntime(8);
const fleet = xnames(5);
let service: Awaited<ReturnType<typeof serviceOn>>;

describe.each(backends)('$name', (backend) => {
  if (backend.missing !== null) {
    test.skip(backend.missing, () => {});
    return;
  }
  beforeAll(async () => {
    service = await serviceOn(backend, runtime);
    await loadNodes(service.url, fleet);
  });
  afterAll(() => service.close());

  interface Made {
    ID: string;
    ReservationKey: string;
    DeputyKey: string;
    ExpirationTime: string;
  }

  async function reserve(id: string): Promise<Made> {
    const { body } = await hsm(service.url, '/locks/service/reservations', {
      ComponentIDs: [id],
      ReservationDuration: 1,
    });
    return body.Success[0];
  }

  /** Resolves at the very moment of the expiry, by the clock that the log goes by. */
  async function until({ ExpirationTime }: Made): Promise<void> {
    const expiry = Date.parse(ExpirationTime);
    while (runtime.now() < expiry) await new Promise((resolve) => setImmediate(resolve));
  }

  test('a one-minute reservation is gone the moment it expires, whoever asks first', async () => {
    const [forStatus, forCheck, forRenew, forReserve, forRelease] = await Promise.all(fleet.map(reserve));
    await until(forRelease!);
    const [status, check, renew, again, release] = await Promise.all([
      hsm(service.url, '/locks/status', { ComponentIDs: [forStatus!.ID] }),
      hsm(service.url, '/locks/service/reservations/check', {
        DeputyKeys: [{ ID: forCheck!.ID, Key: forCheck!.DeputyKey }],
      }),
      hsm(service.url, '/locks/service/reservations/renew', {
        ReservationKeys: [{ ID: forRenew!.ID, Key: forRenew!.ReservationKey }],
        ReservationDuration: 1,
      }),
      hsm(service.url, '/locks/service/reservations', { ComponentIDs: [forReserve!.ID], ReservationDuration: 1 }),
      hsm(service.url, '/locks/service/reservations/release', {
        ReservationKeys: [{ ID: forRelease!.ID, Key: forRelease!.ReservationKey }],
      }),
    ]);
    expect(status.body.Components).toMatchObject([{ Reserved: false }]);
    expect(check.body).toMatchObject({ Success: [], Failure: [{ ID: forCheck!.ID, Reason: 'NotFound' }] });
    expect(renew).toMatchObject({ status: 400, body: { detail: 'Component not found' } });
    expect(again).toMatchObject({ status: 200, body: { Failure: [] } });
    expect(release).toMatchObject({ status: 400, body: { detail: 'Component not found' } });
  }, 60_000);

  test('a reservation that is renewed in time lives on', async () => {
    const id = fleet[0]!;
    await hsm(service.url, '/locks/reservations/remove', { ProcessingModel: 'flexible' });
    const made = await reserve(id);
    const renewal = { ReservationKeys: [{ ID: id, Key: made.ReservationKey }], ReservationDuration: 15 };
    expect((await hsm(service.url, '/locks/service/reservations/renew', renewal)).status).toBe(200);
    await until(made);
    const { body } = await hsm(service.url, '/locks/status', { ComponentIDs: [id] });
    expect(body.Components).toMatchObject([{ Reserved: true }]);
  }, 60_000);
});
