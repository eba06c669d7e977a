import type { Steps } from '@holdfast/events/steps';
import type { Checkpoint, Group, KnownLog } from '@holdfast/log';
import type { RowChange } from './change.js';

/** How far a projection has come. Written together with its rows. */
export interface Positions {
  /** Names the log that the rows were made from; empty before its first record was seen. */
  log: string;
  /** Everything in `events` below it was read: releases waiters. An incomplete group holds it not back. */
  read: number;
  /** Where to read on: the end of the last complete group. SPEC rule 8. */
  checkpoint: Checkpoint;
}

/** What rows at these positions know of the log. */
export function knownOf(shard: string, { log, read, checkpoint }: Positions): KnownLog {
  return { by: 'the read model', shard, log, read, checkpoint };
}

/** Where a projector keeps rows and positions. Failures of the database are thrown as DatabaseError. */
export interface ProjectionStore {
  /** See ProjectionGroup. */
  project(group: Group): Steps<RowChange[]>;
  /** What was stored last; null when there is nothing that can be built upon: call `reset`. */
  load(): Promise<Positions | null>;
  /** Where rows are stored in an older form, which `load` gives null for: what they were made from. */
  outdated?(): Promise<Positions | null>;
  /**
   * Applies all changes and moves from the positions `found` to `next`; nobody sees one without the other. Throws
   * StoreError `superseded` when other positions than `found` are stored: somebody else projects too.
   */
  apply(changes: RowChange[], found: Positions, next: Positions): Promise<void>;
  /**
   * Empties it, and gives the positions to begin from. `damaged`: nothing of it can be trusted, not even its tables.
   */
  reset(why: 'stale' | 'damaged'): Promise<Positions>;
  /** Brings it near the head of a long log faster than `apply` would, and gives the positions to go on from. */
  rebuild?(signal: AbortSignal): Promise<Positions>;
  /** Hears of an advance that changes no row and is not written. */
  passed?(read: number): void;
}

export class StoreError extends Error {
  constructor(
    readonly code: 'superseded',
    message: string,
  ) {
    super(message);
    this.name = 'StoreError';
  }
}
