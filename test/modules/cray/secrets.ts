import { expect } from 'vitest';
import type { SecretsPart } from '../../e2e/module.js';
import { call, hsm, loadNodes, xnames } from '../../support/service.js';

interface Made {
  ID: string;
  ReservationKey: string;
  DeputyKey: string;
}

const fleet = xnames(20);

/** Every operation with keys, right and wrong, in both dialects. Gives the keys, and what the errors said. */
async function useKeys(url: string): ReturnType<SecretsPart['use']> {
  await loadNodes(url, fleet);
  const create = { ComponentIDs: fleet, ReservationDuration: 5 };
  const headers = { 'idempotency-key': 'a3c1f7a0-5b1e-4c57-8b0a-3f2b8a0c1d2e' };
  const made: Made[] = (await hsm(url, '/locks/service/reservations', create, headers)).body.Success;
  expect(made).toHaveLength(fleet.length);
  // The same answer again, keys included, though they are kept nowhere.
  expect((await hsm(url, '/locks/service/reservations', create, headers)).body.Success).toEqual(made);

  const keys = (kind: 'ReservationKey' | 'DeputyKey', list = made) =>
    list.map((one) => ({ ID: one.ID, Key: one[kind] }));
  const attempts: [string, unknown][] = [
    ['renew', { ReservationKeys: keys('ReservationKey'), ReservationDuration: 5 }],
    ['renew', { ReservationKeys: keys('DeputyKey'), ReservationDuration: 5 }],
    ['renew', { ReservationKeys: keys('ReservationKey'), ReservationDuration: 99 }],
    ['renew', { ReservationKeys: made.map(({ ReservationKey }) => ReservationKey) }],
    ['check', { DeputyKeys: keys('DeputyKey') }],
    ['check', { DeputyKeys: made.map((one) => ({ ID: one.DeputyKey, Key: one.ID })) }],
    ['release', { ReservationKeys: made.map((one) => ({ ID: 'foo', Key: one.ReservationKey })) }],
    ['release', { ReservationKeys: made.map((one) => ({ Key: [one.ReservationKey] })) }],
    ['release', `{"ReservationKeys":[{"ID":"${fleet[0]}","Key":"${made[0]!.ReservationKey}"`],
    ['release', { ReservationKeys: keys('ReservationKey', made.slice(0, 10)) }],
  ];
  const errors: string[] = [];
  for (const [operation, sent] of attempts) {
    for (const base of ['/hsm/v2', '']) {
      const { status, body } = await call(url, 'POST', `${base}/locks/service/reservations/${operation}`, sent);
      expect(status).toBeLessThan(500);
      if (status >= 400) errors.push(JSON.stringify(body));
    }
  }
  await hsm(url, '/locks/status', {});
  expect(errors.length).toBeGreaterThan(5);
  const secrets = made.flatMap(({ ReservationKey, DeputyKey }) => [ReservationKey.slice(-36), DeputyKey.slice(-36)]);
  return { secrets, errors, kept: fleet[0]! };
}

export const craySecrets: SecretsPart = { use: useKeys };
