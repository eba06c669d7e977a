import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { apiLimits } from '../limits.js';
import { isUuidLike } from './uuids.js';

export type JsonSchema = Record<string, unknown>;

/** NUL cannot be stored in Postgres, nor half a surrogate pair. */
const unstorable = /[\0\p{Surrogate}]/u;

const ajv = new Ajv({
  strict: false,
  verbose: true,
  formats: { 'uuid-like': isUuidLike, storable: (text: string) => !unstorable.test(text) },
});

/** Compiled when it is first needed, as most versions are never asked for. */
const compiled = new WeakMap<JsonSchema, ValidateFunction>();

/** What is wrong with a value, as Python's jsonschema words it, for its readers look for these words; null where nothing is. */
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
    case 'maxLength':
    case 'maxItems':
      return `${value} is too long`;
    case 'maxProperties':
      return `${value} has too many properties`;
    case 'pattern':
      return `${value} does not match ${shownValue(params.pattern)}`;
    case 'format':
      if (params.format === 'storable') return `${value} holds a character that cannot be stored`;
      return `${value} is not a ${shownValue(String(params.format).replace(/-like$/, ''))}`;
    default:
      return `${value} is not valid under ${shownValue(keyword)}`;
  }
}

function unexpected(data: object, schema: JsonSchema): string {
  const { properties = {}, patternProperties } = schema as { properties?: object; patternProperties?: object };
  const patterns = Object.keys(patternProperties ?? {});
  const extras = Object.keys(data)
    .filter((name) => !Object.hasOwn(properties, name) && !patterns.some((pattern) => new RegExp(pattern).test(name)))
    .slice(0, apiLimits.namedFieldsMax);
  const names = extras.map(shownValue).join(', ');
  const isOne = extras.length === 1;
  if (patterns.length > 0) {
    const shown = patterns.map(shownValue).join(', ');
    return `${names} ${isOne ? 'does' : 'do'} not match any of the regexes: ${shown}`;
  }
  return `Additional properties are not allowed (${names} ${isOne ? 'was' : 'were'} unexpected)`;
}

const shownLengthMax = 200;

/** A value as Python shows it, cut where it is long. */
export function shownValue(value: unknown): string {
  const text = python(value);
  return text.length > shownLengthMax ? `${text.slice(0, shownLengthMax)}...` : text;
}

function python(value: unknown): string {
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') {
    const shown = value.slice(0, shownLengthMax);
    return shown.includes("'") && !shown.includes('"') ? `"${shown}"` : `'${shown.replaceAll("'", "\\'")}'`;
  }
  // What would be cut is not made.
  if (Array.isArray(value)) return `[${value.slice(0, shownLengthMax).map(python).join(', ')}]`;
  if (typeof value === 'object') {
    const entries = Object.entries(value as object).slice(0, shownLengthMax);
    return `{${entries.map(([name, one]) => `${python(name)}: ${python(one)}`).join(', ')}}`;
  }
  return String(value);
}
