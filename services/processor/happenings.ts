import type { CommandQueue } from './command-queue.js';
import type { DecidedAhead } from './decided-ahead.js';
import type { Claim } from './states.js';

/** What may happen to a processor, in whatever state it is. */
export type ProcessorHappening =
  /** The log was read up to its head, and commands are being read. */
  | { name: 'ready'; queue: CommandQueue }
  /** An epoch began or ended in the log. */
  | EpochSeen
  /** It may claim, and this is what it would. SPEC rule 5. */
  | { name: 'claimDue'; claim: Claim }
  /** It has not come back for too long. */
  | { name: 'claimTimedOut'; claim: Claim }
  /** Another had its number before it was appended. */
  | { name: 'claimOvertaken'; claim: Claim }
  /** Nobody knows whether it landed. */
  | { name: 'claimFailed'; claim: Claim }
  /** Nobody knows what landed of what was decided ahead. SPEC rule 9. */
  | { name: 'appendFailed'; ahead: DecidedAhead }
  /** The feed, the queue or the loop that decides stopped: the shard cannot be served. */
  | { name: 'failed'; error: Error }
  | { name: 'closeAsked' }
  /** What it was at when that was asked has ended. */
  | { name: 'finished' };

export interface EpochSeen {
  name: 'epochSeen';
  /** As the log has them now. */
  epoch: number;
  owner: string;
  /** The owner stopped cleanly. */
  ended: boolean;
  /** What the owner by that claim begins with: everything before it was read. */
  begin: (claim: Claim) => DecidedAhead;
}

/** What follows from it outside of the state, in that order. */
export type ProcessorEffect =
  /** Look whether it may claim, after that, and again until it may. */
  | { do: 'watch'; after: Delay }
  /** Append this claim, and give it a time to come back. */
  | { do: 'claim'; claim: Claim }
  | { do: 'cancelTimer' }
  /** Decide again from the first command that is not decided for good. */
  | { do: 'rewind'; queue: CommandQueue }
  | { do: 'closeQueue'; queue: CommandQueue }
  /** The loop that decides looks again what there is to do. */
  | { do: 'wake' }
  | { do: 'tellOwned'; epoch: number }
  | { do: 'tellLost'; epoch: number }
  | { do: 'tellStopped'; error: Error };

export type Delay = 'at once' | 'back off';
