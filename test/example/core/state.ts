import { PersistentMap } from '@holdfast/core/persistent-map';

export interface HeldClaim {
  instrument: string;
  claim: string;
  /** As log time was when it began: it ends this much plus `shiftMs` later. Milliseconds. */
  expiresAt: number;
}

/** Instruments that are claimed; any other is free. */
export interface ExampleState {
  claims: PersistentMap<HeldClaim>;
  /** By how much every lease has moved. */
  shiftMs: number;
}

export const nothingClaimed: ExampleState = { claims: PersistentMap.empty(), shiftMs: 0 };
