import type { FastifyInstance } from 'fastify';
import { type ApiForm, formOf, routedPath } from './form.js';
import { withoutEscapes } from './url-path.js';

interface KnownPath {
  parts: readonly string[];
  pattern: RegExp;
  methods: Set<string>;
  /** The module; null: the service itself. */
  owner: string | null;
}

/** Which methods each path has, to tell a path that is not there from a method that is not. */
export class PathTable {
  #paths = new Map<string, KnownPath>();
  #words = new Set<string>();
  #urgent: { method: string; pattern: RegExp }[] = [];

  /** `owner`: the module, or null. Where another one has a path already that a request may fit too, it is given. */
  add(url: string, method: string | string[], owner: string | null): string | null | undefined {
    const parts = url.split('/');
    const key = url.replace(/:\w+/g, ':');
    const known = this.#paths.get(key);
    const other = known ?? [...this.#paths.values()].find((one) => one.owner !== owner && meet(one.parts, parts));
    if (other !== undefined && other.owner !== owner) return other.owner;
    const entry = known ?? { parts, pattern: patternOf(url), methods: new Set(), owner };
    for (const one of [method].flat()) entry.methods.add(one);
    this.#paths.set(key, entry);
    for (const part of parts) if (!isParameter(part)) this.#words.add(part);
    return undefined;
  }

  /** From now on requests for it wait for no others. */
  addUrgent(url: string, method: string | string[]): void {
    for (const one of [method].flat()) this.#urgent.push({ method: one, pattern: patternOf(url) });
  }

  /** Whether a request, of which nothing is known but this, waits for no others. `path`: without its query. */
  isUrgent(method: string, path: string): boolean {
    const routed = withoutEscapes(path);
    return this.#urgent.some((one) => one.method === method && one.pattern.test(routed));
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
  const parts = url.split('/').map((part) => (isParameter(part) ? '[^/]+' : part.replace(/[^A-Za-z0-9_-]/g, '\\$&')));
  return new RegExp(`^${parts.join('/')}$`);
}

/** Whether some path fits both: a parameter is any part, and `*` is all that is left. */
function meet(a: readonly string[], b: readonly string[]): boolean {
  for (const [n, part] of a.entries()) {
    const other = b[n];
    if (part === '*' || other === '*') return true;
    if (other === undefined || (part !== other && !isParameter(part) && !isParameter(other))) return false;
  }
  return a.length === b.length;
}

export function isParameter(part: string): boolean {
  return part.startsWith(':');
}

/** Answers for paths and methods that are not served, each in the form of its module. */
export function answerUnknownPaths(app: FastifyInstance, table: PathTable, forms: readonly ApiForm[]): void {
  app.setNotFoundHandler((request, reply) =>
    formOf(forms, request).notServed(request, reply, table.methodsOf(routedPath(request))),
  );
}
