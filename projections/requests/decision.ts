import type { OutcomeEvent } from '@holdfast/events';
import type { AuditOrigin, Decision } from '../audit-port.js';
import { statusOf } from './project.js';

/** A row of `decision` as a query gives it. */
export type DecisionTuple = [sequence: number, commandId: string, actor: string, time: number, outcome: OutcomeEvent];

/** SQL of a DecisionTuple, of the table by that name. */
export const decisionTuple = (d: string) =>
  `json_build_array(${d}.sequence, ${d}.command_id, ${d}.actor, ${d}.time, ${d}.outcome)`;

export function decisionOf([sequence, commandId, actor, , outcome]: DecisionTuple): Decision {
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

/** All of it but the Idempotency-Key: that is the caller's to know. */
function originOf({ origin }: OutcomeEvent): AuditOrigin | null {
  if (origin === null) return null;
  const { idempotencyKey: _, ...told } = origin;
  return told;
}
