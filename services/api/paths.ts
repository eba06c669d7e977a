import type { FastifyInstance } from 'fastify';
import { dialectOf, hsm } from './cray/dialect.js';
import { ApiError } from './errors.js';
import { sendProblem } from './replies.js';

/** Which methods each path has, to tell a path that is not there from a method that is not. */
export class PathTable {
  #paths = new Map<string, { pattern: RegExp; methods: Set<string> }>();

  add(url: string, method: string | string[]): void {
    const entry = this.#paths.get(url) ?? { pattern: patternOf(url), methods: new Set() };
    for (const one of [method].flat()) entry.methods.add(one);
    this.#paths.set(url, entry);
  }

  /** Methods of a path, without its query; empty where there is no such path. */
  methodsOf(path: string): string[] {
    const found = new Set<string>();
    for (const { pattern, methods } of this.#paths.values()) {
      if (pattern.test(path)) for (const method of methods) found.add(method);
    }
    return [...found].sort();
  }
}

function patternOf(url: string): RegExp {
  const parts = url
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(/[^A-Za-z0-9_-]/g, '\\$&')));
  return new RegExp(`^${parts.join('/')}$`);
}

/** Answers for paths and methods that are not served: as hms-smd does in its dialect, with a problem elsewhere. */
export function answerUnknownPaths(app: FastifyInstance, table: PathTable): void {
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]!;
    const methods = table.methodsOf(path);
    if (dialectOf(path) === hsm) {
      if (request.method !== 'PATCH' || !methods.includes('POST')) {
        return reply.code(404).type('text/plain; charset=utf-8').send('404 page not found\n');
      }
      return sendProblem(reply, new ApiError('method-not-allowed', 'allow POST', { headers: { allow: 'POST' } }));
    }
    if (methods.length === 0) return sendProblem(reply, new ApiError('not-found', 'There is no such path'));
    const allow = methods.join(', ');
    return sendProblem(reply, new ApiError('method-not-allowed', `allow ${allow}`, { headers: { allow } }));
  });
}
