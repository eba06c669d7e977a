import type { Facts, ShardDecider, ShardState, Verdict } from '@holdfast/core';
import type { Steps } from '@holdfast/events/steps';
import { giveWay, type Logger, type NewRecord } from '@holdfast/log';
import type { CommandQueue, QueuedCommand } from './command-queue.js';
import type { DecidedAhead } from './decided-ahead.js';
import { processorLimits } from './limits.js';
import type { GroupWriter, WrittenGroup } from './writer.js';

export interface BatchDeciderOptions {
  decider: ShardDecider;
  logger: Logger;
  /** Lets the event loop turn within a large group, after so many of its events. Default: giveWay. */
  turn?: () => Promise<void>;
  eventsPerTurn?: number;
}

/** Decides commands in batches, and folds groups, so that a large one lets others have their turn. */
export class BatchDecider {
  constructor(private readonly options: BatchDeciderOptions) {}

  /**
   * Decides what is queued, up to a bound, on what was decided ahead. Gives the records to append together. Between the
   * steps of a large request others have their turn, and what they did counts: where this epoch is over, nothing of the
   * batch is left.
   */
  async decide(queue: CommandQueue, ahead: DecidedAhead, over: () => boolean): Promise<NewRecord[]> {
    const { decider } = this.options;
    const records: NewRecord[] = [];
    for (let n = 0; n < processorLimits.batchCommandsMax && records.length < processorLimits.batchEventsMax; n++) {
      // What was decided before a large one does not wait for it.
      if (records.length > 0 && queue.nextBytes > processorLimits.commandBytesAtOnce) break;
      const command = queue.next();
      if (command === undefined) break;
      const verdict = await this.#inTurns(decider.decideInSteps(command, ahead.state), over);
      if (verdict === null) return [];
      if (verdict.events.length === 0) {
        ahead.pass(decider.pass(ahead.state, verdict));
        continue;
      }
      const done = await this.#inTurns(this.#carryOut(command, verdict, ahead), over);
      if (done === null) return [];
      const { group, state } = done;
      ahead.add(group, state);
      for (const record of group.records) records.push(record);
      if (verdict.events.some(({ type }) => type === 'engine.SchemasRecorded')) {
        ahead.waitForLast();
        break;
      }
    }
    return records;
  }

  /** The state after a group. */
  *fold(before: ShardState, { events, sequence, ...facts }: Facts): Steps<ShardState> {
    const { decider, eventsPerTurn = processorLimits.eventsPerTurnMax } = this.options;
    let state = before;
    for (let at = 0; at < events.length; at += eventsPerTurn) {
      if (at > 0) yield;
      const part = events.slice(at, at + eventsPerTurn);
      state = decider.evolve(state, { ...facts, events: part, sequence: sequence - events.length + at + part.length });
    }
    return state;
  }

  /** Null where the epoch was over before it was done. */
  async #inTurns<T>(steps: Steps<T>, over: () => boolean): Promise<T | null> {
    const { turn = giveWay } = this.options;
    let step = steps.next();
    while (!step.done) {
      await turn();
      if (over()) return null;
      step = steps.next();
    }
    return step.value;
  }

  /**
   * Writes what was decided and folds it, in parts. A decision that cannot be written is a bug; its command gets an
   * outcome all the same. SPEC rule 3.
   */
  *#carryOut(
    command: QueuedCommand,
    verdict: Verdict,
    { writer, state: before }: { writer: GroupWriter; state: ShardState },
  ): Steps<{ group: WrittenGroup; state: ShardState }> {
    const { decider, logger, eventsPerTurn = processorLimits.eventsPerTurnMax } = this.options;
    let decided = verdict;
    let group: WrittenGroup;
    try {
      group = yield* writer.writeInParts(verdict, command.position, eventsPerTurn);
    } catch (error) {
      logger.error({ position: command.position, error: String(error) }, 'a decision could not be written');
      decided = decider.decide({ ...command, failure: 'its events cannot be written' }, before);
      group = yield* writer.writeInParts(decided, command.position, eventsPerTurn);
    }
    const { events, now: time, commandId } = decided;
    return { group, state: yield* this.fold(before, { events, time, commandId, sequence: group.sequence }) };
  }
}
