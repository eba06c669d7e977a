import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shardSecret } from '../secret.js';
import { reservationKeys } from './keys.js';

const ours = reservationKeys(shardSecret(Buffer.alloc(32, 1)));
const others = reservationKeys(shardSecret(Buffer.alloc(32, 2)));
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const id = fc.tuple(fc.uuid(), fc.nat()).map(([command, position]) => `${command}.${position}`);
const xname = fc.tuple(fc.nat(99), fc.nat(7)).map(([s, n]) => `x0c0s${s}b0n${n}`);

test('both keys are version 4 UUIDs, differ, and are the same whenever they are computed', () => {
  fc.assert(
    fc.property(id, xname, (reservation, component) => {
      const { reservationKey, deputyKey } = ours.keys(reservation, component);
      expect(reservationKey).toMatch(uuid);
      expect(deputyKey).toMatch(uuid);
      expect(reservationKey).not.toBe(deputyKey);
      expect(ours.keys(reservation, component)).toEqual({ reservationKey, deputyKey });
    }),
  );
});

test('another reservation, component or secret gives other keys', () => {
  const { reservationKey } = ours.keys('r.1', 'x0');
  expect(ours.keys('r.2', 'x0').reservationKey).not.toBe(reservationKey);
  expect(ours.keys('r.1', 'x1').reservationKey).not.toBe(reservationKey);
  expect(others.keys('r.1', 'x0').reservationKey).not.toBe(reservationKey);
});

test('a key matches its hash in either form and any case, and only as its own kind for its own component', () => {
  fc.assert(
    fc.property(id, xname, (reservation, component) => {
      const { reservationKey: rk, deputyKey: dk } = ours.keys(reservation, component);
      const { reservationKeyHash, deputyKeyHash } = ours.hashes(reservation, component);
      for (const shown of [rk, `${component}:rk:${rk}`, `${component}:rk:${rk}`.toUpperCase()]) {
        expect(ours.hashShown('rk', component, shown)).toBe(reservationKeyHash);
        expect(ours.hashShown('dk', component, shown)).not.toBe(deputyKeyHash);
      }
      expect(ours.hashShown('dk', component, dk)).toBe(deputyKeyHash);
      for (const shown of [
        dk,
        '',
        'bogus',
        `rk:${rk}`,
        `:rk:${rk}`,
        `${component}:dk:${rk}`,
        `x9c9:rk:${rk}`,
        ` ${rk}`,
      ]) {
        expect(ours.hashShown('rk', component, shown), shown).not.toBe(reservationKeyHash);
      }
    }),
  );
});
