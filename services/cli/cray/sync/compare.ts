import { parseXname } from '@holdfast/events/cray/xname';

/** The inventory of a site's HSM beside ours: what has to change here. Pure. */

export interface HsmComponent {
  ID?: string;
  [field: string]: unknown;
}

/** A group (`label`) or partition (`name`). */
export interface HsmCollection {
  label?: string;
  name?: string;
  description?: string | null;
  tags?: string[] | null;
  exclusiveGroup?: string | null;
  members?: { ids?: string[] | null } | null;
}

export interface HsmInventory {
  components: HsmComponent[];
  groups: HsmCollection[];
  partitions: HsmCollection[];
}

export interface Differences<T> {
  added: T[];
  changed: T[];
  /** By the names that they have here. */
  removed: string[];
}

/** What a component is compared by, and kept with. Locks and reservations are Holdfast's own. */
export const fields = [
  'State',
  'Flag',
  'Enabled',
  'SoftwareStatus',
  'Role',
  'SubRole',
  'NID',
  'Subtype',
  'NetType',
  'Arch',
  'Class',
] as const;
/** Where these are not told, Holdfast has a value of its own for them. */
const defaulted: ReadonlySet<string> = new Set(['Flag', 'Enabled', 'Role', 'NID']);

/** Those of the source with an ID that is an xname, by it, as they are sent; and the IDs that are none. */
export function keyed(components: readonly HsmComponent[]): { known: Map<string, HsmComponent>; strange: string[] } {
  const known = new Map<string, HsmComponent>();
  const strange: string[] = [];
  for (const component of components) {
    const xname = parseXname(String(component.ID))?.xname;
    if (xname === undefined) strange.push(String(component.ID));
    else known.set(xname, kept(xname, component));
  }
  return { known, strange };
}

function kept(ID: string, component: HsmComponent): HsmComponent {
  const given = fields.flatMap((field) => {
    const value = component[field];
    return value === undefined || value === null || value === '' ? [] : [[field, value] as const];
  });
  return { ID, ...Object.fromEntries(given) };
}

export function compareComponents(
  there: ReadonlyMap<string, HsmComponent>,
  here: ReadonlyMap<string, HsmComponent>,
): Differences<HsmComponent> {
  const [added, changed]: [HsmComponent[], HsmComponent[]] = [[], []];
  for (const [xname, component] of there) {
    const own = here.get(xname);
    if (own === undefined) added.push(component);
    else if (fields.some((field) => differs(field, component[field], own[field]))) changed.push(component);
  }
  return { added, changed, removed: [...here.keys()].filter((xname) => !there.has(xname)) };
}

export function differs(field: string, there: unknown, here: unknown): boolean {
  if (there === undefined && defaulted.has(field)) return false;
  return String(there ?? '').toLowerCase() !== String(here ?? '').toLowerCase();
}

export function nameOf({ label, name }: HsmCollection): string {
  return label ?? name ?? '';
}

/** What it is known by: its name, whose case does not count. */
export function keyOf(one: HsmCollection): string {
  return nameOf(one).toLowerCase();
}

export function byKey(all: readonly HsmCollection[]): Map<string, HsmCollection> {
  return new Map(all.map((one) => [keyOf(one), one]));
}

export function membersOf({ members }: HsmCollection): string[] {
  return [...new Set((members?.ids ?? []).map((id) => parseXname(id)?.xname ?? id))].sort();
}

export function compareCollections(
  there: readonly HsmCollection[],
  here: readonly HsmCollection[],
): Differences<HsmCollection> {
  const [theirs, own] = [byKey(there), byKey(here)];
  const found = (one: HsmCollection) => own.get(keyOf(one));
  return {
    added: there.filter((one) => found(one) === undefined),
    changed: there.filter((one) => found(one) !== undefined && said(one) !== said(found(one)!)),
    removed: here.filter((one) => !theirs.has(keyOf(one))).map(nameOf),
  };
}

/** All that it says, in one form. */
function said(one: HsmCollection): string {
  return JSON.stringify([describedAs(one), membersOf(one)]);
}

/** What it says beside its members. */
export function describedAs(one: HsmCollection): string {
  return JSON.stringify([one.description ?? '', tagsOf(one), excludes(one)]);
}

/** As Holdfast keeps them: in lower case, each once. */
export function tagsOf({ tags }: HsmCollection): string[] {
  return [...new Set((tags ?? []).map((tag) => tag.toLowerCase()))].sort();
}

/** The exclusive set that it is in, as Holdfast keeps it; empty where it is in none. */
export function excludes({ exclusiveGroup }: HsmCollection): string {
  return (exclusiveGroup ?? '').toLowerCase();
}

/** As it is sent: what is null there is not told. */
export function withoutNulls(one: HsmCollection): HsmCollection {
  return Object.fromEntries(Object.entries(one).filter(([, value]) => value !== null));
}
