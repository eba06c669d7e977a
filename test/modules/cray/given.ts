import type { KeyHashes } from '@holdfast/events/cray/keys';

/** Stands in for the HMAC: any function of both that differs for each pair. */
export const readableHashes: KeyHashes = (reservationId, xname) => ({
  reservationKeyHash: `rk ${reservationId} ${xname}`,
  deputyKeyHash: `dk ${reservationId} ${xname}`,
});
