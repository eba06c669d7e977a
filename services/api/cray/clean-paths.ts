import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { pathOf } from '../form.js';
import type { PathTable } from '../paths.js';
import { dialectOf, hsm } from './dialect.js';

/**
 * Leads from a path with a double slash, or with a slash at its end, to the clean one, as hms-smd's router does: with 301. A client makes
 * a GET of a POST then, so one whose base URL ends in a slash could change nothing: for any other method a double slash is 308,
 * which keeps method and body. A POST with a slash at its end gets what it gets from hms-smd. In its dialect alone.
 */
export function cleanPaths(app: FastifyInstance, table: PathTable): void {
  app.addHook('onRequest', async (request, reply) => {
    const path = pathOf(request);
    if (!path.includes('//') && !path.endsWith('/')) return;
    const clean = path.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '');
    if (dialectOf(clean) !== hsm) return;
    if (path.includes('//')) return moved(request, reply, clean, 'slashes');
    // What is not there without the slash is not there with it.
    if (table.methodsOf(clean).length > 0) return moved(request, reply, clean, 'end');
  });
}

function moved(request: FastifyRequest, reply: FastifyReply, clean: string, why: 'slashes' | 'end'): FastifyReply {
  const { method, url } = request;
  const query = url.indexOf('?');
  const location = query === -1 ? clean : clean + url.slice(query);
  const reads = method === 'GET' || method === 'HEAD';
  reply.code(reads || (why === 'end' && method === 'POST') ? 301 : 308).header('location', location);
  if (why === 'slashes' || !reads) return reply.send();
  return reply.type('text/html; charset=utf-8').send(`<a href="${escaped(location)}">Moved Permanently</a>.\n\n`);
}

/** As Go's http.Redirect does it. */
function escaped(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => names[character]!);
}
