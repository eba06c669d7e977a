import type { KeyHashes } from '@holdfast/events/cray/keys';
import type { CrayCommand, CrayEvent, KeyClaim, RemovalRequested, Selection } from '@holdfast/events/cray/messages';
import type { Steps } from '@holdfast/events/steps';
import type { Decision, DecisionContext } from '../decider.js';
import { changeCollection, deleteCollection, putCollection } from './collections.js';
import { changeRoles, deleteComponents, putComponents } from './inventory.js';
import {
  disableRule,
  isReserved,
  lockRule,
  type ProvenReservation,
  releaseRule,
  removalRule,
  renewalRule,
  repairRule,
  reservationRule,
  unlockRule,
} from './rules.js';
import { select, type Target, targetsPerStep } from './selection.js';
import { nothingAddressed, type Rule, refusal, settle } from './settle.js';
import { type Component, type CrayState, collectionsOf } from './state.js';

/**
 * What a command makes happen. Whatever is due at `context.now` has been ended in `state` already; ids are normalised
 * and come once, values of criteria are in lower case.
 */
export function* decideInSteps(
  command: CrayCommand,
  state: CrayState,
  context: DecisionContext,
  keyHashes: KeyHashes,
): Steps<Decision<CrayEvent>> {
  switch (command.type) {
    case 'cray.LockRequested':
      return yield* onSelection(state, command, lockRule, context);
    case 'cray.UnlockRequested':
      return yield* onSelection(state, command, unlockRule, context);
    case 'cray.DisableRequested':
      return yield* onSelection(state, command, disableRule, context);
    case 'cray.RepairRequested':
      return yield* onSelection(state, command, repairRule, context);
    case 'cray.ReservationRequested':
      return yield* onSelection(state, command, reservationRule(command, context, keyHashes), context);
    case 'cray.RemovalRequested':
      return yield* remove(state, command, context);
    case 'cray.RenewalRequested':
      return yield* settle(yield* shown(state, command.keys), command.rigid, renewalRule(command.durationMs, context));
    case 'cray.ReleaseRequested':
      return yield* settle(yield* shown(state, command.keys), command.rigid, releaseRule);
    case 'cray.ComponentsPutRequested':
      return yield* putComponents(command, state);
    case 'cray.RoleChangeRequested':
      return context.level < 4 ? ofLaterLevel : yield* changeRoles(command, state);
    case 'cray.ComponentsDeletionRequested':
      return yield* deleteComponents(command, state);
    case 'cray.CollectionPutRequested':
      return yield* putCollection(command, state, context.level);
    case 'cray.CollectionChangeRequested':
      return context.level < 4 ? ofLaterLevel : yield* changeCollection(command, state);
    case 'cray.CollectionDeletionRequested':
      return deleteCollection(command, state);
  }
}

/** Of a command that the log cannot have yet. SPEC rule 13. */
const ofLaterLevel: Decision<CrayEvent> = { events: [], status: 'refused', total: 0, reason: 'Level' };

function* onSelection(
  state: CrayState,
  { selection, rigid }: { selection: Selection; rigid: boolean },
  rule: Rule<Component>,
  { level }: DecisionContext,
): Steps<Decision<CrayEvent>> {
  const missing = level < 4 ? null : missingNegated(state, selection);
  if (missing !== null) return missing;
  const targets = yield* select(state, selection);
  return targets.length === 0 ? nothingAddressed : yield* settle(targets, rigid, rule);
}

/**
 * Refuses a selection that leaves out a group or partition which does not exist, and names it: a misspelt or deleted
 * one would mean every component. One that is asked for and does not exist only has no members. Null: none is missing.
 */
function missingNegated(state: CrayState, { criteria }: Selection): Decision<CrayEvent> | null {
  for (const { field, values } of criteria) {
    if (field !== 'Group' && field !== 'Partition') continue;
    const collections = collectionsOf(state, field === 'Group' ? 'group' : 'partition');
    const missing = values.find((value) => value.startsWith('!') && collections.get(value.slice(1)) === undefined);
    if (missing === undefined) continue;
    const reason = field === 'Group' ? 'NoGroup' : 'NoPartition';
    return { events: [refusal(missing.slice(1), reason)], status: 'refused', total: 1, reason };
  }
  return null;
}

/** Only a log of level 4 has a removal that names a reservation. */
const noReservation: Decision<CrayEvent> = { ...nothingAddressed, reason: 'NoReservation' };

/** A reservation that is named, and nothing else, addresses the components that have it. */
function* remove(state: CrayState, command: RemovalRequested, context: DecisionContext): Steps<Decision<CrayEvent>> {
  const { selection, rigid, reservationId } = command;
  const rule = removalRule(reservationId);
  const selects = selection.ids.length > 0 || selection.criteria.length > 0;
  if (reservationId === null || selects) return yield* onSelection(state, command, rule, context);
  const all = yield* select(state, selection);
  const targets = all.filter(({ found }) => found !== null && isReserved(found, reservationId));
  return targets.length === 0 ? noReservation : yield* settle(targets, rigid, rule);
}

/** The reservations that keys prove: a key opens the one of its own component only (D3), and counts once (D7). */
function* shown(state: CrayState, keys: readonly KeyClaim[]): Steps<Target<ProvenReservation>[]> {
  const targets: Target<ProvenReservation>[] = [];
  const counted = new Map<string, string[]>();
  for (const { xname, keyHash } of keys) {
    if (targets.length % targetsPerStep === targetsPerStep - 1) yield;
    const before = counted.get(xname);
    if (before?.includes(keyHash)) continue;
    if (before === undefined) counted.set(xname, [keyHash]);
    else before.push(keyHash);
    const reservation = state.components.get(xname)?.reservation ?? null;
    const proven = reservation !== null && reservation.reservationKeyHash === keyHash;
    targets.push({ xname, found: proven ? { xname, reservation } : null });
  }
  return targets;
}
