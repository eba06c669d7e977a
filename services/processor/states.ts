import type { CommandQueue } from './command-queue.js';
import type { DecidedAhead } from './decided-ahead.js';

/** A claim of the shard, and its ownership once it was read back before any other of its number. */
export interface Claim {
  epoch: number;
  /** Fresh for each claim. */
  owner: string;
}

/** Reads the log up to its head. */
export interface Starting {
  name: 'starting';
}

/** What there is from then on. */
interface Started {
  queue: CommandQueue;
  /** The last epoch that was its own, or null: while nobody else has claimed, it may again, at once. */
  lastOwned: number | null;
}

/** Reads on, and looks now and then whether it may claim. */
export interface Standby extends Started {
  name: 'standby';
}

/** Waits for its claim to come back from the log. */
export interface Claiming extends Started {
  name: 'claiming';
  claim: Claim;
}

/** Decides. */
export interface Owner {
  name: 'owner';
  queue: CommandQueue;
  claim: Claim;
  ahead: DecidedAhead;
}

/** It ends what it is at, also an append, and begins nothing. */
export interface Closing {
  name: 'closing';
  was: Open;
}

export interface ProcessorClosed {
  name: 'closed';
}

/** The shard cannot be served, and nothing leads out of that. */
export interface ProcessorStopped {
  name: 'stopped';
  error: Error;
}

export type Open = Starting | Standby | Claiming | Owner;

/** What a processor is. Each state has the fields that exist in it. */
export type ProcessorState = Open | Closing | ProcessorClosed | ProcessorStopped;

export function isOpen(state: ProcessorState): state is Open {
  return state.name !== 'closing' && state.name !== 'closed' && state.name !== 'stopped';
}

/** What is told of it. */
export type ProcessorRole = 'starting' | 'standby' | 'claiming' | 'owner' | 'stopped';

export function roleOf(state: ProcessorState): ProcessorRole {
  if (state.name === 'closing') return state.was.name;
  return state.name === 'closed' ? 'standby' : state.name;
}

/** What it decides with as an owner, which it may still be while it closes; else null. */
export function owning(state: ProcessorState): Owner | null {
  const open = state.name === 'closing' ? state.was : state;
  return open.name === 'owner' ? open : null;
}

/** The claim that has not come back yet, or null. */
export function claimOf(state: ProcessorState): Claim | null {
  const open = state.name === 'closing' ? state.was : state;
  return open.name === 'claiming' ? open.claim : null;
}

/** Null before the log was read up to its head, and once it is not served any more. */
export function queueOf(state: ProcessorState): CommandQueue | null {
  const open = state.name === 'closing' ? state.was : state;
  return 'queue' in open ? open.queue : null;
}
