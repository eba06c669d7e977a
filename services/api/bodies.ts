import { inTurns, nextTurn } from '@holdfast/log/turn';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { type BodyLimits, bodyLimits, counted, type LongList } from './body-limits.js';
import { canonicalise, canonicaliseInSteps, type Schema, shownParameters } from './canonical.js';
import { ApiError } from './errors.js';
import { parseJsonBody, parseJsonInSteps } from './json-body.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Fields of the body, or of a query without one, that the schema does not know. */
    unknownFields: string[];
  }
  interface FastifyContextConfig {
    /** Null members of the body count as absent. */
    dropNulls?: boolean;
    bodySchema?: Schema;
    querySchema?: Schema;
    /** The handler says itself what is wrong with a query. */
    checksQuery?: boolean;
    /** Parameters that it does not have are refused, not passed over. */
    strictQuery?: boolean;
    /**
     * Body and query reach the handler as they were sent, the body as bytes; it says itself what is wrong with them.
     * What members of the body are called is no secret: an error may repeat it.
     */
    exact?: boolean;
    /** What a body may have. Default: `bodyLimits.few`. */
    bodyLimits?: BodyLimits;
  }
}

/**
 * Bodies and queries as most of our clients send them: JSON under any content type, names in any case. They are made
 * canonical before they are validated, so that validation can be that of the documents. Gives what is to be called once
 * it is known who asks: it throws ApiError `encoded`.
 */
export function acceptLooseBodies(app: FastifyInstance): (request: FastifyRequest) => void {
  app.decorateRequest('unknownFields');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  // The framework refuses a content type that it cannot read, and clients in the field send all kinds. Where nothing is
  // served it would refuse a QUERY without one, before anybody could say that the path has no such method.
  const requirePlain = ({ raw, is404, headers }: FastifyRequest): void => {
    if (!/^(identity)?$/i.test(headers['content-encoding'] ?? '')) {
      throw new ApiError(
        'encoded',
        'The body must come without a Content-Encoding: send it as plain JSON, not compressed',
      );
    }
    if (is404 || raw.headers['content-type'] !== undefined) raw.headers['content-type'] = 'application/json';
  };
  app.addHook('onRoute', schemaKeeper());
  app.addHook('preValidation', async (request) => {
    request.unknownFields = [];
    const { bodySchema, querySchema, bodyLimits: limits = bodyLimits.few, exact } = request.routeOptions.config;
    const lists =
      request.body instanceof Uint8Array
        ? await inTurns(counted(request.body, limits, exact ? anyName : undefined))
        : [];
    if (bodySchema !== undefined && lists.length === 0) canonicaliseBody(request, bodySchema);
    if (bodySchema !== undefined && lists.length > 0) await canonicaliseLargeBody(request, bodySchema, lists);
    canonicaliseQuery(request, querySchema ?? {});
  });
  return requirePlain;
}

/** Members of exact bodies may be called by ids. */
const anyName = /^[\w.:-]{1,255}$/;

interface DocumentedSchema {
  body?: Schema & { content?: Record<string, { schema: Schema }> };
  querystring?: Schema;
  response?: unknown;
}

/**
 * Validation must not depend on the content type, and answers are serialised by us. Equal schemas become one object,
 * which the validator then compiles once.
 */
function schemaKeeper(): (route: RouteOptions) => void {
  const kept = new Map<string, Schema>();
  const keep = (schema: Schema): Schema => {
    const text = JSON.stringify(schema);
    const known = kept.get(text) ?? schema;
    kept.set(text, known);
    return known;
  };
  return (route) => {
    if (route.config?.exact) {
      route.schema = {};
      return;
    }
    const { body: given, querystring: query, response: _, ...rest } = (route.schema ?? {}) as DocumentedSchema;
    const documented = given?.content?.['application/json']?.schema ?? given;
    const body = documented && keep(documented);
    const querystring = query && keep(query);
    const checked = route.config?.checksQuery ? undefined : querystring;
    route.schema = { ...rest, ...(body && { body }), ...(checked && { querystring: checked }) };
    route.config = {
      ...route.config,
      ...(body && { bodySchema: body }),
      ...(querystring && { querySchema: querystring }),
    };
  };
}

function canonicaliseBody(request: FastifyRequest, schema: Schema): void {
  const bytes = request.body instanceof Uint8Array ? request.body : new Uint8Array();
  const { dropNulls = false } = request.routeOptions.config;
  const { value, unknown } = canonicalise(schema, parseJsonBody(bytes), { dropNulls });
  request.body = value;
  request.unknownFields = unknown;
}

async function canonicaliseLargeBody(request: FastifyRequest, schema: Schema, lists: LongList[]): Promise<void> {
  const { dropNulls = false } = request.routeOptions.config;
  const parsed = await inTurns(parseJsonInSteps(request.body as Uint8Array, lists));
  const { value, unknown } = await inTurns(canonicaliseInSteps(schema, parsed, { dropNulls }));
  request.body = value;
  request.unknownFields = unknown;
  // What comes next takes the whole body at once.
  await nextTurn();
}

/** Parameters may be repeated, so each is a list. */
function canonicaliseQuery(request: FastifyRequest, schema: Schema): void {
  const given = request.query as Record<string, string | string[]>;
  const names = new Map(Object.keys(schema.properties ?? {}).map((name) => [name.toLowerCase(), name]));
  const query: Record<string, string[]> = {};
  const unknown: string[] = [];
  for (const [key, value] of Object.entries(given)) {
    const name = names.get(key.toLowerCase());
    if (name === undefined) unknown.push(key);
    else query[name] = [...(query[name] ?? []), value].flat();
  }
  const { strictQuery = false, querySchema } = request.routeOptions.config;
  if (strictQuery && unknown.length > 0) throw unknownParameters(unknown, [...names.values()]);
  request.unknownFields.push(...unknown);
  if (querySchema !== undefined) request.query = query;
}

/** What an operation says that takes `known`. */
export function unknownParameters(unknown: readonly string[], known: readonly string[]): ApiError {
  const has = known.length === 0 ? 'there are none' : `there are ${known.join(', ')}`;
  return new ApiError('bad-request', `No parameter of this operation: ${shownParameters(unknown)}; ${has}`);
}
