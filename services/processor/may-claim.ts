import type { ShardDecider, ShardState } from '@holdfast/core';
import type { GroupFeed, Runtime, ShardLog } from '@holdfast/log';
import type { Standby } from './states.js';

interface Surroundings {
  log: Pick<ShardLog, 'exclusive'>;
  feed: Pick<GroupFeed, 'reader'>;
  runtime: Pick<Runtime, 'now'>;
  decider: Pick<ShardDecider, 'decide' | 'pass'>;
}

/** Whether a standby may claim. `patienceMs`: for how long an owner may leave a command undecided. SPEC rule 5. */
export function mayClaim(
  { queue, lastOwned }: Standby,
  { log, feed, runtime, decider }: Surroundings,
  accepted: ShardState,
  patienceMs: number,
): boolean {
  const { epoch, ended } = feed.reader;
  if (log.exclusive || ended || epoch === 0 || epoch === lastOwned) return true;
  return leftUndecided(queue, decider, accepted, runtime.now() - patienceMs);
}

/** True when a command seen at or before `limit` should have left an event by now; a tick, if something was due. */
function leftUndecided(
  queue: Standby['queue'],
  decider: Surroundings['decider'],
  accepted: ShardState,
  limit: number,
): boolean {
  let state = accepted;
  for (const command of queue.undecided()) {
    if (command.seenAt > limit) break;
    const verdict = decider.decide(command, state);
    if (verdict.events.length > 0) return true;
    state = decider.pass(state, verdict);
  }
  return false;
}
