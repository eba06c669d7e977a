import type {
  ComponentEntry,
  ComponentProperties,
  ComponentsDeletionRequested,
  ComponentsPutRequested,
  CrayEvent,
  OfExisting,
  RoleChangeRequested,
} from '@holdfast/events/cray/messages';
import type { Steps } from '@holdfast/events/steps';
import type { Decision } from '../decider.js';
import { deletionRule } from './rules.js';
import { select, targetsPerStep } from './selection.js';
import { nothingAddressed, settle } from './settle.js';
import type { Component, CrayState } from './state.js';

/** What the inventory's commands on components make happen. */

/**
 * Creates components. What becomes of those that are known, the command says; their lock, reservation and disabled
 * state stay.
 */
export function* putComponents(
  { components, existing }: ComponentsPutRequested,
  state: CrayState,
): Steps<Decision<CrayEvent>> {
  const events: CrayEvent[] = [];
  for (const [n, entry] of components.entries()) {
    if (n > 0 && n % targetsPerStep === 0) yield;
    const known = state.components.get(entry.xname);
    if (known === undefined) events.push(...created(entry));
    else {
      const properties = changed(known.properties, entry.properties, existing);
      if (properties !== null) events.push({ type: 'cray.ComponentPut', xname: entry.xname, properties });
    }
  }
  return { events, status: 'accepted', total: components.length };
}

function created({ xname, properties, locked, disabled }: ComponentEntry): CrayEvent[] {
  return [
    { type: 'cray.ComponentPut', xname, properties },
    ...(locked ? [{ type: 'cray.ComponentLocked', xname } as const] : []),
    ...(disabled ? [{ type: 'cray.ReservationsDisabled', xname } as const] : []),
  ];
}

/** What a known component has then; null where it is left alone. */
function changed(
  before: ComponentProperties,
  given: ComponentProperties,
  existing: OfExisting,
): ComponentProperties | null {
  switch (existing) {
    case 'leave':
      return null;
    case 'replace':
      return given;
    case 'observe': {
      // As hms-smd has it: what was not said is no change by itself, but is taken over where something else changes.
      const { state, flag, subtype, netType, arch } = given;
      const said = { subtype, netType, arch, class: given.class };
      const differs = Object.entries(said).some(
        ([name, value]) => value !== '' && value !== before[name as keyof typeof said],
      );
      if (state === before.state && flag === before.flag && !differs) return null;
      return { ...before, state, flag, ...said };
    }
  }
}

/** All or nothing. Who has that role already is not told of. */
export function* changeRoles(
  { ids, role, subRole }: RoleChangeRequested,
  state: CrayState,
): Steps<Decision<CrayEvent>> {
  // An empty list of ids selects every component, but must not change every component.
  if (ids.length === 0) return nothingAddressed;
  return yield* settle(yield* select(state, { ids, criteria: [] }), true, {
    refusal: () => null,
    effects({ xname, properties }: Component) {
      if (properties.role === role && properties.subRole === subRole) return [];
      return [{ type: 'cray.ComponentPut', xname, properties: { ...properties, role, subRole } }];
    },
  });
}

/** Deletes those that exist, and is refused where none does. Collections keep their members. */
export function* deleteComponents({ ids }: ComponentsDeletionRequested, state: CrayState): Steps<Decision<CrayEvent>> {
  // An empty list of ids selects every component, but must not delete every component.
  if (ids?.length === 0) return nothingAddressed;
  const targets = yield* select(state, { ids: ids ?? [], criteria: [] });
  if (targets.length === 0) return nothingAddressed;
  // Each for itself, as in a flexible call, but the call as such fails where nothing was there to delete.
  const noneExists = targets.every(({ found }) => found === null);
  return yield* settle(targets, noneExists, deletionRule);
}
