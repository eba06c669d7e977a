import type { RequestsQuery } from '@holdfast/projections/audit-port';
import type { Parameters } from './parameters.js';

/** The part of the log that `from`, `to`, `actor` and a cursor mean: from the one, and before the other. */
export function spanOf(query: Parameters, cursor: number | undefined): Omit<RequestsQuery, 'limit' | 'status'> {
  const [from, to, actor] = [query.moment('from'), query.moment('to'), query.text('actor')];
  const before = [
    ...(cursor === undefined ? [] : [cursor]),
    ...(to !== undefined && 'sequence' in to ? [to.sequence] : []),
  ];
  return {
    ...(from === undefined ? {} : 'time' in from ? { from: from.time } : { after: from.sequence - 1 }),
    ...(to !== undefined && 'time' in to ? { to: to.time } : {}),
    ...(before.length === 0 ? {} : { before: Math.min(...before) }),
    ...(actor === undefined ? {} : { actor }),
  };
}
