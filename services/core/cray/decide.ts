import type { CrayCommand, CrayEvent, KeyClaim, Selection } from '@holdfast/events';
import type { Decision, DecisionContext } from '../decider.js';
import { deleteCollection, deleteComponents, putCollection, putComponents } from './inventory.js';
import {
  disableRule,
  type Held,
  type KeyHashes,
  lockRule,
  releaseRule,
  removalRule,
  renewalRule,
  repairRule,
  reservationRule,
  unlockRule,
} from './rules.js';
import { select, type Target } from './selection.js';
import { nothingAddressed, type Rule, settle } from './settle.js';
import type { Component, CrayState } from './state.js';

/**
 * What a command makes happen. Whatever is due at `context.now` has been ended in `state` already; ids are normalised and
 * come once, values of criteria are in lower case.
 */
export function decide(
  command: CrayCommand,
  state: CrayState,
  context: DecisionContext,
  keyHashes: KeyHashes,
): Decision<CrayEvent> {
  switch (command.type) {
    case 'cray.LockRequested':
      return onSelection(state, command, lockRule);
    case 'cray.UnlockRequested':
      return onSelection(state, command, unlockRule);
    case 'cray.DisableRequested':
      return onSelection(state, command, disableRule);
    case 'cray.RepairRequested':
      return onSelection(state, command, repairRule);
    case 'cray.ReservationRequested':
      return onSelection(state, command, reservationRule(command, context, keyHashes));
    case 'cray.RemovalRequested':
      return onSelection(state, command, removalRule);
    case 'cray.RenewalRequested':
      return settle(shown(state, command.keys), command.rigid, renewalRule(command.durationMs, context.now));
    case 'cray.ReleaseRequested':
      return settle(shown(state, command.keys), command.rigid, releaseRule);
    case 'cray.ComponentsPutRequested':
      return putComponents(command);
    case 'cray.ComponentsDeletionRequested':
      return deleteComponents(command, state);
    case 'cray.CollectionPutRequested':
      return putCollection(command, state);
    case 'cray.CollectionDeletionRequested':
      return deleteCollection(command, state);
  }
}

function onSelection(
  state: CrayState,
  { selection, rigid }: { selection: Selection; rigid: boolean },
  rule: Rule<Component>,
): Decision<CrayEvent> {
  const targets = select(state, selection);
  return targets.length === 0 ? nothingAddressed : settle(targets, rigid, rule);
}

/** The reservations that keys prove: a key opens the one of its own component only (D3), and counts once (D7). */
function shown(state: CrayState, keys: readonly KeyClaim[]): Target<Held>[] {
  const targets: Target<Held>[] = [];
  const counted = new Map<string, string[]>();
  for (const { xname, keyHash } of keys) {
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
