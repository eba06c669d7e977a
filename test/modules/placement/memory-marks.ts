import type { ProvidersQuery } from '@holdfast/projections/placement/port';
import { storable } from '@holdfast/projections/text';

/** What a provider is marked with. */
export interface Marks {
  aggregates: readonly string[];
  traits: readonly string[];
  /** When the traits were set; null: never. */
  traitsAt: number | null;
}

export const unmarked: Marks = { aggregates: [], traits: [], traitsAt: null };

/** Whether a provider with these is one that the query is for, as far as it is about them. */
export function isMarked({ aggregates, traits }: Marks, query: ProvidersQuery): boolean {
  const { memberOf = [], notMemberOf = [], required = [], forbidden = [] } = query;
  const hasAny = (marks: readonly string[], some: readonly string[]) =>
    some.some((one) => marks.includes(storable(one)));
  return (
    memberOf.every((some) => hasAny(aggregates, some)) &&
    required.every((some) => hasAny(traits, some)) &&
    !hasAny(aggregates, notMemberOf) &&
    !hasAny(traits, forbidden)
  );
}
