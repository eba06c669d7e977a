import type { Reading } from '../../../chaos/module.js';
import type { Random } from '../../../simulation/random.js';
import type { Holding } from './requests.js';
import { keyHash, rowText } from './texts.js';

/** What a read shows. */
export type Seen =
  /**
   * See `componentText`; by xname. `lockedOnly`: it asked for whatever is locked, so components that are not shown are
   * not.
   */
  | { of: 'status'; rows: Record<string, string>; lockedOnly: boolean }
  /** Component, hash of the deputy key, and whether the key is good. */
  | { of: 'keys'; claims: [xname: string, deputyKeyHash: string, good: boolean][] };

export const readings = ['status', 'keys'] as const satisfies Seen['of'][];

/** Of some components, of all of them, or of whatever is locked. */
export function someStatus(random: Random, fleet: readonly string[]): Reading {
  const all = random.chance(0.05);
  const lockedOnly = !all && random.chance(0.05);
  const from = random.int(0, fleet.length - 1);
  const some = { ComponentIDs: fleet.slice(from, from + random.int(1, 8)) };
  return statusOf(all ? {} : lockedOnly ? { Locked: ['true'] } : some, lockedOnly);
}

export function statusOf(body: object, lockedOnly = false): Reading {
  return {
    path: '/hsm/v2/locks/status',
    body,
    seen(status, { Components }): Seen | null {
      // Nothing found is a problem in this dialect.
      if (lockedOnly && status === 400) return { of: 'status', rows: {}, lockedOnly };
      if (status !== 200) return null;
      const rows = Components.map((row: { ID: string }) => [row.ID, rowText(row)]);
      return { of: 'status', rows: Object.fromEntries(rows), lockedOnly };
    },
  };
}

export function checkOf(shown: readonly Holding[]): Reading {
  return {
    path: '/hsm/v2/locks/service/reservations/check',
    body: { DeputyKeys: shown.map(({ xname, deputyKey }) => ({ ID: xname, Key: deputyKey })) },
    seen(status, body): Seen | null {
      if (status !== 200) return null;
      const good = new Set(body.Success.map(({ DeputyKey }: { DeputyKey: string }) => DeputyKey));
      const claims = shown.map(({ xname, deputyKey }): [string, string, boolean] => [
        xname,
        keyHash('dk', deputyKey),
        good.has(deputyKey),
      ]);
      return { of: 'keys', claims };
    },
  };
}
