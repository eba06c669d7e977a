import { type Event, isOutcome, type OutcomeEvent, placeOf } from '@holdfast/events';
import { itemsPerStep, type Steps } from '@holdfast/events/steps';
import type { Group } from '@holdfast/log';
import type { DecisionChange, RecordedEvent } from '../change.js';
import { keptId, storable } from '../text.js';
import { UnknownEventError } from '../unknown-event.js';

/** The decision that a group is; null where it ends without an outcome. Pure. Throws UnknownEventError. */
export function* projectDecision({ events, stamp, sequence }: Group): Steps<DecisionChange | null> {
  const last = events[events.length - 1];
  if (last === undefined || !isOutcome(last.event)) return null;
  const recorded: RecordedEvent[] = [];
  for (let n = 0; n < events.length - 1; n++) {
    if (n > 0 && n % itemsPerStep === 0) yield;
    const { event } = events[n]!;
    recorded.push({ resource: resourceOf(event), event });
  }
  return {
    table: 'decision',
    sequence,
    time: last.stamp.time,
    commandId: storable(stamp.commandId),
    actor: storable(stamp.actor),
    asked: !(last.event.type === 'engine.RequestDecided' && last.event.command.startsWith('engine.')),
    outcome: last.event,
    events: recorded,
  };
}

/** Throws UnknownEventError. */
function resourceOf(event: Event): string | null {
  const place = placeOf(event);
  if (place === undefined) throw new UnknownEventError(event.type);
  return keptId(place.resource(event)?.id ?? null);
}

/** The status of a request: that of its outcome, or that it was decided before. */
export function statusOf(outcome: OutcomeEvent) {
  return outcome.type === 'engine.Repeated' ? 'repeated' : outcome.status;
}

/** Who asked: the name that was authenticated or stated, else the stamp's. */
export function callerOf(actor: string, { origin }: OutcomeEvent): string {
  return storable(origin?.actor.name || actor);
}

/**
 * Whether it is the one to answer from, when its id is asked for again: a repeated or conflicting request leaves the
 * first as it is.
 */
export function isAnswer({ asked, outcome }: DecisionChange): boolean {
  return asked && outcome.type === 'engine.RequestDecided' && outcome.status !== 'conflict';
}

/** A decision as `decision` keeps it, by the names of its columns. */
export interface DecisionRow {
  sequence: number;
  first: number;
  time: number;
  command_id: string;
  actor: string;
  caller: string;
  asked: boolean;
  status: ReturnType<typeof statusOf>;
  /** As JSON. */
  outcome: string;
}

export function decisionRow({ sequence, events, time, commandId, actor, asked, outcome }: DecisionChange): DecisionRow {
  return {
    sequence,
    first: sequence - events.length,
    time,
    command_id: commandId,
    actor,
    caller: callerOf(actor, outcome),
    asked,
    status: statusOf(outcome),
    outcome: JSON.stringify(outcome),
  };
}
