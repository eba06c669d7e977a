import { counted } from '../../tables.js';
import { byKey, type HsmCollection, keyOf, membersOf } from './compare.js';

/**
 * Whether so much is gone there that nothing is deleted here: an HSM that answers with little or nothing must end
 * nothing. Pure.
 */

/** Of one kind. */
export interface Loss {
  noun: string;
  /** How many of those here are not there any more. */
  lost: number;
  all: number;
}

/**
 * Why nothing is deleted; null where it may be. Each kind counts for itself, as there are few groups beside many
 * components.
 */
export function guard(losses: readonly Loss[], maxPercent: number): string | null {
  const over = losses.filter(({ lost, all }) => lost > 0 && (lost / all) * 100 > maxPercent);
  if (over.length === 0) return null;
  const shares = over.map(({ noun, lost, all }) => {
    return `${lost.toLocaleString('en')} of ${counted(all, noun)} (${Math.ceil((lost / all) * 100)}%)`;
  });
  const which = shares.join(', ');
  return `${which} are not there any more, or lost most of their members: nothing is deleted, as that is more than --delete-max-percent`;
}

/**
 * Of groups or partitions, and of the memberships of those that stay. One of less than half its size is as bad for a
 * selection by it as one that is gone. `gone`: the components that are not there any more, which are no loss beside
 * themselves; nor are members that others replace.
 */
export function lossesOf(
  noun: string,
  there: readonly HsmCollection[],
  here: readonly HsmCollection[],
  gone: ReadonlySet<string>,
): Loss[] {
  const [theirs, own] = [byKey(there), byKey(here)];
  let [lost, all, members] = [0, 0, 0];
  for (const one of here) {
    const had = membersOf(one).filter((id) => !gone.has(id));
    const other = theirs.get(keyOf(one));
    const has = new Set(other === undefined ? [] : membersOf(other));
    all += had.length;
    if (other === undefined || has.size < had.length / 2) lost++;
    else members += had.length - has.size;
  }
  for (const one of there) if (!own.has(keyOf(one))) members -= membersOf(one).length;
  return [
    { noun, lost, all: here.length },
    { noun: `${noun} membership`, lost: Math.max(0, members), all },
  ];
}

/**
 * The same with the members that it had besides those that it has: where nothing is deleted, nothing is taken out of
 * it.
 */
export function keepingMembers(one: HsmCollection, before: HsmCollection | undefined): HsmCollection {
  return before === undefined
    ? one
    : { ...one, members: { ids: [...new Set([...membersOf(one), ...membersOf(before)])] } };
}
