import type { FastifyInstance } from 'fastify';
import { type ApiForm, formOf, pathOf } from './form.js';

/** Which methods each path has, to tell a path that is not there from a method that is not. */
export class PathTable {
  #paths = new Map<string, { pattern: RegExp; methods: Set<string>; owner: string | null }>();
  #words = new Set<string>();

  /**
   * `owner`: the module, or null. Where another one has the path already, however its parts are named, that one is
   * given.
   */
  add(url: string, method: string | string[], owner: string | null): string | null | undefined {
    const key = url.replace(/:\w+/g, ':');
    const entry = this.#paths.get(key) ?? { pattern: patternOf(url), methods: new Set(), owner };
    if (entry.owner !== owner) return entry.owner;
    for (const one of [method].flat()) entry.methods.add(one);
    this.#paths.set(key, entry);
    for (const part of url.split('/')) if (!part.startsWith(':')) this.#words.add(part);
    return undefined;
  }

  /** Whether some path has this part, as it is. */
  isWord(part: string): boolean {
    return this.#words.has(part);
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

/** Answers for paths and methods that are not served, each in the form of its module. */
export function answerUnknownPaths(app: FastifyInstance, table: PathTable, forms: readonly ApiForm[]): void {
  app.setNotFoundHandler((request, reply) =>
    formOf(forms, request).notServed(request, reply, table.methodsOf(pathOf(request))),
  );
}
