import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Access } from './access.js';
import { ApiError } from './errors.js';
import { apiErrorOf } from './problems.js';
import { sendProblem } from './replies.js';
import { pathOf, withoutEscapes } from './url-path.js';

/** How a module takes requests in, and refuses them, where that is not what a route does. */
export interface ApiForm {
  /** Whether a path, without its query, is the module's, be it served or not. */
  owns(path: string): boolean;
  /**
   * Says who asks, in `request.actor`, and whether that one may. Throws what `refuse` shows. Gives the reply where it
   * answered already, such as with another path.
   */
  admit(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined;
  /** Answers with whatever was thrown while a request was answered. Nothing of a secret passes through. */
  refuse(request: FastifyRequest, reply: FastifyReply, thrown: unknown): FastifyReply;
  /** Answers where nothing is served. `methods` are those that the path has; empty where there is no such path. */
  notServed(request: FastifyRequest, reply: FastifyReply, methods: readonly string[]): FastifyReply;
}

/** Problems (RFC 7807) and bearer tokens: what every path has that is not another module's. */
export function problemForm(access: Access): ApiForm {
  return {
    owns: () => true,
    admit(request) {
      // Where tokens are required, they are for unknown paths too.
      const role = request.is404 ? 'reader' : request.routeOptions.config.role;
      if (role !== undefined) request.actor = access.admit(request, role);
      return undefined;
    },
    refuse: (_request, reply, thrown) => sendProblem(reply, apiErrorOf(thrown)),
    notServed: problemNotServed,
  };
}

/** The form of a request: of the first that owns its path. The last one owns all. */
export function formOf(forms: readonly ApiForm[], request: FastifyRequest): ApiForm {
  const path = routedPath(request);
  return forms.find((form) => form.owns(path))!;
}

/** The same as routes are looked up by it. */
export function routedPath(request: FastifyRequest): string {
  return withoutEscapes(pathOf(request));
}

/** As RFC 9110 has it, with `Allow`. */
export function problemNotServed(
  request: FastifyRequest,
  reply: FastifyReply,
  methods: readonly string[],
): FastifyReply {
  if (methods.length === 0) return sendProblem(reply, new ApiError('not-found', noSuchPath(request)));
  const allow = methods.join(', ');
  return sendProblem(reply, new ApiError('method-not-allowed', `allow ${allow}`, { headers: { allow } }));
}

/**
 * With the path as it was looked for: a double slash or a dot that a client made of an empty variable is seen in it.
 */
export function noSuchPath(request: FastifyRequest): string {
  const parts = pathOf(request).split('/');
  const shown = parts.slice(0, partsShownMax).map((part) => (short.test(part) ? part : '(not shown)'));
  return `There is no such path: ${[...shown, ...(parts.length > partsShownMax ? ['...'] : [])].join('/')}`;
}

const partsShownMax = 12;

/** What no key or token can be: those are longer. */
const short = /^[\w.:-]{0,24}$/;
