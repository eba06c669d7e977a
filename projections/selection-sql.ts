import type { CollectionKind, Criterion, CriterionField } from '@holdfast/events';
import { filterColumns, partition } from './selection.js';

/** Values of a statement, and the `$n` by which it names them. */
export class Values {
  readonly list: string[] = [];

  add(value: string): string {
    this.list.push(value);
    return `$${this.list.length}`;
  }

  /** A list as one JSON text: an array's literal takes the embedded Postgres's driver ten times as long. */
  addTexts(values: readonly string[]): string {
    return `(SELECT value FROM json_array_elements_text(${this.add(JSON.stringify(values))}::json))`;
  }
}

/** The condition that holds for the rows of `component c` that match all criteria: the rule of Criterion, as `selection.ts` has it. */
export function condition(criteria: readonly Criterion[], shard: string, values: Values): string {
  const all = criteria.flatMap(({ field, values: given }) => {
    const { wanted, negated } = partition(given);
    return [
      ...(negated.length > 0 ? [`NOT ${hasOneOf(field, values.addTexts(negated), shard)}`] : []),
      ...(wanted.length > 0 ? [hasOneOf(field, values.addTexts(wanted), shard)] : []),
    ];
  });
  return all.length === 0 ? 'true' : all.join(' AND ');
}

function hasOneOf(field: CriterionField, texts: string, shard: string): string {
  switch (field) {
    case 'ComponentIDs':
      return `(c.xname IN ${texts})`;
    case 'Group':
      return isMember('group', texts, shard);
    case 'Partition':
      return isMember('partition', texts, shard);
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

function isMember(kind: CollectionKind, texts: string, shard: string): string {
  return `(c.xname IN (SELECT m.xname FROM holdfast.collection_member m
    WHERE m.shard = ${shard} AND m.kind = '${kind}' AND m.key IN ${texts}))`;
}
