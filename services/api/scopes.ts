import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { type ApiForm, formOf } from './form.js';
import type { ApiModule } from './module.js';
import { isParameter, type PathTable } from './paths.js';

export interface ScopesOptions {
  table: PathTable;
  modules: readonly Pick<ApiModule, 'name'>[];
  /** Of the modules, in their order. */
  forms: readonly ApiForm[];
  /** Of all that is no module's. */
  own: ApiForm;
  /** Takes a place among the requests in progress. Throws ApiError. */
  enter(request: FastifyRequest, reply: FastifyReply): void;
  /** Throws ApiError where its body comes in a way that nobody reads. */
  requirePlain(request: FastifyRequest): void;
  /** Answers, in a form, with what was thrown. */
  refuse(form: ApiForm, raised: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply;
}

/**
 * The scopes of the framework in which modules are served, and all that is no module's in one of its own: each with its
 * form, in which its requests are admitted and refused, and with decorators that no other has.
 */
export class Scopes {
  constructor(
    private readonly app: FastifyInstance,
    private readonly options: ScopesOptions,
  ) {
    // What is not served is in no scope: its path says whose it is.
    app.addHook('onRequest', async (request, reply) =>
      request.is404 ? this.#admit(this.#formOf(request), request, reply) : undefined,
    );
  }

  /**
   * `name`: of the module, or null. Rejects where it serves a path that another has, or says to be its own, or one that
   * begins with a parameter, which may be anybody's.
   */
  async open(name: string | null, form: ApiForm, serve: (scope: FastifyInstance) => Promise<void>): Promise<void> {
    await this.app.register(async (scope) => {
      const routes: RouteOptions[] = [];
      scope.addHook('onRoute', (route) => {
        const { url, method, routePath } = route;
        routes.push(route);
        this.#claim(url, method, name);
        // What is at the root behind a prefix is served with a slash at its end, too.
        if (routePath === '') this.#claim(`${url}/`, method, name);
      });
      scope.addHook('onRequest', async (request, reply) => this.#admit(form, request, reply));
      scope.setErrorHandler((raised, request, reply) => this.options.refuse(form, raised, request, reply));
      await serve(scope);
      // What a document says of its operations is there only once all hooks have seen them.
      for (const { url, method, config } of routes) if (config?.urgent) this.options.table.addUrgent(url, method);
    });
  }

  /** In the order that answers depend on: who asks is known to all that comes after. */
  async #admit(form: ApiForm, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const answered = form.admit(request, reply);
    if (answered !== undefined) return answered;
    this.options.enter(request, reply);
    this.options.requirePlain(request);
    return undefined;
  }

  #formOf(request: FastifyRequest): ApiForm {
    const { forms, own } = this.options;
    return formOf([...forms, own], request);
  }

  #claim(url: string, method: string | string[], name: string | null): void {
    const { table, modules, forms } = this.options;
    if (isParameter(url.split('/')[1] ?? '')) throw new Error(`${url} begins with a parameter: it may be anybody's`);
    const other = table.add(url, method, name);
    if (other !== undefined) throw claimedTwice(url, name, other);
    const owner = modules.find((module, n) => module.name !== name && forms[n]!.owns(url));
    if (owner !== undefined) throw claimedTwice(url, name, owner.name);
  }
}

function claimedTwice(url: string, ...names: (string | null)[]): Error {
  const who = names.map((name) => (name === null ? 'the service itself' : `the module ${name}`));
  return new Error(`${url} is claimed twice: by ${who.join(' and by ')}`);
}
