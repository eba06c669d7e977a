import type { CrayCommand, CrayEvent, KeyClaim, Reason, ReservationRequested, Selection } from '@holdfast/events';
import type { Decision, DecisionContext } from '../decider.js';
import { expiryAfter } from './expiry.js';
import { decideOnInventory } from './inventory.js';
import { select } from './selection.js';
import type { Component, CrayState } from './state.js';

/** Hashes of the two keys of a reservation. The secret stays outside. SPEC rule 12. */
export type KeyHashes = (
  reservationId: string,
  xname: string,
) => { reservationKeyHash: string; deputyKeyHash: string };

/** What becomes of one component: a reason why nothing does, or the events. */
type Verdict = Reason | CrayEvent[];

export function decide(
  keyHashes: KeyHashes,
  command: CrayCommand,
  state: CrayState,
  context: DecisionContext,
): Decision<CrayEvent> {
  switch (command.type) {
    case 'cray.LockRequested':
      return onSelection(state, command, lock);
    case 'cray.UnlockRequested':
      return onSelection(state, command, unlock);
    case 'cray.DisableRequested':
      return onSelection(state, command, disable);
    case 'cray.RepairRequested':
      return onSelection(state, command, repair);
    case 'cray.RemovalRequested':
      return onSelection(state, command, remove);
    case 'cray.ReservationRequested':
      return onSelection(state, command, (component) => reserve(keyHashes, command, component, context));
    case 'cray.RenewalRequested':
      return onKeys(state, command, (component) => renew(component, command.durationMs, context.now));
    case 'cray.ReleaseRequested':
      return onKeys(state, command, release);
    case 'cray.ComponentsPutRequested':
    case 'cray.ComponentsDeletionRequested':
    case 'cray.CollectionPutRequested':
    case 'cray.CollectionDeletionRequested':
      return decideOnInventory(command, state);
  }
}

function lock({ xname, locked, disabled, reservation }: Component): Verdict {
  if (locked) return 'Locked';
  if (disabled) return 'Disabled';
  if (reservation !== null) return 'Reserved';
  return [{ type: 'cray.ComponentLocked', xname }];
}

function unlock({ xname, locked, disabled, reservation }: Component): Verdict {
  if (!locked) return 'Unlocked';
  if (disabled) return 'Disabled';
  if (reservation !== null) return 'Reserved';
  return [{ type: 'cray.ComponentUnlocked', xname }];
}

function disable(component: Component): Verdict {
  const { xname } = component;
  return [...removal(component), { type: 'cray.ReservationsDisabled', xname }];
}

function repair({ xname }: Component): Verdict {
  return [{ type: 'cray.ReservationsEnabled', xname }];
}

function remove(component: Component): Verdict {
  return component.reservation === null ? 'NotFound' : removal(component);
}

/** The end of whatever reservation a component has. */
export function removal({ xname, reservation }: Component): CrayEvent[] {
  return reservation === null ? [] : [{ type: 'cray.ReservationRemoved', xname, reservationId: reservation.id }];
}

function reserve(
  keyHashes: KeyHashes,
  { kind, durationMs, requires }: ReservationRequested,
  { xname, locked, disabled, reservation }: Component,
  { now, commandId, commandPosition }: DecisionContext,
): Verdict {
  if (disabled) return 'Disabled';
  if (locked && requires === 'unlocked') return 'Locked';
  if (!locked && requires === 'locked') return 'Unlocked';
  if (reservation !== null) return 'Reserved';
  const reservationId = `${commandId}.${commandPosition}`;
  const expiresAt = expiryAfter(now, durationMs);
  const { reservationKeyHash, deputyKeyHash } = keyHashes(reservationId, xname);
  return [
    {
      type: 'cray.ReservationCreated',
      xname,
      reservationId,
      kind,
      reservationKeyHash,
      deputyKeyHash,
      createdAt: now,
      expiresAt,
      durationMs,
    },
  ];
}

function renew({ xname, reservation }: Component, asked: number | null, now: number): Verdict {
  if (reservation?.kind !== 'service') return 'NotFound';
  const durationMs = asked ?? reservation.durationMs;
  const expiresAt = expiryAfter(now, durationMs);
  return [{ type: 'cray.ReservationRenewed', xname, reservationId: reservation.id, expiresAt, durationMs }];
}

function release({ xname, reservation }: Component): Verdict {
  if (reservation === null) return 'NotFound';
  return [{ type: 'cray.ReservationReleased', xname, reservationId: reservation.id }];
}

function onSelection(
  state: CrayState,
  { selection, rigid }: { selection: Selection; rigid: boolean },
  judge: (component: Component) => Verdict,
): Decision<CrayEvent> {
  const addressed = select(state, selection);
  return together(
    addressed.map(([xname, component]) => [xname, component === null ? 'NotFound' : judge(component)]),
    rigid,
  );
}

/** A key counts for the component that it was given for, and once. */
function onKeys(
  state: CrayState,
  { keys, rigid }: { keys: KeyClaim[]; rigid: boolean },
  judge: (component: Component) => Verdict,
): Decision<CrayEvent> {
  const claims = new Map(keys.map((claim) => [`${claim.xname} ${claim.keyHash}`, claim]));
  return together(
    [...claims.values()].map(({ xname, keyHash }) => {
      const component = state.components.get(xname);
      const held = component?.reservation?.reservationKeyHash === keyHash;
      return [xname, component !== undefined && held ? judge(component) : 'NotFound'];
    }),
    rigid,
  );
}

/** Rigid: all or nothing, and every offender is named. Flexible: what can be done. */
export function together(verdicts: [string, Verdict][], rigid: boolean): Decision<CrayEvent> {
  const total = verdicts.length;
  // A filter that matches nothing addresses nothing, which is no success either.
  if (total === 0) return { events: [], status: 'refused', total, reason: 'NotFound' };
  const refusals: CrayEvent[] = [];
  const events: CrayEvent[] = [];
  let reason: Reason | null = null;
  for (const [xname, verdict] of verdicts) {
    if (typeof verdict === 'string') {
      const refusal: CrayEvent = { type: 'cray.RequestRefused', xname, reason: verdict };
      refusals.push(refusal);
      events.push(refusal);
      reason ??= verdict;
    } else events.push(...verdict);
  }
  if (rigid && refusals.length > 0) return { events: refusals, status: 'refused', total, reason };
  return { events, status: 'accepted', total, reason: null };
}
