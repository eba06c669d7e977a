import type { FastifyRequest } from 'fastify';
import { ApiError } from '../errors.js';
import { parseJsonBody } from '../json-body.js';
import { PlacementError } from './errors.js';
import { type JsonSchema, violation } from './json-schema.js';

/** The body of a request, valid under a schema. Throws PlacementError 400. */
export function jsonBody(request: FastifyRequest, schema: JsonSchema): unknown {
  const bytes = request.body instanceof Uint8Array ? request.body : new Uint8Array();
  const value = parsedBody(bytes);
  const wrong = violation(schema, value);
  if (wrong !== null) throw new PlacementError(400, `JSON does not validate: ${wrong}`);
  return value;
}

function parsedBody(bytes: Uint8Array): unknown {
  try {
    return parseJsonBody(bytes);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new PlacementError(400, `Malformed JSON: ${error.message}`);
  }
}

/** The query of a request; of a parameter that comes more than once, the last. */
export function parametersOf({ url }: FastifyRequest): Record<string, string> {
  return Object.fromEntries(searchOf(url));
}

/** Of a parameter that may come more than once, all, in order. */
export function repeatedOf({ url }: FastifyRequest, name: string): string[] {
  return searchOf(url).getAll(name);
}

function searchOf(url: string): URLSearchParams {
  return new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');
}

/** The query of a request, valid under a schema. Throws PlacementError 400. */
export function queryOf(request: FastifyRequest, schema: JsonSchema): Record<string, string> {
  if (!isUtf8(request.url)) throw new PlacementError(400, 'Invalid query string parameters: they are no UTF-8');
  const query = parametersOf(request);
  const wrong = violation(schema, query);
  if (wrong !== null) throw new PlacementError(400, `Invalid query string parameters: ${wrong}`);
  return query;
}

/** Whether what is escaped in a URL is UTF-8; a % that escapes nothing stands for itself. */
function isUtf8(url: string): boolean {
  try {
    decodeURIComponent(url.replaceAll(/%(?![0-9a-f]{2})/gi, '%25'));
    return true;
  } catch {
    return false;
  }
}

/** What Placement asks of the header before it looks at a body. Throws PlacementError 415. */
export function requireJson(contentType: string | undefined): void {
  const type = (contentType ?? '').split(';', 1)[0]!.trim();
  if (type === 'application/json') return;
  throw new PlacementError(415, `The media type ${type || 'None'} is not supported, use application/json`);
}
