import type { CollectionKind, Criterion, CriterionField } from '@holdfast/events/cray/messages';
import { own } from '../domain.js';
import type { Bind } from '../values.js';
import { inNone } from './port.js';
import { filterColumns, partition } from './selection.js';

/**
 * The condition that holds for the rows of `component c` that match all criteria: the rule of Criterion, as
 * `selection.ts` has it.
 */
export function condition(criteria: readonly Criterion[], value: Bind): string {
  const all = criteria.flatMap(({ field, values: given }) => {
    const { wanted, negated } = partition(given);
    return [
      ...(negated.length > 0 ? [`NOT ${hasOneOf(field, negated, value)}`] : []),
      ...(wanted.length > 0 ? [hasOneOf(field, wanted, value)] : []),
    ];
  });
  return all.length === 0 ? 'true' : all.join(' AND ');
}

function hasOneOf(field: CriterionField, wanted: readonly string[], value: Bind): string {
  // One JSON text: an array's literal takes the embedded Postgres's driver ten times as long.
  const texts = `(SELECT value FROM json_array_elements_text(${value(JSON.stringify(wanted))}::json))`;
  switch (field) {
    case 'ComponentIDs':
      return `(c.xname IN ${texts})`;
    case 'Group':
      return isMember('group', texts, wanted.includes(inNone));
    case 'Partition':
      return isMember('partition', texts, wanted.includes(inNone));
    case 'Locked':
      return `(c.locked::text IN ${texts})`;
    case 'Reserved':
      return `((c.reservation_id IS NOT NULL)::text IN ${texts})`;
    case 'ReservationDisabled':
      return `(c.disabled::text IN ${texts})`;
    default:
      return `(c.${filterColumns[field]} IN ${texts})`;
  }
}

function isMember(kind: CollectionKind, texts: string, orOfNone: boolean): string {
  const ofKind = `SELECT m.xname FROM holdfast.collection_member m WHERE ${own('m')} AND m.kind = '${kind}'`;
  const isOne = `c.xname IN (${ofKind} AND m.key IN ${texts})`;
  return orOfNone ? `(${isOne} OR c.xname NOT IN (${ofKind}))` : `(${isOne})`;
}
