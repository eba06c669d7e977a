import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../errors.js';
import { type ApiForm, problemForm, problemNotServed, routedPath } from '../form.js';
import type { ApiContext } from '../module.js';
import { sendProblem } from '../replies.js';
import { cleaned, toCleanPath } from './clean-paths.js';
import { dialectOf, hsm } from './dialect.js';

/** Problems, as the published dialect has them, but for what hms-smd does with paths in its own. */
export function crayForm({ access, methodsOf }: Pick<ApiContext, 'access' | 'methodsOf'>): ApiForm {
  const problems = problemForm(access);
  return {
    ...problems,
    // Whatever else nobody serves may be anybody's.
    owns: (path) => dialectOf(cleaned(path)) === hsm,
    admit(request, reply) {
      problems.admit(request, reply);
      return toCleanPath(request, reply, methodsOf);
    },
    notServed,
  };
}

/** As hms-smd answers in its dialect, with a problem elsewhere. */
function notServed(request: FastifyRequest, reply: FastifyReply, methods: readonly string[]): FastifyReply {
  if (dialectOf(routedPath(request)) !== hsm) return problemNotServed(request, reply, methods);
  if (request.method !== 'PATCH' || !methods.includes('POST')) {
    return reply.code(404).type('text/plain; charset=utf-8').send('404 page not found\n');
  }
  return sendProblem(reply, new ApiError('method-not-allowed', 'allow POST', { headers: { allow: 'POST' } }));
}
