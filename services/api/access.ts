import { createHash, timingSafeEqual } from 'node:crypto';
import type { Actor } from '@holdfast/events';
import type { FastifyRequest } from 'fastify';
import { ApiError } from './errors.js';
import { apiLimits } from './limits.js';
import type { Role, Token } from './settings.js';

/** Who a request comes from, and whether that one may do it. */
export interface Access {
  /** An unauthenticated actor has no name. Throws ApiError `unauthorized` or `forbidden`. `role`: the least that the operation needs. */
  admit(request: FastifyRequest, role: Role): Actor;
}

export function accessBy(tokens: readonly Token[]): Access {
  const entries = tokens.map((token) => ({ ...token, digest: digest(token.token) }));
  return {
    admit(request, role) {
      const from = { address: request.ip, userAgent: userAgentOf(request) };
      if (entries.length === 0) return { name: '', authenticated: false, ...from };
      const shown = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
      if (shown === undefined) throw unauthorized('A bearer token is required');
      const shownDigest = digest(shown);
      // Every entry is compared, over digests of equal length, so that the time says nothing about any of them.
      const matches = entries.filter((entry) => timingSafeEqual(entry.digest, shownDigest));
      const known = matches[0];
      if (known === undefined) throw unauthorized('The bearer token is not known');
      if (!allows(known.roles, role)) throw new ApiError('forbidden', `The role ${role} is required`);
      return { name: known.name, authenticated: true, ...from };
    },
  };
}

const includes: Record<Role, readonly Role[]> = {
  admin: ['admin', 'service', 'reader'],
  service: ['service', 'reader'],
  reader: ['reader'],
};

function allows(held: readonly Role[], needed: Role): boolean {
  return held.some((role) => includes[role].includes(needed));
}

function unauthorized(detail: string): ApiError {
  return new ApiError('unauthorized', detail, { headers: { 'www-authenticate': 'Bearer' } });
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function userAgentOf(request: FastifyRequest): string {
  return (request.headers['user-agent'] ?? '').slice(0, apiLimits.userAgentLengthMax);
}
