import type { CollectionKind, Criterion, CriterionField, Selection } from '@holdfast/events/cray/messages';
import type { Steps } from '@holdfast/events/steps';
import { type Component, type CrayState, collectionsOf, inXnameOrder } from './state.js';

/** Targets in one step: some milliseconds, where each costs the hashes of two keys. */
export const targetsPerStep = 200;

/** What a command addresses: `found` is null where nothing is known by that xname, or what is known does not serve. */
export interface Target<T> {
  xname: string;
  found: T | null;
}

/**
 * The components selected: in request order when the selection has ids, else in xname order. Ids that exist but match
 * not every criterion are left out; unknown ids stay, as targets without a component.
 */
export function* select(state: CrayState, { ids, criteria }: Selection): Steps<Target<Component>[]> {
  const matches = matcher(state, criteria);
  if (ids.length === 0) {
    const found: Component[] = [];
    let seen = 0;
    for (const [, component] of state.components.each()) {
      if (seen > 0 && seen % targetsPerStep === 0) yield;
      seen++;
      if (matches(component)) found.push(component);
    }
    const ordered = yield* inXnameOrder(found);
    return ordered.map((component) => ({ xname: component.xname, found: component }));
  }
  const targets: Target<Component>[] = [];
  for (const [n, xname] of ids.entries()) {
    if (n > 0 && n % targetsPerStep === 0) yield;
    const found = state.components.get(xname) ?? null;
    if (found === null || matches(found)) targets.push({ xname, found });
  }
  return targets;
}

type Predicate = (component: Component) => boolean;

function matcher(state: CrayState, criteria: readonly Criterion[]): Predicate {
  const tests = criteria.map((criterion) => criterionTest(state, criterion));
  return (component) => tests.every((test) => test(component));
}

/** Values are ORed; those with `!` must all fail to match, and alone they are enough. */
function criterionTest(state: CrayState, { field, values }: Criterion): Predicate {
  const refused = values.filter((value) => value.startsWith('!')).map((value) => value.slice(1));
  const wanted = values.filter((value) => !value.startsWith('!'));
  const isRefused = valueTest(state, field, refused);
  if (wanted.length === 0) return (component) => !isRefused(component);
  const isWanted = valueTest(state, field, wanted);
  return (component) => isWanted(component) && !isRefused(component);
}

/** Whether a component has one of these values. */
function valueTest(state: CrayState, field: CriterionField, values: readonly string[]): Predicate {
  if (field === 'Group') return memberTest(state, 'group', values);
  if (field === 'Partition') return memberTest(state, 'partition', values);
  const among = new Set(values);
  return (component) => among.has(textOf(component, field));
}

function memberTest(state: CrayState, kind: CollectionKind, names: readonly string[]): Predicate {
  const collections = collectionsOf(state, kind);
  const members = names.flatMap((name) => collections.get(name)?.members ?? []);
  return ({ xname }) => members.some((xnames) => xnames.has(xname));
}

function textOf(component: Component, field: Exclude<CriterionField, 'Group' | 'Partition'>): string {
  const { properties } = component;
  switch (field) {
    case 'ComponentIDs':
      return component.xname;
    case 'NID':
      return properties.nid === null ? '' : String(properties.nid);
    case 'Type':
      return properties.type.toLowerCase();
    case 'State':
      return properties.state.toLowerCase();
    case 'Flag':
      return properties.flag.toLowerCase();
    case 'Enabled':
      return String(properties.enabled);
    case 'SoftwareStatus':
      return properties.softwareStatus.toLowerCase();
    case 'Role':
      return properties.role.toLowerCase();
    case 'SubRole':
      return properties.subRole.toLowerCase();
    case 'Subtype':
      return properties.subtype.toLowerCase();
    case 'Arch':
      return properties.arch.toLowerCase();
    case 'Class':
      return properties.class.toLowerCase();
    case 'Locked':
      return String(component.locked);
    case 'Reserved':
      return String(component.reservation !== null);
    case 'ReservationDisabled':
      return String(component.disabled);
  }
}
