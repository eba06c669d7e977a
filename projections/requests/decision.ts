import type { OutcomeEvent } from '@holdfast/events';
import { originShown } from '@holdfast/events/engine-shown';
import { shownPart } from '@holdfast/events/showing';
import type { AuditOrigin, RecordedDecision } from '../audit-port.js';
import { statusOf } from './project.js';

/** A row of `decision` as a query gives it. */
export type DecisionTuple = [sequence: number, commandId: string, actor: string, time: number, outcome: OutcomeEvent];

/** SQL of a DecisionTuple, of the table by that name. */
export const decisionTuple = (d: string) =>
  `json_build_array(${d}.sequence, ${d}.command_id, ${d}.actor, ${d}.time, ${d}.outcome)`;

export function decisionOf([sequence, commandId, actor, , outcome]: DecisionTuple): RecordedDecision {
  const decided = outcome.type === 'engine.RequestDecided' ? outcome : null;
  return {
    sequence,
    commandId,
    actor,
    command: decided?.command ?? '',
    status: statusOf(outcome),
    total: decided?.total ?? null,
    reason: decided?.reason ?? null,
    origin: originOf(outcome),
  };
}

function originOf({ origin }: OutcomeEvent): AuditOrigin | null {
  return origin === null ? null : (shownPart(originShown, origin) as AuditOrigin);
}
