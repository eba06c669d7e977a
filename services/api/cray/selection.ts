import { criterionFields } from '@holdfast/events/cray/criterion-fields';
import type { Criterion, CriterionField, Selection } from '@holdfast/events/cray/messages';
import { parseXname } from '@holdfast/events/cray/xname';
import type { Steps } from '@holdfast/events/steps';
import { shownNames } from '../canonical.js';
import { ApiError } from '../errors.js';
import type { ApiSettings } from '../settings.js';
import { each } from '../steps.js';
import type { Vocabulary } from './vocabulary.js';

/** A body or query that selects components, canonical and of valid types. Values in request order. */
export type SelectionBody = { [F in CriterionField]?: string | string[] };

export const invalidXname = 'Argument was not a valid xname ID';

/**
 * What a body selects: pure. Throws ApiError `bad-request` for a value that is not valid, and for a body that selects
 * nothing by a known field but has unknown ones: a misspelt filter must not mean the whole fleet (D15).
 */
export function* selectionOf(
  body: SelectionBody,
  vocabulary: Vocabulary,
  unknown: readonly string[],
): Steps<Selection> {
  const ids = new Set<string>();
  const excluded: string[] = [];
  yield* each(listOf(body.ComponentIDs), (text) => {
    if (text.startsWith('!')) excluded.push(`!${xnameOf(text.slice(1))}`);
    else ids.add(xnameOf(text));
  });
  const criteria: Criterion[] = excluded.length > 0 ? [{ field: 'ComponentIDs', values: excluded }] : [];
  for (const field of filterFields) {
    const values = listOf(body[field]);
    if (values.length > 0)
      criteria.push({ field, values: values.map((value) => filterValue(field, value, vocabulary)) });
  }
  if (ids.size === 0 && criteria.length === 0) refuseUnknown(unknown);
  return { ids: [...ids], criteria };
}

/**
 * Throws ApiError `bad-request` for a change of every component, where a site refuses that: a list that a script left
 * empty means all of them, as published.
 */
export function requireNamed(
  { ids, criteria }: Selection,
  { wholeFleet = 'allow' }: Pick<ApiSettings, 'wholeFleet'>,
): void {
  if (wholeFleet === 'allow' || ids.length > 0 || criteria.length > 0) return;
  const how = 'name them in ComponentIDs, or give a filter such as Role or Group';
  throw new ApiError('bad-request', `No component is selected, which means all, and this service refuses that: ${how}`);
}

/** The ids that a selection names, those that it leaves out with `!` before them. */
export function idsOf({ ids, criteria }: Selection): string[] {
  return [...ids, ...criteria.flatMap(({ field, values }) => (field === 'ComponentIDs' ? values : []))];
}

/**
 * What a filter on Reserved leaves out because it is reserved, or null where it leaves out no such thing. A lease among
 * these may have run out, and then its component is one that was asked for.
 */
export function reservedInstead({ ids, criteria }: Selection): Selection | null {
  const filter = criteria.find(({ field }) => field === 'Reserved');
  if (filter === undefined || filter.values.every((value) => value === 'true' || value === '!false')) return null;
  const others = criteria.filter((criterion) => criterion !== filter);
  return { ids, criteria: [...others, { field: 'Reserved', values: ['true'] }] };
}

/** Throws where there are unknown fields. For bodies that name nothing by a known one. */
export function refuseUnknown(unknown: readonly string[]): void {
  if (unknown.length === 0) return;
  throw new ApiError('bad-request', `No component is selected, and these fields are not known: ${shownNames(unknown)}`);
}

const filterFields = criterionFields.filter((field) => field !== 'ComponentIDs');

function listOf(value: string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

function xnameOf(text: string): string {
  const parsed = parseXname(text);
  if (parsed === null) throw new ApiError('bad-request', invalidXname);
  return parsed.xname;
}

/** The value as a criterion has it: lower case, with `!` before it where it is negated. */
function filterValue(field: (typeof filterFields)[number], text: string, vocabulary: Vocabulary): string {
  const negated = text.startsWith('!');
  const value = (negated ? text.slice(1) : text).toLowerCase();
  const valid = normalised(field, value, vocabulary);
  if (valid === null) throw new ApiError('bad-request', complaint(field, value));
  return negated ? `!${valid}` : valid;
}

/** The fields whose values are looked at: all but names of components. */
export type ValidatedField = Exclude<CriterionField, 'ComponentIDs'>;

/** A value in lower case, as a criterion has it; null where it is none. */
export function normalised(field: ValidatedField, value: string, vocabulary: Vocabulary): string | null {
  switch (field) {
    case 'NID':
      return /^\d{1,15}$/.test(value) ? String(Number(value)) : null;
    case 'Enabled':
    case 'Locked':
    case 'Reserved':
    case 'ReservationDisabled':
      return truth.get(value) ?? null;
    case 'Type':
    case 'State':
    case 'Flag':
    case 'Role':
    case 'SubRole':
    case 'Arch':
    case 'Class':
      return vocabulary.spelling(field, value)?.toLowerCase() ?? null;
    case 'Group':
    case 'Partition':
      return isCollectionName(value) ? value : null;
    case 'SoftwareStatus':
    case 'Subtype':
      return value;
  }
}

/** What Go's ParseBool takes, in lower case. */
const truth = new Map([
  ['true', 'true'],
  ['t', 'true'],
  ['1', 'true'],
  ['false', 'false'],
  ['f', 'false'],
  ['0', 'false'],
]);

/** The names that hms-smd allows for groups; those of its partitions are a part of them. */
export function isCollectionName(name: string): boolean {
  return /^[-a-z0-9:._]{1,256}$/.test(name);
}

function complaint(field: (typeof filterFields)[number], value: string): string {
  switch (field) {
    case 'NID':
      return 'a required argument was not an integer';
    case 'Enabled':
    case 'Locked':
    case 'Reserved':
    case 'ReservationDisabled':
      // hms-smd repeats the value. Only what cannot be a key is repeated here.
      return `bad '${field}' query parameter: ${/^[a-z0-9]{1,16}$/.test(value) ? value : '(not shown)'}`;
    default:
      return `Argument was not a valid HMS ${field}`;
  }
}
