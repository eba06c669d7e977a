import { sha256 } from '../hash.js';
import type { Given } from '../module.js';
import type { ShardSecret } from '../secret.js';
import type { ReservationCreated } from './messages.js';
import { parseXname } from './xname.js';

/**
 * Keys are computed, never stored: one HMAC-SHA-256 of the reservation id and the xname gives both, so that a repeated
 * request shows the same ones, while the log holds only their hashes. SPEC rule 12.
 */
export interface ReservationKeys {
  /** The keys of a reservation, as bare lower-case UUIDs. */
  keys(reservationId: string, xname: string): Keys;
  /** What the decider puts into the event that creates a reservation. */
  hashes: KeyHashes;
  /**
   * Hash of a key that a client showed for a component. Equal to a key's own hash only where kind and component are
   * right.
   */
  hashShown(kind: KeyKind, xname: string, shown: string): string;
}

/** Hashes of the two keys of a reservation, both derived from a secret that stays outside. SPEC rule 12. */
export type KeyHashes = (reservationId: string, xname: string) => { reservationKeyHash: string; deputyKeyHash: string };

export interface Keys {
  reservationKey: string;
  deputyKey: string;
}

/** `rk` is a reservation key, `dk` a deputy key. */
export type KeyKind = 'rk' | 'dk';

const shownKey = /^(?:(.+):(rk|dk):)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

export function reservationKeys({ mac }: Pick<ShardSecret, 'mac'>): ReservationKeys {
  const keys = (reservationId: string, xname: string): Keys => {
    // As text: where much memory is in buffers, each more of them makes V8 look for garbage.
    const hex = mac(`${reservationId}\0${xname}`, 'hex');
    return { reservationKey: uuidOf(hex.slice(0, 32)), deputyKey: uuidOf(hex.slice(32)) };
  };
  return {
    keys,
    hashes(reservationId, xname) {
      const { reservationKey, deputyKey } = keys(reservationId, xname);
      return { reservationKeyHash: sha256(`rk:${reservationKey}`), deputyKeyHash: sha256(`dk:${deputyKey}`) };
    },
    hashShown(kind, xname, shown) {
      const text = shown.toLowerCase();
      const [, owner, shownKind, uuid] = shownKey.exec(text) ?? [];
      const fits = owner === undefined || (shownKind === kind && parseXname(owner)?.xname === xname);
      // The prefix keeps what is not a key from ever hashing to a key's hash.
      return sha256(uuid !== undefined && fits ? `${kind}:${uuid}` : `other:${text}`);
    },
  };
}

/** Sixteen bytes, in hex, as a UUID of version 4, which clients expect of a random one. */
function uuidOf(hex: string): string {
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16);
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, variant + hex.slice(17, 20), hex.slice(20)].join(
    '-',
  );
}

const noHashes = { reservationKeyHash: '', deputyKeyHash: '' };

export const crayGiven: Given<KeyHashes> = {
  of: (secret) => reservationKeys(secret).hashes,
  toFold: () => noHashes,
  recorded() {
    const hashes = new Map<string, ReturnType<KeyHashes>>();
    return {
      given: (id, xname) => hashes.get(`${id} ${xname}`) ?? noHashes,
      take(events) {
        hashes.clear();
        for (const event of events) {
          if (!isCreation(event)) continue;
          const { reservationId, xname, reservationKeyHash, deputyKeyHash } = event;
          hashes.set(`${reservationId} ${xname}`, { reservationKeyHash, deputyKeyHash });
        }
      },
    };
  },
};

function isCreation(event: { type: string }): event is ReservationCreated {
  return event.type === 'cray.ReservationCreated';
}
