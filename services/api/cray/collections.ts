import type { CollectionKind, CrayCommand } from '@holdfast/events/cray/messages';
import { parseXname } from '@holdfast/events/cray/xname';
import type { Steps } from '@holdfast/events/steps';
import { type CollectionRow, inNone } from '@holdfast/projections/cray/port';
import { shownNames } from '../canonical.js';
import { ApiError } from '../errors.js';
import { each } from '../steps.js';
import { isCollectionName } from './selection.js';

/** Groups and partitions: bodies to commands, and rows to bodies. Pure. In the shapes and words of hms-smd. */
export interface CollectionBody {
  label?: string;
  name?: string;
  description?: string;
  tags?: string[];
  exclusiveGroup?: string;
  members?: { ids?: string[] };
}

/** Throws ApiError `bad-request`. */
export function* collectionPut(kind: CollectionKind, body: CollectionBody): Steps<CrayCommand> {
  const invalid = (why: string) => new ApiError('bad-request', `couldn't validate ${kind}: ${why}`);
  const field = (text: string) => {
    if (!isCollectionName(text)) throw invalid('group or partition field has invalid characters');
    return text;
  };
  const name = ((kind === 'group' ? body.label : body.name) ?? '').toLowerCase();
  if (kind === 'group') field(name);
  else if (parseXname(name)?.type !== 'Partition') throw invalid('Bad partition name. Must be p# or p#.#');
  const exclusiveGroup = (body.exclusiveGroup ?? '').toLowerCase();
  if (exclusiveGroup !== '') field(exclusiveGroup);
  const tags = tagsOf(body.tags ?? [], field);
  const members = new Set<string>();
  yield* each(body.members?.ids ?? [], (id) => {
    const parsed = parseXname(id);
    if (parsed === null) throw invalid('got HMSTypeInvalid instead of valid type');
    members.add(parsed.xname);
  });
  const { description = '' } = body;
  return {
    type: 'cray.CollectionPutRequested',
    kind,
    name,
    description,
    members: [...members],
    tags,
    exclusiveGroup,
  };
}

/** Throws ApiError `bad-request`. */
export function collectionPatch(
  kind: CollectionKind,
  name: string,
  { description, tags }: CollectionBody,
  unknown: readonly string[],
): CrayCommand {
  if (unknown.length > 0) {
    const them = shownNames(unknown);
    throw new ApiError('bad-request', `Only the description and the tags of a ${kind} can be changed so, not: ${them}`);
  }
  if (description === undefined && tags === undefined) {
    throw new ApiError('bad-request', 'Request must have at least one patch field.');
  }
  return {
    ...change(kind, name),
    description: description ?? null,
    tags: tags === undefined ? null : tagsOf(tags, tagName),
  };
}

export function memberAdded(kind: CollectionKind, name: string, body: { id?: string }): CrayCommand {
  return { ...change(kind, name), added: [memberId(body.id ?? '')] };
}

export function memberRemoved(kind: CollectionKind, name: string, id: string): CrayCommand {
  return { ...change(kind, name), removed: [memberId(id)] };
}

function change(kind: CollectionKind, name: string) {
  return {
    type: 'cray.CollectionChangeRequested' as const,
    kind,
    name,
    description: null,
    tags: null,
    added: [] as string[],
    removed: [] as string[],
  };
}

function memberId(text: string): string {
  const parsed = parseXname(text);
  if (parsed === null) throw new ApiError('bad-request', 'invalid xname ID');
  return parsed.xname;
}

/** In lower case, each once. `checked` throws where one is none. */
function tagsOf(texts: readonly string[], checked: (text: string) => string): string[] {
  return [...new Set(texts.map((text) => checked(text.toLowerCase())))];
}

function tagName(text: string): string {
  return named(text, 'Invalid tag.');
}

function named(text: string, complaint: string): string {
  const name = text.toLowerCase();
  if (!isCollectionName(name)) throw new ApiError('bad-request', complaint);
  return name;
}

/** Of a path or a query. Throws ApiError `bad-request`. */
export function collectionName(kind: CollectionKind, text: string): string {
  return named(text, kind === 'group' ? 'Invalid group label.' : 'Invalid partition name.');
}

/** hms-smd repeats the name. Only what cannot be a key is repeated here. */
export function noSuch(kind: CollectionKind, name: string): string {
  return `No such ${kind}: ${name.length <= 24 ? name : '(not shown)'}`;
}

export interface CollectionsAsked {
  group?: string[];
  partition?: string[];
  tag?: string[];
}

/** Which collections are asked for: those that have one of the names and one of the tags. */
export function collectionsWanted(kind: CollectionKind, asked: CollectionsAsked): (row: CollectionRow) => boolean {
  const names = asked[kind]?.map((text) => collectionName(kind, text));
  const tags = asked.tag?.map(tagName);
  return (row) =>
    (names === undefined || names.includes(row.name.toLowerCase())) &&
    (tags === undefined || row.tags.some((tag) => tags.includes(tag)));
}

/** The partitions to which a group's members are narrowed, `inNone` among them; null: it is not narrowed. */
export function partitionsAsked({ partition }: CollectionsAsked): string[] | null {
  return partition?.map((text) => (text === 'NULL' ? inNone : collectionName('partition', text))) ?? null;
}

/** The same group with those of its members alone that are in one of the partitions. Throws ApiError `bad-request`. */
export function* narrowed(
  row: CollectionRow,
  wanted: string[],
  partitions: readonly CollectionRow[],
): Steps<CollectionRow> {
  const inAny = new Set<string>();
  const inWanted = new Set<string>();
  for (const { name, members } of partitions) {
    const isWanted = wanted.includes(name.toLowerCase());
    yield* each(members, (xname) => {
      inAny.add(xname);
      if (isWanted) inWanted.add(xname);
    });
  }
  const known = new Set(partitions.map(({ name }) => name.toLowerCase()));
  if (!wanted.every((name) => name === inNone || known.has(name))) {
    throw new ApiError('bad-request', 'bad query param: no such partition');
  }
  const members: string[] = [];
  yield* each(row.members, (xname) => {
    if (inWanted.has(xname) || (wanted.includes(inNone) && !inAny.has(xname))) members.push(xname);
  });
  return { ...row, members };
}

/** A partition without a description has none; a group has an empty one. */
export function collectionBody(kind: CollectionKind, row: CollectionRow): object {
  const { name, description, members, tags, exclusiveGroup } = row;
  return {
    [kind === 'group' ? 'label' : 'name']: name,
    ...(kind === 'group' || description !== '' ? { description } : {}),
    ...(exclusiveGroup === '' ? {} : { exclusiveGroup }),
    ...(tags.length === 0 ? {} : { tags }),
    members: { ids: members },
  };
}
