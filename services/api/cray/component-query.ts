import type { Criterion } from '@holdfast/events/cray/messages';
import { parseXname } from '@holdfast/events/cray/xname';
import type { Steps } from '@holdfast/events/steps';
import { type InventoryRow, inNone } from '@holdfast/projections/cray/port';
import { ApiError } from '../errors.js';
import { each } from '../steps.js';
import { invalidXname, isCollectionName, normalised, type ValidatedField } from './selection.js';
import type { Vocabulary } from './vocabulary.js';

/** What is asked of the inventory, by a query or by a body: pure. As hms-smd takes it and words what is wrong. */
export interface ComponentQuery {
  /** Null: any. */
  ids: string[] | null;
  criteria: Criterion[];
  /** Null: any, as far as the criteria go. */
  nids: NidRanges | null;
  form: ComponentForm;
}

/** What is shown of a component. */
export type ComponentForm = 'all' | 'state' | 'flag' | 'role' | 'nid';

/** Each parameter, as the document names it, with its values. In a body, what chooses a form is a boolean. */
export type ComponentParameters = Record<string, string[] | string | boolean | undefined>;

/** Of parameters, what they look at. `id` is one more. */
const fields: Record<string, ValidatedField> = {
  type: 'Type',
  state: 'State',
  flag: 'Flag',
  enabled: 'Enabled',
  softwarestatus: 'SoftwareStatus',
  role: 'Role',
  subrole: 'SubRole',
  subtype: 'Subtype',
  arch: 'Arch',
  class: 'Class',
  nid: 'NID',
  locked: 'Locked',
  reservation_disabled: 'ReservationDisabled',
  group: 'Group',
  partition: 'Partition',
};

/** Where an empty value means: none. */
const mayBeEmpty: ReadonlySet<ValidatedField> = new Set([
  'Type',
  'SoftwareStatus',
  'Role',
  'SubRole',
  'Subtype',
  'Arch',
  'Class',
  'NID',
]);

const forms = { stateonly: 'state', flagonly: 'flag', roleonly: 'role', nidonly: 'nid' } as const;

/** Throws ApiError `bad-request`. */
export function componentQuery(asked: ComponentParameters, vocabulary: Vocabulary): ComponentQuery {
  const { ids, criteria } = idsAsked(listOf(asked.id));
  const nids = rangesOf(listOf(asked.nid_start), listOf(asked.nid_end));
  for (const [name, field] of Object.entries(fields)) {
    let values = listOf(asked[name]).map((value) => criterionValue(field, value, vocabulary));
    if (field === 'NID' && nids !== null) {
      // Beside ranges they are one more.
      nids.push(
        ...values.filter((value) => /^\d/.test(value)).map((value): NidRange => [Number(value), Number(value)]),
      );
      values = values.filter((value) => value.startsWith('!'));
    }
    if (values.length > 0) criteria.push({ field, values });
  }
  refuseTogether(criteria);
  return { ids, criteria, nids: nids === null ? null : new NidRanges(nids), form: formOf(asked) };
}

/** `1-5` and `7`. Throws ApiError `bad-request`. */
export function* nidRanges(texts: readonly string[]): Steps<NidRanges> {
  const ranges: NidRange[] = [];
  yield* each(texts, (text) => {
    const parts = text.split('-');
    const [first, last] = [parts[0]!, parts.at(-1)!];
    if (parts.length > 1 && (first === '' || last === '')) throw bad('Argument was not a valid NID Range');
    if (text !== '') ranges.push([nidOf(first), nidOf(last)]);
  });
  return new NidRanges(ranges);
}

/** Values are ORed, negated ones each left out. */
function idsAsked(values: readonly string[]): { ids: string[] | null; criteria: Criterion[] } {
  const wanted = new Set<string>();
  const negated: string[] = [];
  for (const value of values) {
    const parsed = parseXname(value.replace(/^!+/, ''));
    if (parsed === null) throw bad(invalidXname);
    if (value.startsWith('!')) negated.push(`!${parsed.xname}`);
    else wanted.add(parsed.xname);
  }
  return {
    ids: wanted.size > 0 ? [...wanted] : null,
    criteria: negated.length > 0 ? [{ field: 'ComponentIDs', values: negated }] : [],
  };
}

/** As a criterion of a read has it. */
function criterionValue(field: ValidatedField, text: string, vocabulary: Vocabulary): string {
  if (field === 'Group' || field === 'Partition') {
    if (text === 'NULL') return inNone;
    const name = text.toLowerCase();
    // It knows no negation here, and says so.
    if (!isCollectionName(name)) throw bad(`no such ${field.toLowerCase()}`);
    return name;
  }
  const value = text.replace(/^!+/, '').toLowerCase();
  const negated = text.startsWith('!') ? '!' : '';
  if (value === '' && mayBeEmpty.has(field)) return negated;
  const valid = normalised(field, value, vocabulary);
  if (valid === null || (field === 'Subtype' && !/^[a-z0-9]*$/.test(value))) throw bad(complaint(field));
  return negated + valid;
}

