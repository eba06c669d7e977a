import { differs, excludes, fields, type HsmCollection, type HsmComponent, membersOf, tagsOf } from './compare.js';

/** What a dry run says of a change: pure. */

/** `State Ready -> Off, NID none -> 7`. */
export function componentChange(to: HsmComponent, before: HsmComponent): string {
  const changed = fields.filter((field) => differs(field, to[field], before[field]));
  return changed.map((field) => turn(field, before[field], to[field])).join(', ');
}

/** `members + x0c0s0b0n0 - x0c0s1b0n0, tags none -> red`; all of it, as there is no other place that shows it. */
export function collectionChange(to: HsmCollection, before: HsmCollection): string {
  const [wanted, had] = [new Set(membersOf(to)), new Set(membersOf(before))];
  const more = [...wanted].filter((id) => !had.has(id)).map((id) => ` + ${id}`);
  const less = [...had].filter((id) => !wanted.has(id)).map((id) => ` - ${id}`);
  const moved = [...more, ...less].join('');
  const said = (one: HsmCollection): [string, string][] => [
    ['description', JSON.stringify(one.description ?? '')],
    ['tags', tagsOf(one).join(' ')],
    ['exclusiveGroup', excludes(one)],
  ];
  const old = new Map(said(before));
  const turned = said(to).filter(([field, value]) => value !== old.get(field));
  const words = turned.map(([field, value]) => turn(field, old.get(field), value));
  return [...(moved === '' ? [] : [`members${moved}`]), ...words].join(', ') || 'no members';
}

function turn(field: string, before: unknown, to: unknown): string {
  const shown = (value: unknown) => (value === undefined || value === '' ? 'none' : String(value));
  return `${field} ${shown(before)} -> ${shown(to)}`;
}
