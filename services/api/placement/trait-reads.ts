import { isStandardTrait, standardTraits } from '@holdfast/events/placement/standard-traits';
import type { PlacementModel, ProvidersQuery } from '@holdfast/projections/placement/port';
import { queryOf } from './bodies.js';
import { PlacementError } from './errors.js';
import type { Call, Operation } from './operation.js';
import { latest, type ReadOperations } from './reading.js';
import { aggregatesView, traitsView } from './views.js';

/** Aggregates and traits of providers, and the traits that there are. */
export function traitReads(
  placement: PlacementModel,
  { answered, found, ofProvider }: ReadOperations,
): Record<string, Operation> {
  return {
    listAggregates: answered(async (call) => {
      const row = await ofProvider(call, (uuid) => placement.aggregates(uuid));
      if (row === null) throw new PlacementError(404, noProvider(call));
      return { body: aggregatesView(row, call) };
    }),
    listProviderTraits: answered(async (call) => {
      const row = await ofProvider(call, (uuid) => placement.providerTraits(uuid));
      if (row === null) throw new PlacementError(404, `${noProvider(call)}: ${noProvider(call)}`);
      return { body: traitsView(row.traits, row.generation), changedAt: row.changedAt };
    }),
    listTraits: answered(async (call) => {
      const isWanted = traitsFilter(queryOf(call.request, call.schemas.query(call.version)));
      const { custom, associated } = await found(call, () => placement.traits({ associated: isWanted.ofProviders }));
      const names = [...standardTraits, ...custom.map(({ name }) => name)];
      return { body: traitsView(isWanted.among(names, new Set(associated))), changedAt: latest(custom) };
    }),
    showTrait: answered(
      async (call) => {
        const { name = '' } = call.path;
        const { custom } = await found(call, () => placement.traits({ associated: false }));
        const row = custom.find((one) => one.name === name);
        if (row === undefined && !isStandardTrait(name)) throw new PlacementError(404, `No such trait(s): ${name}.`);
        return { body: undefined, ...row };
      },
      // It answers with nothing, and asks nobody whether they take it.
      { reads: false },
    ),
  };
}

/** Throws PlacementError 400 for a trait that there is not, be it wanted or not. */
export async function requireTraits(
  placement: PlacementModel,
  { required = [], forbidden = [] }: ProvidersQuery,
): Promise<void> {
  const others = [...required.flat(), ...forbidden].filter((name) => !isStandardTrait(name));
  if (others.length === 0) return;
  const custom = new Set((await placement.traits({ associated: false })).custom.map(({ name }) => name));
  const missing = others.find((name) => !custom.has(name));
  if (missing === undefined) return;
  throw new PlacementError(400, `Invalid trait(s) in "required" parameter: No such trait(s): ${missing}.`);
}

interface TraitsFilter {
  /** Whether it needs to be known which of them providers have. */
  ofProviders: boolean;
  among(names: readonly string[], associated: ReadonlySet<string>): string[];
}

/** Throws PlacementError 400. */
function traitsFilter({ name, associated }: Record<string, string>): TraitsFilter {
  const isNamed = name === undefined ? () => true : namedBy(name);
  const wanted = associated?.toLowerCase();
  if (wanted !== undefined && wanted !== 'true' && wanted !== 'false') {
    throw new PlacementError(400, 'The query parameter "associated" only accepts "true" or "false"');
  }
  return {
    ofProviders: wanted !== undefined,
    among: (names, had) =>
      names.filter((one) => isNamed(one) && (wanted === undefined || had.has(one) === (wanted === 'true'))),
  };
}

/** `in:A,B` or `startswith:A`, and nothing else, which would mean every trait. */
function namedBy(text: string): (name: string) => boolean {
  const [, operator, operand = ''] = /^(in|startswith):(.*)$/s.exec(text) ?? [];
  if (operator === 'startswith') return (name) => name.startsWith(operand);
  if (operator === 'in') {
    const names = new Set(operand.split(','));
    return (name) => names.has(name);
  }
  const form = '?name=[in|startswith]:[name1,name2|prefix]';
  const wrong = `Badly formatted name parameter. Expected name query string parameter in form: ${form}. Got: "${text}"`;
  throw new PlacementError(400, wrong);
}

function noProvider({ path }: Call): string {
  return `No resource provider with uuid ${path.uuid} found`;
}
