import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../errors.js';
import type { ApiContext } from '../module.js';
import { pathOf } from '../url-path.js';
import { dialectOf, hsm } from './dialect.js';

/**
 * Leads from a path with a double slash, or with a slash at its end, to the clean one, as hms-smd's router does: with
 * 301. A client makes a GET of a change then, so one whose base URL ends in a slash could change nothing: for changes a
 * double slash at the base is 308, which keeps method and body. Elsewhere in the path of a change the name between two
 * slashes, or behind the last, may have been forgotten, and the clean path would mean another resource, or all of them:
 * 404. In its dialect alone.
 */
export function toCleanPath(
  request: FastifyRequest,
  reply: FastifyReply,
  methodsOf: ApiContext['methodsOf'],
): FastifyReply | undefined {
  const path = pathOf(request);
  if (!path.includes('//') && !path.endsWith('/')) return undefined;
  const clean = cleaned(path);
  if (dialectOf(clean) !== hsm) return undefined;
  const served = methodsOf(clean);
  if (reads.has(request.method)) {
    // What is not there without the slash is not there with it.
    return path.includes('//') || served.length > 0 ? moved(request, reply, 301, clean) : undefined;
  }
  const rest = path.replace(base, '');
  const ends = rest.endsWith('/');
  if (rest.includes('//') || (ends && request.method !== 'POST')) throw new ApiError('not-found', nameless);
  // The GET that a client makes of a POST must find nothing, or what it finds would pass for the answer.
  if (!ends || served.includes('GET')) return moved(request, reply, 308, clean);
  return served.length > 0 ? moved(request, reply, 301, clean) : undefined;
}

/** Without double slashes, and the one at the end. */
export function cleaned(path: string): string {
  return path.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '');
}

const reads: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

const nameless = 'A name is missing in the path, between two slashes or behind the last';

/** Where a path of the dialect begins, with the slashes around it. */
const base = new RegExp(`^(?:${hsm.basePaths.map((path) => path.replaceAll('/', '/+')).join('|')})/*`);

function moved(request: FastifyRequest, reply: FastifyReply, status: number, clean: string): FastifyReply {
  const { method, url } = request;
  const query = url.indexOf('?');
  const location = query === -1 ? clean : clean + url.slice(query);
  reply.code(status).header('location', location);
  if (pathOf(request).includes('//') || !reads.has(method)) return reply.send();
  return reply.type('text/html; charset=utf-8').send(`<a href="${escaped(location)}">Moved Permanently</a>.\n\n`);
}

/** As Go's http.Redirect does it. */
function escaped(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => names[character]!);
}
