import type { RequestsQuery } from '../audit-port.js';
import { storable } from '../text.js';
import type { Bind } from '../values.js';

/** What a span asks of a decision `d`, but for its sequences. */
export function spanBounds({ actor, from, to }: Pick<RequestsQuery, 'actor' | 'from' | 'to'>, value: Bind): string[] {
  return [
    ...(actor === undefined ? [] : [`d.caller = ${value(storable(actor))}`]),
    ...(from === undefined ? [] : [`d.time >= ${value(from)}::bigint`]),
    ...(to === undefined ? [] : [`d.time < ${value(to)}::bigint`]),
  ];
}
