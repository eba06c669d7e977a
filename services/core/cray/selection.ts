import type { Criterion, Selection } from '@holdfast/events';
import { xnameOrder } from '@holdfast/events/cray/xname';
import type { Component, CrayState } from './state.js';

/**
 * The components that a selection addresses, in the order in which the answer lists them: request order where there are
 * ids, else xname order. An id that the inventory does not know is addressed as null; one that it knows but that does not
 * match the criteria is not addressed.
 */
export function select(state: CrayState, { ids, criteria }: Selection): [string, Component | null][] {
  const matches = matcher(state, criteria);
  if (ids.length > 0) {
    const chosen: [string, Component | null][] = [];
    for (const id of ids) {
      const component = state.components.get(id) ?? null;
      if (component === null || matches(component)) chosen.push([id, component]);
    }
    return chosen;
  }
  const chosen: Component[] = [];
  for (const component of state.components.values()) if (matches(component)) chosen.push(component);
  return inXnameOrder(chosen).map((component) => [component.xname, component]);
}

/** Sorts by the place that the xname says, so that slot 2 comes before slot 10. */
export function inXnameOrder<T extends { xname: string }>(items: T[]): T[] {
  const keyed = items.map((item) => ({ item, order: xnameOrder(item.xname) }));
  return keyed.sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0)).map(({ item }) => item);
}

/** Criteria are ANDed; within one, a component must match no negated value, and one of the others if there are any. */
function matcher(state: CrayState, criteria: readonly Criterion[]): (component: Component) => boolean {
  const tests = criteria.map(({ field, values }) => {
    const wanted = values.filter((value) => !value.startsWith('!'));
    const unwanted = values.filter((value) => value.startsWith('!')).map((value) => value.slice(1));
    const has = hasValue(state, field);
    return (component: Component) =>
      (wanted.length === 0 || wanted.some((value) => has(component, value))) &&
      !unwanted.some((value) => has(component, value));
  });
  return (component) => tests.every((test) => test(component));
}

function hasValue(state: CrayState, field: Criterion['field']): (component: Component, value: string) => boolean {
  if (field === 'Group' || field === 'Partition') {
    const collections = field === 'Group' ? state.groups : state.partitions;
    return ({ xname }, value) => collections.get(value)?.has(xname) ?? false;
  }
  return (component, value) => valueOf(component, field) === value;
}

/** A component's value of a field as criteria write it: in lower case. */
function valueOf(component: Component, field: Exclude<Criterion['field'], 'Group' | 'Partition'>): string {
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
