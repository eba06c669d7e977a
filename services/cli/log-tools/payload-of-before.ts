import { loadCatalogue } from '@holdfast/events';

/*
 * What an export says of a record in JSON has the fields that the exporting version knew. A later one reads the same
 * bytes with more of them, which it has by default (docs/evolution.md): none of those is in the schema that the record
 * was written with.
 */

/** Names of fields in each schema, by its fingerprint. */
let written: Map<string, ReadonlySet<string>> | null = null;

/** Whether `found` is all that the record holds, and lacks only what came to its type after it was written. */
export function isOfBefore(expected: string, found: string, fingerprint: string): boolean {
  written ??= new Map(loadCatalogue().map((entry) => [entry.fingerprint, namesIn(entry.schema)]));
  const names = written.get(fingerprint);
  if (names === undefined) return false;
  try {
    return isWithin(JSON.parse(found), JSON.parse(expected), names);
  } catch {
    return false;
  }
}

function isWithin(found: unknown, expected: unknown, names: ReadonlySet<string>): boolean {
  if (Array.isArray(found) && Array.isArray(expected)) {
    return found.length === expected.length && found.every((one, n) => isWithin(one, expected[n], names));
  }
  if (!isObject(found) || !isObject(expected)) return found === expected;
  return (
    Object.keys(found).every((name) => Object.hasOwn(expected, name)) &&
    Object.entries(expected).every(([name, value]) =>
      Object.hasOwn(found, name) ? isWithin(found[name], value, names) : !names.has(name),
    )
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Of fields, wherever they are in it. */
function namesIn(schema: unknown, names = new Set<string>()): ReadonlySet<string> {
  if (Array.isArray(schema)) for (const each of schema) namesIn(each, names);
  if (!isObject(schema)) return names;
  for (const field of Array.isArray(schema.fields) ? schema.fields : []) names.add(field.name);
  for (const part of Object.values(schema)) namesIn(part, names);
  return names;
}
