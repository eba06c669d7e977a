import type { FastifyRequest } from 'fastify';
import { type Access, bearerOf, whereFrom } from '../access.js';
import { identityOf } from '../identity.js';
import { apiLimits } from '../limits.js';
import { headerText } from '../origin.js';
import type { Token } from '../settings.js';
import type { Identity } from './policy.js';

/**
 * Whose request it is, from `X-Auth-Token` or a bearer token; null where it shows none that is known. Sets
 * `request.actor`.
 */
export function identify(request: FastifyRequest, access: Access): Identity | null {
  const { 'x-auth-token': header } = request.headers;
  const token = header === undefined ? bearerOf(request) : String(header);
  if (token === null) return null;
  if (!access.required) return stated(request, token);
  const holder = access.holder(token);
  if (holder === null) return null;
  request.actor = { name: holder.name, authenticated: true, ...whereFrom(request) };
  return held(holder);
}

/**
 * Who asks, as Placement knows it, on a path that is not its own. Where nobody has to prove anything, anybody might say
 * to be an admin there, so here nobody has to.
 */
export function bearerIdentity(request: FastifyRequest, access: Access): Identity {
  const nobody = { user: '', project: null, isSystem: false };
  if (!access.required) return { ...nobody, roles: ['admin'] };
  const token = bearerOf(request);
  const holder = token === null ? null : access.holder(token);
  return holder === null ? { ...nobody, roles: [] } : held(holder);
}

function held(token: Token): Identity {
  const { user, project, roles } = identityOf(token);
  return { user, project, roles, isSystem: false };
}

/**
 * Where nobody has to prove anything, a token is `user` or `user:project`, and headers say the rest, as Placement has
 * it in development. A user called admin is one. Throws ApiError `bad-request`.
 */
function stated(request: FastifyRequest, token: string): Identity {
  const [user = '', project] = headerText('X-Auth-Token', token, apiLimits.statedActorLengthMax).split(/:(.*)/s, 2);
  const { 'x-roles': roles, 'x-project-id': givenProject, 'openstack-system-scope': scope } = request.headers;
  request.actor = { name: user, authenticated: false, ...whereFrom(request) };
  const isSystem = scope !== undefined && scope !== '';
  return {
    user,
    project: givenProject === undefined ? (isSystem ? null : project || user) : String(givenProject),
    roles: roles === undefined ? (user === 'admin' ? ['admin'] : []) : String(roles).split(','),
    isSystem,
  };
}
