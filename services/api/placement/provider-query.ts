import type { ProvidersQuery } from '@holdfast/projections/placement/port';
import { queryOf, repeatedOf } from './bodies.js';
import { PlacementError } from './errors.js';
import type { Microversion } from './microversion.js';
import type { Call } from './operation.js';
import { amountsInQuery } from './translate.js';
import { isUuidLike, uuidOf } from './uuids.js';

/** From the first version in which a query may have these. */
const since = { forbiddenTraits: 22, severalAggregates: 24, forbiddenAggregates: 32, anyTraits: 39 };

/**
 * What a list of providers is asked for: looked at in the order in which the real one does. Throws PlacementError 400.
 */
export function providersQuery({ request, schemas, version }: Call): ProvidersQuery {
  const query = queryOf(request, schemas.query(version));
  const { uuid, name, in_tree: inTree, resources } = query;
  const aggregates = aggregatesIn(repeatedOf(request, 'member_of'), version);
  const traits = traitsIn(repeatedOf(request, 'required'), version);
  return {
    ...aggregates,
    ...traits,
    ...(uuid === undefined ? {} : { uuid }),
    // No provider is without a name: an empty one chooses nothing.
    ...(name === undefined || name === '' ? {} : { name }),
    ...(inTree === undefined ? {} : { inTree }),
    ...(resources === undefined ? {} : { resources: amountsInQuery(resources) }),
  };
}

type Aggregates = Required<Pick<ProvidersQuery, 'memberOf' | 'notMemberOf'>>;

/** `<uuid>`, `in:<uuid>,<uuid>`, and both after a `!`; all that there are count together. Throws PlacementError 400. */
function aggregatesIn(values: readonly string[], version: Microversion): Aggregates {
  if (values.length > 1 && version < since.severalAggregates) {
    throw new PlacementError(400, 'Multiple member_of parameters are not supported');
  }
  const memberOf: string[][] = [];
  const notMemberOf: string[] = [];
  for (const value of values) {
    const [, not, any, rest = ''] = /^(!?)(in:)?(.*)$/s.exec(value)!;
    if (any === undefined && value.includes(',')) {
      const wrong = `Multiple values for 'member_of' must be prefixed with the 'in:' or '!in:' keyword using the valid microversion. Got: ${value}`;
      throw new PlacementError(400, wrong);
    }
    const uuids = any === undefined ? [rest] : rest.split(',');
    const strange = uuids.find((one) => !isUuidLike(one));
    if (strange !== undefined) {
      const wrong = `Expected 'member_of' parameter to contain valid UUID(s). Got: ${strange}`;
      throw new PlacementError(400, `Invalid query string parameters: ${wrong}`);
    }
    if (not === '') memberOf.push(uuids.map(uuidOf));
    else notMemberOf.push(...uuids.map(uuidOf));
    if (not !== '' && version < since.forbiddenAggregates) {
      const wrong = 'Forbidden member_of parameters are not supported in the specified microversion';
      throw new PlacementError(400, wrong);
    }
  }
  return { memberOf, notMemberOf };
}

type Traits = Required<Pick<ProvidersQuery, 'required' | 'forbidden'>>;

/**
 * `A,!B`, or `in:A,B`; before 1.39 the last counts, from then on all that there are together. Throws PlacementError
 * 400.
 */
function traitsIn(values: readonly string[], version: Microversion): Traits {
  const required: string[][] = [];
  const forbidden: string[] = [];
  for (const value of version < since.anyTraits ? values.slice(-1) : values) {
    if (value.startsWith('in:')) {
      required.push(anyOf(value, version));
      continue;
    }
    for (const name of namesIn(value, version)) {
      if (name.startsWith('!')) forbidden.push(name.replace(/^!+/, ''));
      else required.push([name]);
    }
  }
  return { required, forbidden };
}

function anyOf(value: string, version: Microversion): string[] {
  const form = 'in:HW_CPU_X86_VMX,CUSTOM_MAGIC';
  if (version < since.anyTraits) throw malformed(`The format '${form}' only supported since microversion 1.39.`, value);
  const names = split(value.slice('in:'.length));
  if (names.includes('')) throw malformed(`Expected 'required' parameter value of the form: ${form}.`, value, true);
  if (names.some((name) => name.startsWith('!'))) {
    throw malformed(`The format '${form}' does not support forbidden traits.`, value);
  }
  return names;
}

function namesIn(value: string, version: Microversion): string[] {
  const mayForbid = version >= since.forbiddenTraits;
  const expected = (form: string) => `Expected 'required' parameter value of the form: ${form}.`;
  const names = split(value);
  if (names.some((name) => /^!*$/.test(name))) {
    throw malformed(expected(`HW_CPU_X86_VMX,${mayForbid ? '!' : ''}CUSTOM_MAGIC`), value, true);
  }
  if (!mayForbid && names.some((name) => name.startsWith('!'))) {
    throw malformed(expected('HW_CPU_X86_VMX,CUSTOM_MAGIC'), value);
  }
  return names;
}

function split(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

function malformed(wrong: string, value: string, isEmpty = false): PlacementError {
  const got = isEmpty ? 'Got an empty trait in' : 'Got';
  return new PlacementError(400, `Invalid query string parameters: ${wrong} ${got}: ${value}`);
}
