import { counted } from '../tables.js';
import { compareCollections, type HsmCollection, membersOf, nameOf } from './compare.js';

/** Whether so much is gone there that nothing is deleted here: an HSM that answers with little or nothing must end nothing. Pure. */

/** Of one kind. */
export interface Loss {
  noun: string;
  /** How many of those here are not there any more. */
  lost: number;
  all: number;
}

/** Why nothing is deleted; null where it may be. Each kind counts for itself, as there are few groups beside many components. */
export function guard(losses: readonly Loss[], maxPercent: number): string | null {
  const over = losses.filter(({ lost, all }) => lost > 0 && (lost / all) * 100 > maxPercent);
  if (over.length === 0) return null;
  const shares = over.map(({ noun, lost, all }) => {
    return `${lost.toLocaleString('en')} of ${counted(all, noun)} (${Math.ceil((lost / all) * 100)}%)`;
  });
  const which = shares.join(', ');
  return `${which} are not there any more, or empty: nothing is deleted, as that is more than --delete-max-percent`;
}

/** `gone`: the components that are not there any more; a group that had no others is no loss beside them. */
export function lossOf(
  noun: string,
  there: readonly HsmCollection[],
  here: readonly HsmCollection[],
  gone: ReadonlySet<string>,
): Loss {
  const { changed, removed } = compareCollections(there, here);
  const own = new Map(here.map((one) => [nameOf(one).toLowerCase(), one]));
  const emptied = changed.filter((one) => {
    const before = own.get(nameOf(one).toLowerCase())!;
    return isEmptied(one, before) && !membersOf(before).every((id) => gone.has(id));
  });
  return { noun, lost: removed.length + emptied.length, all: here.length };
}

/** Whether it has lost all of its members, which is as bad for a selection by it as if it were gone. */
export function isEmptied(to: HsmCollection, before: HsmCollection): boolean {
  return membersOf(to).length === 0 && membersOf(before).length > 0;
}
