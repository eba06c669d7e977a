import { itemsAtOnceMax, itemsPerStep, type Steps } from '@holdfast/events/steps';
import { ApiError } from './errors.js';
import { apiLimits } from './limits.js';

/** The few keywords of a JSON schema that decide how names and words are spelled. */
export interface Schema {
  type?: string | readonly string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: readonly Schema[];
  enum?: readonly unknown[];
  /**
   * A null is none that counts as absent: without this member the request means more, and a script may have lost its
   * value.
   */
  'x-keep-null'?: boolean;
}

export interface Canonical {
  value: unknown;
  /** Fields at the top that the schema does not know; left out of the value. */
  unknown: string[];
}

export interface CanonicalOptions {
  /** Null members count as absent, as Go's decoder has it. */
  dropNulls: boolean;
}

/**
 * A body with its fields, and the words of an enumeration, spelled as the schema spells them: clients in the field send
 * `role` for `Role` and `RIGID` for `rigid`. Fields that the schema does not know are dropped. One that comes twice in
 * different case is refused rather than guessed at, as is the same spelling twice before it is parsed
 * (`member-names.ts`). Only names from the schema are ever assigned, so `__proto__` is just another unknown field.
 * Throws ApiError `bad-request`.
 */
export function canonicalise(schema: Schema, value: unknown, options: CanonicalOptions): Canonical {
  const unknown: string[] = [];
  return { value: walk(schema, value, options, '', unknown), unknown };
}

/** The same in steps, after each of which others may have their turn: for a body with long lists. */
export function* canonicaliseInSteps(schema: Schema, value: unknown, options: CanonicalOptions): Steps<Canonical> {
  const long = schema.properties === undefined ? [] : longMembers(value);
  const { value: rest, unknown } = canonicalise(schema, withoutItems(value, long), options);
  for (const [given, items] of long) {
    const name = namesOf(schema.properties ?? {}).get(given.toLowerCase());
    const member = name === undefined ? undefined : schema.properties![name]!;
    const itemSchema = member && arraySchema(member)?.items;
    if (name === undefined) continue;
    const done: unknown[] = [];
    for (let at = 0; at < items.length; at += itemsPerStep) {
      for (let n = at; n < Math.min(at + itemsPerStep, items.length); n++) {
        done.push(itemSchema === undefined ? items[n] : walk(itemSchema, items[n], options, `/${name}/${n}`, null));
      }
      yield;
    }
    (rest as Record<string, unknown>)[name] = done;
  }
  return { value: rest, unknown };
}

function longMembers(value: unknown): [string, unknown[]][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).filter(([, member]) => Array.isArray(member) && member.length > itemsAtOnceMax);
}

function withoutItems(value: unknown, long: readonly [string, unknown[]][]): unknown {
  return long.length === 0 ? value : { ...(value as object), ...Object.fromEntries(long.map(([name]) => [name, []])) };
}

/** NUL cannot be stored in Postgres, nor half a surrogate pair in its JSON. */
const unstorable = /[\0\p{Surrogate}]/u;

function walk(
  schema: Schema,
  value: unknown,
  options: CanonicalOptions,
  at: string,
  unknown: string[] | null,
): unknown {
  if (typeof value === 'string') {
    if (unstorable.test(value)) throw new ApiError('bad-request', `body${at} holds a character that cannot be stored`);
    return spelled(schema, value);
  }
  if (Array.isArray(value)) {
    const items = arraySchema(schema)?.items;
    return items === undefined ? value : value.map((item, n) => walk(items, item, options, `${at}/${n}`, null));
  }
  if (typeof value !== 'object' || value === null || schema.properties === undefined) return value;
  const names = namesOf(schema.properties);
  const result: Record<string, unknown> = {};
  let dropped: Set<string> | undefined;
  for (const [spelling, member] of Object.entries(value)) {
    const name = names.get(spelling.toLowerCase());
    if (name === undefined) {
      unknown?.push(spelling);
      continue;
    }
    if (Object.hasOwn(result, name) || dropped?.has(name)) {
      throw new ApiError('bad-request', `body${at}/${name} is given more than once`);
    }
    if (member === null && options.dropNulls && !schema.properties[name]!['x-keep-null']) {
      dropped = (dropped ?? new Set()).add(name);
      continue;
    }
    result[name] = walk(schema.properties[name]!, member, options, `${at}/${name}`, null);
  }
  return result;
}

function arraySchema(schema: Schema): Schema | undefined {
  return schema.items !== undefined ? schema : schema.anyOf?.find((one) => one.items !== undefined);
}

function spelled(schema: Schema, value: string): string {
  const lower = value.toLowerCase();
  const word = schema.enum?.find((one) => typeof one === 'string' && one.toLowerCase() === lower);
  return typeof word === 'string' ? word : value;
}

const known = new WeakMap<Record<string, Schema>, Map<string, string>>();

function namesOf(properties: Record<string, Schema>): Map<string, string> {
  let names = known.get(properties);
  if (names === undefined) {
    names = new Map(Object.keys(properties).map((name) => [name.toLowerCase(), name]));
    known.set(properties, names);
  }
  return names;
}

/**
 * Unknown fields as an error may show them: only what looks like a field's name, for a key might have been put there.
 */
export function shownNames(names: readonly string[]): string {
  return shown(names, /^[A-Za-z_]{1,32}$/);
}

/** The same of parameters, which have other names, too; keys are longer. */
export function shownParameters(names: readonly string[]): string {
  return shown(names, /^[A-Za-z][A-Za-z0-9_.-]{0,23}(?:\[[A-Za-z0-9_]{0,8}\])?$/);
}

function shown(names: readonly string[], pattern: RegExp): string {
  const plain = names.filter((name) => pattern.test(name)).slice(0, apiLimits.namedFieldsMax);
  const others = names.length - plain.length;
  return [...plain, ...(others > 0 ? [`${others} more`] : [])].join(', ');
}
