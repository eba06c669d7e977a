import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { apiLimits } from '../limits.js';
import { isDashedUuid, isUuidLike } from './uuids.js';

export type JsonSchema = Record<string, unknown>;

/** NUL cannot be stored in Postgres, nor half a surrogate pair. */
const unstorable = /[\0\p{Surrogate}]/u;

const ajv = new Ajv({
  strict: false,
  verbose: true,
  formats: {
    'uuid-like': isUuidLike,
    'uuid-dashed': isDashedUuid,
    storable: (text: string) => !unstorable.test(text),
  },
});

/** Compiled when it is first needed, as most versions are never asked for. */
const compiled = new WeakMap<JsonSchema, ValidateFunction>();

/**
 * What is wrong with a value, as Python's jsonschema words it, for its readers look for these words; null where nothing
 * is.
 */
export function violation(schema: JsonSchema, value: unknown): string | null {
  const validate = compiled.get(schema) ?? ajv.compile(schema);
  compiled.set(schema, validate);
  if (validate(value)) return null;
  const error = validate.errors![0]!;
  const at = places(error.schemaPath.replace(/^#/, '').split('/').slice(0, -1).map(decodeURIComponent).join('/'));
  const where = `Failed validating ${shownValue(error.keyword)} in schema${at}`;
  return `${messageOf(error)}\n\n${where}\n\nOn instance${places(error.instancePath)}`;
}

/** A JSON pointer as Python's subscripts. */
function places(pointer: string): string {
  const parts = pointer.split('/').slice(1);
  return parts
    .map((part) =>
      /^\d+$/.test(part) ? `[${part}]` : `[${shownValue(part.replaceAll('~1', '/').replaceAll('~0', '~'))}]`,
    )
    .join('');
}

function messageOf(error: ErrorObject): string {
  const { keyword, data, params, parentSchema = {} } = error;
  const value = shownValue(data);
  switch (keyword) {
    case 'type':
      return `${value} is not of type ${[params.type].flat().map(shownValue).join(', ')}`;
    case 'required':
      return `${shownValue(params.missingProperty)} is a required property`;
    case 'additionalProperties':
      return unexpected(data as object, parentSchema);
    case 'minimum':
      return `${value} is less than the minimum of ${params.limit}`;
    case 'maximum':
      return `${value} is greater than the maximum of ${params.limit}`;
    case 'minLength':
    case 'minItems':
      return `${value} ${params.limit === 1 ? 'should be non-empty' : 'is too short'}`;
    case 'minProperties':
      return `${value} ${params.limit === 1 ? 'should be non-empty' : 'does not have enough properties'}`;
    case 'uniqueItems':
      return `${value} has non-unique elements`;
    case 'maxLength':
    case 'maxItems':
      return `${value} is too long`;
    case 'maxProperties':
      return `${value} has too many properties`;
    case 'pattern':
      return `${value} does not match ${shownValue(params.pattern)}`;
    case 'format':
      if (params.format === 'storable') return `${value} holds a character that cannot be stored`;
      return `${value} is not a ${shownValue(String(params.format).replace(/-.*$/, ''))}`;
    default:
      return `${value} is not valid under ${shownValue(keyword)}`;
  }
}

function unexpected(data: object, schema: JsonSchema): string {
  const { properties = {}, patternProperties } = schema as { properties?: object; patternProperties?: object };
  const patterns = Object.keys(patternProperties ?? {});
  const expressions = patterns.map((pattern) => new RegExp(pattern));
  const extras: string[] = [];
  for (const name of Object.keys(data)) {
    if (Object.hasOwn(properties, name) || expressions.some((expression) => expression.test(name))) continue;
    if (extras.push(name) === apiLimits.namedFieldsMax) break;
  }
  const names = extras.map(shownValue).join(', ');
  const isOne = extras.length === 1;
  if (patterns.length > 0) {
    const shown = patterns.map(shownValue).join(', ');
    return `${names} ${isOne ? 'does' : 'do'} not match any of the regexes: ${shown}`;
  }
  return `Additional properties are not allowed (${names} ${isOne ? 'was' : 'were'} unexpected)`;
}

const shownLengthMax = 200;

/**
 * A value as Python shows it, cut where it is long. However large or deep it is, no more of it is looked at than is
 * shown.
 */
function shownValue(value: unknown): string {
  const shown = { text: '' };
  show(value, shown);
  return shown.text.length > shownLengthMax ? `${shown.text.slice(0, shownLengthMax)}...` : shown.text;
}

/** Each level adds to the text, so that the depth is bounded by its length. */
function show(value: unknown, shown: { text: string }): void {
  if (shown.text.length > shownLengthMax) return;
  if (Array.isArray(value)) {
    showAll('[', value, ']', shown, (one) => show(one, shown));
  } else if (typeof value === 'object' && value !== null) {
    showAll('{', Object.keys(value), '}', shown, (name) => {
      show(name, shown);
      shown.text += ': ';
      show((value as Record<string, unknown>)[name], shown);
    });
  } else {
    shown.text += python(value);
  }
}

function showAll<T>(
  begin: string,
  items: readonly T[],
  end: string,
  shown: { text: string },
  showOne: (item: T) => void,
): void {
  shown.text += begin;
  for (const [n, item] of items.entries()) {
    if (shown.text.length > shownLengthMax) return;
    if (n > 0) shown.text += ', ';
    showOne(item);
  }
  shown.text += end;
}

function python(value: unknown): string {
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value !== 'string') return String(value);
  const text = value.slice(0, shownLengthMax + 1);
  return text.includes("'") && !text.includes('"') ? `"${text}"` : `'${text.replaceAll("'", "\\'")}'`;
}
