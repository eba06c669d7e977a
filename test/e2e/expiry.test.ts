import { nodeRuntime } from '@holdfast/log';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backends } from '../support/backends.js';
import { describeBackends } from '../support/describe-backends.js';
import { fastRuntime } from '../support/fast-runtime.js';
import { hsm, loadNodes, serviceOn, xnames } from '../support/service.js';

interface Made {
  ID: string;
  ReservationKey: string;
  DeputyKey: string;
  ExpirationTime: string;
}

const fleet = xnames(6);

describeBackends(backends, (backend) => {
  // A broker's clock cannot be sped up: there a minute takes a minute.
  const runtime = backend.ownClock ? fastRuntime(8) : nodeRuntime;
  let service: Awaited<ReturnType<typeof serviceOn>>;

  beforeAll(async () => {
    service = await serviceOn(backend, runtime);
    await loadNodes(service.url, fleet);
  });
  afterAll(() => service.close());

  async function reserve(id: string): Promise<Made> {
    const request = { ComponentIDs: [id], ReservationDuration: 1 };
    const { body } = await hsm(service.url, '/locks/service/reservations', request);
    return body.Success[0];
  }

  const renew = ({ ID, ReservationKey }: Made) =>
    hsm(service.url, '/locks/service/reservations/renew', {
      ReservationKeys: [{ ID, Key: ReservationKey }],
      ReservationDuration: 15,
    });

  /** Resolves at the very moment of the expiry, by the clock that the log goes by. */
  async function until({ ExpirationTime }: Made): Promise<void> {
    const left = () => Date.parse(ExpirationTime) - runtime.now();
    while (left() > 0) await new Promise((resolve) => setTimeout(resolve, Math.min(left() / 10, 500)));
  }

  test('a one-minute reservation is gone the moment it expires, whoever asks first; one renewed in time lives on', async () => {
    const [forStatus, forCheck, forRenew, forReserve, forRelease, kept] = await Promise.all(fleet.map(reserve));
    expect((await renew(kept!)).status).toBe(200);
    await until(forRelease!);
    const [status, check, renewed, again, release] = await Promise.all([
      hsm(service.url, '/locks/status', { ComponentIDs: [forStatus!.ID, kept!.ID] }),
      hsm(service.url, '/locks/service/reservations/check', {
        DeputyKeys: [{ ID: forCheck!.ID, Key: forCheck!.DeputyKey }],
      }),
      renew(forRenew!),
      hsm(service.url, '/locks/service/reservations', { ComponentIDs: [forReserve!.ID], ReservationDuration: 1 }),
      hsm(service.url, '/locks/service/reservations/release', {
        ReservationKeys: [{ ID: forRelease!.ID, Key: forRelease!.ReservationKey }],
      }),
    ]);
    expect(status.body.Components).toMatchObject([{ Reserved: false }, { Reserved: true }]);
    expect(check.body).toMatchObject({ Success: [], Failure: [{ ID: forCheck!.ID, Reason: 'NotFound' }] });
    expect(renewed).toMatchObject({ status: 400, body: { detail: 'Component not found' } });
    expect(again).toMatchObject({ status: 200, body: { Failure: [] } });
    expect(release).toMatchObject({ status: 400, body: { detail: 'Component not found' } });
  }, 120_000);
});
