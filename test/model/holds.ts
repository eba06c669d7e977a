import type { Command, Event } from '@holdfast/events';

/*
 * What can be read off the events of a module directly, so that promises can be held against them without the model: if
 * the model and the product had the same mistake, these would still see it.
 */

/** What an event says of a hold. Times and durations are milliseconds, null for ever. */
export type HoldChange = { resource: string; hold: string } & (
  | { is: 'begun'; keyHash: string; durationMs: number | null; expiresAt: number | null }
  | { is: 'renewed'; durationMs: number | null; expiresAt: number | null }
  /** Log time moved, and the hold with it. */
  | { is: 'moved'; expiresAt: number | null }
  /** By its holder, or by somebody who may. */
  | { is: 'ended' }
  | { is: 'expired' }
);

/** Who holds what, one at a time: by leases that end by themselves, and for ever. */
export interface Holds {
  changeOf(event: Event): HoldChange | null;
  /** What an event says is no more, which nobody may hold then. */
  gone(event: Event): string | null;
  /** What a command means to renew, and with which key. */
  renewals(command: Command): { resource: string; keyHash: string }[];
}

/** Which requests are done wholly or not at all. */
export interface Wholes {
  /** Null: each part for itself. `counted`: each part that is done has a change of its own. */
  whole(command: Command): { counted: boolean } | null;
  /** Of which part an event tells, and whether that was refused; null of what only time did. */
  part(event: Event): { of: string; refused: boolean } | null;
}
