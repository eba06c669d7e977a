/**
 * What every record in the log carries besides its own fields.
 *
 * A command record is `{ header, ...fields }`, an event record is `{ stamp, ...fields }`, both in Avro behind a head of
 * five bytes (`frame.ts`). Hashes are SHA-256 in base64url without padding (43 characters).
 */

/** Who sent a command. */
export interface Actor {
  /** The authenticated identity, else a name that was only stated, else empty. */
  name: string;
  /** False when nothing proved the name. */
  authenticated: boolean;
  /** Client address, empty when unknown. */
  address: string;
  userAgent: string;
}

/** The head of every command. */
export interface CommandHeader {
  /** UUID: derived from the caller's identity and Idempotency-Key (v5), else generated (v7). SPEC rule 11. */
  id: string;
  /** What must change together, e.g. `<module>/default`. SPEC rule 1. */
  domain: string;
  actor: Actor;
  /** True when the id comes from a caller's Idempotency-Key, and is thus remembered for 24 h instead of 10 min. */
  keyed: boolean;
  /** Why, as the caller said; empty when nothing was said. */
  reason: string;
  /** The caller's Idempotency-Key, as given; empty without one. */
  idempotencyKey: string;
  /** W3C trace context of the request; empty without a valid one. */
  traceparent: string;
}

/**
 * Who asked for what was decided, and why: from the command's header into its outcome, as commands are not kept for
 * ever.
 */
export type Origin = Pick<CommandHeader, 'actor' | 'reason' | 'idempotencyKey' | 'traceparent'>;

/** The head of every event. SPEC rule 2. */
export interface Stamp {
  shard: string;
  epoch: number;
  /** The owner's id, fresh for each claim. */
  owner: string;
  /** Dense number of the event in its shard, from 1. Control events (EpochStarted, EpochEnded) have 0. */
  sequence: number;
  commandId: string;
  /** Position of the command in its command log; -1 for control events. */
  commandPosition: number;
  /** Index of the event in its group, from 0. */
  index: number;
  /** Number of events in the group. */
  size: number;
  /** Log time, in milliseconds since 1970, UTC. SPEC rule 10. */
  time: number;
  /** The authenticated identity, else `anonymous`. What was only stated is in the outcome's origin. */
  actor: string;
  /** Hash of the group before; empty for the first group and for control events. */
  before: string;
}

/** A command as read back from the log. */
export interface DecodedCommand<C> {
  header: CommandHeader;
  command: C;
  /**
   * Hash of the body's layout and its Avro bytes (the header left out): two bodies are the same when this is. SPEC rule
   * 11.
   */
  digest: string;
}

/** An event as read back from the log. */
export interface DecodedEvent<E> {
  stamp: Stamp;
  event: E;
  /** SHA-256 of the writer schema's canonical form, so that hashes do not depend on a registry's ids. */
  fingerprint: string;
  /** The Avro bytes behind the wire format's head. */
  body: Uint8Array;
}

/** What an id in the wire format means in one log, for ever. SPEC rule 13. */
export interface RecordedSchema {
  id: number;
  /** Full name, e.g. `holdfast.<module>.ThingMade`. */
  name: string;
  version: number;
  fingerprint: string;
}