/**
 * What of groups and partitions hms-smd does not look for at once. In its words, but for a slip of its pen, and with
 * what may be given.
 */
function refuseTogether(criteria: readonly Criterion[]): void {
  const valuesOf = (wanted: 'Group' | 'Partition') => criteria.find(({ field }) => field === wanted)?.values ?? [];
  const [groups, partitions] = [valuesOf('Group'), valuesOf('Partition')];
  if (groups.length > 0 && partitions.length > 0) {
    const [noGroup, noPartition] = [groups, partitions].map((values) => values.includes(inNone));
    if (groups.length > 1 || partitions.length > 1)
      throw bad('group and partition cannot both have more than one value: beside the other, each takes one');
    if (noPartition && !noGroup) throw bad('NULL partition and non-NULL group arg not permitted');
    if (noGroup && !noPartition) throw bad('NULL group and non-NULL partition arg not permitted');
  }
  for (const [name, values] of Object.entries({ group: groups, partition: partitions })) {
    // Beside NULL no name of its kind can be meant.
    if (values.includes(inNone) && values.some((value) => value !== inNone))
      throw bad(`NULL and non-NULL ${name} arguments not permitted`);
  }
}

function complaint(field: ValidatedField): string {
  switch (field) {
    case 'NID':
      return notAnInteger;
    case 'Enabled':
    case 'Locked':
    case 'ReservationDisabled':
      return 'a required argument did not match any valid input';
    default:
      return `Argument was not a valid HMS ${field}`;
  }
}

export const notAnInteger = 'a required argument was not an integer';

function nidOf(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw bad(notAnInteger);
  return Number(text);
}

/** A start and an end at the same place are a range; one that is alone is open. Null: none are given. */
function rangesOf(starts: readonly string[], ends: readonly string[]): NidRange[] | null {
  if (starts.length === 0 && ends.length === 0) return null;
  return Array.from({ length: Math.max(starts.length, ends.length) }, (_, n): NidRange => {
    const [start, end] = [starts[n], ends[n]];
    return [start === undefined ? 0 : nidOf(start), end === undefined ? Number.MAX_SAFE_INTEGER : nidOf(end)];
  });
}

/** The first that is true; what is neither true nor false counts as false, as in hms-smd. */
function formOf(asked: ComponentParameters): ComponentForm {
  for (const [name, form] of Object.entries(forms)) {
    if (/^(1|t|true)$/i.test(String(listOf(asked[name])[0] ?? ''))) return form;
  }
  return 'all';
}

function listOf(value: ComponentParameters[string]): string[] {
  if (value === undefined) return [];
  return typeof value === 'object' ? value : [String(value)];
}

function bad(detail: string): ApiError {
  return new ApiError('bad-request', `bad query param: ${detail}`);
}

/** Both ends count. */
type NidRange = [first: number, last: number];

export class NidRanges {
  /** In order, none touches another. */
  readonly #ranges: NidRange[] = [];

  constructor(given: readonly NidRange[]) {
    for (const [first, last] of [...given].sort(([a], [b]) => a - b)) {
      const before = this.#ranges.at(-1);
      if (first > last) continue;
      if (before !== undefined && first <= before[1]) before[1] = Math.max(before[1], last);
      else this.#ranges.push([first, last]);
    }
  }

  has(nid: number | null): boolean {
    if (nid === null) return false;
    let [from, to] = [0, this.#ranges.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#ranges[middle]![1] < nid) from = middle + 1;
      else to = middle;
    }
    const range = this.#ranges[from];
    return range !== undefined && range[0] <= nid;
  }
}

/** Those that a query's ranges of NIDs leave, in steps. */
export function* withinRanges(rows: readonly InventoryRow[], nids: NidRanges | null): Steps<readonly InventoryRow[]> {
  if (nids === null) return rows;
  const within: InventoryRow[] = [];
  yield* each(rows, (row) => {
    if (nids.has(row.properties.nid)) within.push(row);
  });
  return within;
}

/** Names of components, as far as they are any; null: all of them, which the names of the whole system mean. */
export function* namedIds(texts: readonly string[]): Steps<string[] | null> {
  const ids = new Set<string>();
  yield* each(texts, (text) => ids.add(parseXname(text)?.xname ?? text.toLowerCase()));
  return ids.has('s0') || ids.has('all') ? null : [...ids];
}

/** Those that are in or at one of these places, in steps: `x0c0s0b0n0` is in `x0c0s0b0`. */
export function* placedIn(rows: readonly InventoryRow[], places: readonly string[]): Steps<readonly InventoryRow[]> {
  const among = new Set(places);
  const placed: InventoryRow[] = [];
  yield* each(rows, (row) => {
    for (let place = row.xname; ; ) {
      if (among.has(place)) {
        placed.push(row);
        return;
      }
      const around = place.replace(/[a-z]+\d*$/, '');
      if (around === place) return;
      place = around;
    }
  });
  return placed;
}
