import type { Verdict } from '@holdfast/core';
import { type Codec, type Event, eventKey, GroupHasher, type Stamp } from '@holdfast/events';
import type { Steps } from '@holdfast/events/steps';
import type { NewRecord } from '@holdfast/log';

export interface WrittenGroup {
  records: NewRecord[];
  /** Sequence of its last event. */
  sequence: number;
  hash: string;
}

/** Stamps and encodes the groups of one epoch. SPEC rule 2. */
export class GroupWriter {
  constructor(
    private readonly codec: Codec,
    private readonly shard: string,
    private readonly epoch: number,
    private readonly owner: string,
    private sequence: number,
    private hash: string,
  ) {}

  /** The records of one group. Throws CodecError, and then nothing is counted. */
  write(verdict: Omit<Verdict, 'settled'>, commandPosition: number): WrittenGroup {
    return this.writeInParts(verdict, commandPosition, verdict.events.length).next().value as WrittenGroup;
  }

  /** The same, so many events at a time. */
  *writeInParts(
    verdict: Omit<Verdict, 'settled'>,
    commandPosition: number,
    eventsPerPart: number,
  ): Steps<WrittenGroup> {
    const before = this.hash;
    const size = verdict.events.length;
    const records: NewRecord[] = [];
    const hasher = new GroupHasher(before, size);
    for (const [index, event] of verdict.events.entries()) {
      if (index > 0 && index % eventsPerPart === 0) yield;
      const stamp: Stamp = {
        shard: this.shard,
        epoch: this.epoch,
        owner: this.owner,
        sequence: this.sequence + index + 1,
        commandId: verdict.commandId,
        commandPosition,
        index,
        size,
        time: verdict.now,
        actor: verdict.actor,
        before,
      };
      const encoded = this.codec.encodeEvent(event, stamp, verdict.level);
      records.push({ key: eventKey(event, this.shard), value: encoded.value });
      hasher.add(encoded);
    }
    this.sequence += size;
    this.hash = hasher.hash();
    return { records, sequence: this.sequence, hash: this.hash };
  }
}

/**
 * The record of a claim or of a clean stop: outside the sequence, so that it may come at any point of the log. SPEC
 * rule 5. In the oldest form, as who claims cannot be sure of the level that the log has by then.
 */
export function controlRecord(
  codec: Codec,
  event: Extract<Event, { type: 'engine.EpochStarted' | 'engine.EpochEnded' }>,
  claim: { shard: string; epoch: number; owner: string; time: number },
): NewRecord {
  const stamp: Stamp = {
    ...claim,
    sequence: 0,
    commandId: '',
    commandPosition: -1,
    index: 0,
    size: 1,
    actor: '',
    before: '',
  };
  return { key: claim.shard, value: codec.encodeEvent(event, stamp).value };
}
