import type { JsonSchema } from './json-schema.js';
import { type Microversion, microversionMax, parsed } from './microversion.js';

/** What a version of an operation takes. */
export interface OperationSchemas {
  /** Null: no body in this version. */
  body(version: Microversion): JsonSchema | null;
  query(version: Microversion): JsonSchema;
}

interface Versions {
  'min-ver'?: string;
  'max-ver'?: string;
}

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema: JsonSchema;
  'x-openstack'?: Versions;
}

interface DescribedOperation {
  operationId: string;
  parameters?: JsonSchema[];
  requestBody?: { content: { 'application/json': { schema: JsonSchema } } };
}

/**
 * The schemas of a document by operation. A body has one schema, or `oneOf` several, each for the versions in its
 * `x-openstack`; a parameter of a query counts in those of its own.
 */
export function schemasOf(document: object): Map<string, OperationSchemas> {
  const { paths } = document as { paths: Record<string, Record<string, DescribedOperation>> };
  const resolve = (schema: unknown) => inlined(schema, document) as JsonSchema;
  const operations = Object.values(paths).flatMap((path) => Object.values(path));
  return new Map(operations.map((operation) => [operation.operationId, operationSchemas(operation, resolve)]));
}

function operationSchemas(
  { parameters = [], requestBody }: DescribedOperation,
  resolve: (schema: unknown) => JsonSchema,
): OperationSchemas {
  const given = requestBody && resolve(requestBody.content['application/json'].schema);
  const bodies = given === undefined ? [] : ((given.oneOf as JsonSchema[] | undefined) ?? [given]);
  const bodyByVersion = byVersion((version) => bodies.find((body) => isIn(body['x-openstack'], version)) ?? null);
  const queries = parameters.map((one) => resolve(one) as unknown as Parameter).filter((one) => one.in === 'query');
  const queryByVersion = byVersion((version) => querySchema(queries, version));
  return {
    body: (version) => bodyByVersion[version]!,
    query: (version) => queryByVersion[version]!,
  };
}

function byVersion<T>(of: (version: Microversion) => T): T[] {
  return Array.from({ length: microversionMax + 1 }, (_, version) => of(version));
}

function querySchema(parameters: readonly Parameter[], version: Microversion): JsonSchema {
  const known = parameters.filter((parameter) => isIn(parameter['x-openstack'], version));
  return {
    type: 'object',
    properties: Object.fromEntries(known.map(({ name, schema }) => [name, schema])),
    required: known.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
  };
}

function isIn(versions: unknown, version: Microversion): boolean {
  const { 'min-ver': min, 'max-ver': max } = (versions ?? {}) as Versions;
  return (
    version >= (min === undefined ? 0 : parsed(min)) && version <= (max === undefined ? microversionMax : parsed(max))
  );
}

/** A part of a document with what it refers to in place of the references. The document has no cycles. */
function inlined(part: unknown, document: object): unknown {
  if (Array.isArray(part)) return part.map((one) => inlined(one, document));
  if (typeof part !== 'object' || part === null) return part;
  const { $ref } = part as { $ref?: string };
  if ($ref !== undefined) return inlined(referred($ref, document), document);
  return Object.fromEntries(Object.entries(part).map(([name, one]) => [name, inlined(one, document)]));
}

function referred(reference: string, document: object): unknown {
  const names = reference.replace(/^#\//, '').split('/');
  return names.reduce((found, name) => (found as Record<string, unknown>)[name], document as unknown);
}
