import type { ShardState } from '@holdfast/core';
import type { Group } from '@holdfast/log';
import { processorLimits } from './limits.js';
import type { GroupWriter, WrittenGroup } from './writer.js';

/**
 * What an owner has decided ahead of what was read back from the log. It begins with an epoch, and is forgotten as a
 * whole with it, which costs nothing, as the states of a shard are immutable.
 */
export class DecidedAhead {
  #state: ShardState;
  /** Written, but not read back, in order. */
  #written: { sequence: number; hash: string; state: ShardState }[] = [];
  /**
   * Sequence of a group that says what ids mean, or null: nothing behind it is decided before it was read back. SPEC
   * rule 13.
   */
  #recording: number | null = null;

  constructor(
    readonly writer: GroupWriter,
    accepted: ShardState,
  ) {
    this.#state = accepted;
  }

  /** The fold of all that was accepted and decided. */
  get state(): ShardState {
    return this.#state;
  }

  /** A command was decided that leaves no event. */
  pass(state: ShardState): void {
    this.#state = state;
  }

  /** A command was decided that leaves `group`, and `state` behind it. */
  add({ sequence, hash }: Pick<WrittenGroup, 'sequence' | 'hash'>, state: ShardState): void {
    this.#state = state;
    this.#written.push({ sequence, hash, state });
  }

  /** The group added last says what ids mean. */
  waitForLast(): void {
    this.#recording = this.#written.at(-1)?.sequence ?? null;
  }

  /** The state behind a group that comes back as it was written; null for any other. */
  confirm({ sequence, hash }: Pick<Group, 'sequence' | 'hash'>): ShardState | null {
    const first = this.#written[0];
    if (first === undefined || first.sequence !== sequence || first.hash !== hash) return null;
    this.#written.shift();
    return first.state;
  }

  /** Whether nothing more may be decided before more than `sequence` was read back. */
  waits(sequence: number): boolean {
    const full = this.#written.length >= processorLimits.unconfirmedGroupsMax;
    return full || (this.#recording !== null && sequence < this.#recording);
  }

  /** Whether that may have ended with the group of `sequence`, which was just read back. */
  mayGoOnAfter(sequence: number): boolean {
    return this.#written.length === processorLimits.unconfirmedGroupsMax - 1 || sequence === this.#recording;
  }
}
