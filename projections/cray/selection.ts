import type { CollectionKind, ComponentProperties, Criterion, CriterionField } from '@holdfast/events/cray/messages';
import { storable } from '../text.js';
import { inNone } from './port.js';

/** A component as the read model has it. */
export interface Filterable {
  xname: string;
  properties: ComponentProperties;
  locked: boolean;
  disabled: boolean;
  reservation: object | null;
}

/** Names of the groups or partitions, in lower case, that a component is in. */
export type Memberships = (kind: CollectionKind, xname: string) => string[];

/** The rule of Criterion, the same as `selection-sql.ts` has it for tables. */
export function matches(component: Filterable, { field, values }: Criterion, memberships: Memberships): boolean {
  const has = valuesOf(component, field, memberships);
  const { wanted, negated } = partition(values);
  if (negated.some((value) => has.includes(value))) return false;
  return wanted.length === 0 || wanted.some((value) => has.includes(value));
}

/** Splits a criterion's values, as they are stored; the negated ones lose their `!`. */
export function partition(values: readonly string[]): { wanted: string[]; negated: string[] } {
  const stored = values.map(storable);
  const wanted = stored.filter((value) => !value.startsWith('!'));
  const negated = stored.filter((value) => value.startsWith('!')).map((value) => value.slice(1));
  return { wanted, negated };
}

/** The properties that a filter looks at, in lower case. An absent NID is the empty string. */
export function filterable({ nid, enabled, ...texts }: ComponentProperties) {
  return {
    type: texts.type.toLowerCase(),
    state: texts.state.toLowerCase(),
    flag: texts.flag.toLowerCase(),
    enabled: String(enabled),
    software_status: texts.softwareStatus.toLowerCase(),
    role: texts.role.toLowerCase(),
    sub_role: texts.subRole.toLowerCase(),
    nid: nid === null ? '' : String(nid),
    subtype: texts.subtype.toLowerCase(),
    arch: texts.arch.toLowerCase(),
    class: texts.class.toLowerCase(),
  };
}

/** Which of them a field means. */
export const filterColumns = {
  NID: 'nid',
  Type: 'type',
  State: 'state',
  Flag: 'flag',
  Enabled: 'enabled',
  SoftwareStatus: 'software_status',
  Role: 'role',
  SubRole: 'sub_role',
  Subtype: 'subtype',
  Arch: 'arch',
  Class: 'class',
} as const satisfies Partial<Record<CriterionField, keyof ReturnType<typeof filterable>>>;

export function onProperties({ field }: Criterion): boolean {
  return field in filterColumns;
}

export function onCollections({ field }: Criterion): boolean {
  return field === 'Group' || field === 'Partition';
}

function orNone(names: string[]): string[] {
  return names.length === 0 ? [inNone] : names;
}

function valuesOf(component: Filterable, field: CriterionField, memberships: Memberships): string[] {
  switch (field) {
    case 'ComponentIDs':
      return [component.xname];
    case 'Group':
      return orNone(memberships('group', component.xname));
    case 'Partition':
      return orNone(memberships('partition', component.xname));
    case 'Locked':
      return [String(component.locked)];
    case 'Reserved':
      return [String(component.reservation !== null)];
    case 'ReservationDisabled':
      return [String(component.disabled)];
    default:
      return [storable(filterable(component.properties)[filterColumns[field]])];
  }
}
