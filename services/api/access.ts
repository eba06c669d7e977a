import { createHash, timingSafeEqual } from 'node:crypto';
import type { Actor } from '@holdfast/events';
import type { FastifyRequest } from 'fastify';
import { ApiError } from './errors.js';
import { apiLimits } from './limits.js';
import type { Role, Token, TokenRole } from './settings.js';
import { Tokens } from './tokens.js';

/** Who a request comes from, and whether that one may do it. */
export interface Access {
  /** Whether callers must show a token. */
  required: boolean;
  /** Whose a token is; null where it is nobody's. */
  holder(token: string): Token | null;
  /**
   * Whose the token is that a request showed, by those that count now; null where it showed none, or one that does not
   * count.
   */
  holderOf(request: FastifyRequest): Token | null;
  /**
   * An unauthenticated actor has no name. Throws ApiError `unauthorized` or `forbidden`. `role`: the least that the
   * operation needs.
   */
  admit(request: FastifyRequest, role: Role): Actor;
}

export function accessBy(given: readonly Token[] | Tokens): Access {
  const tokens = given instanceof Tokens ? given : new Tokens(given);
  let entries = digested(tokens.current);
  tokens.onReplaced(() => {
    entries = digested(tokens.current);
  });
  const holder = (token: string): Token | null => {
    const shown = digest(token);
    // Every entry is compared, over digests of equal length, so that the time says nothing about any of them.
    return entries.filter((entry) => timingSafeEqual(entry.digest, shown))[0] ?? null;
  };
  return {
    required: entries.length > 0,
    holder,
    holderOf(request) {
      const shown = bearerOf(request);
      return shown === null ? null : holder(shown);
    },
    admit(request, role) {
      if (entries.length === 0) return { name: '', authenticated: false, ...whereFrom(request) };
      const shown = bearerOf(request);
      if (shown === null) throw unauthorized('A bearer token is required');
      const known = holder(shown);
      if (known === null) throw unauthorized('The bearer token is not known');
      if (!allows(known.roles, role)) throw new ApiError('forbidden', `The role ${role} is required`);
      return { name: known.name, authenticated: true, ...whereFrom(request) };
    },
  };
}

function digested(tokens: readonly Token[]): (Token & { digest: Buffer })[] {
  return tokens.map((token) => ({ ...token, digest: digest(token.token) }));
}

export function bearerOf({ headers }: FastifyRequest): string | null {
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}

export function whereFrom(request: FastifyRequest): Pick<Actor, 'address' | 'userAgent'> {
  return { address: request.ip, userAgent: userAgentOf(request) };
}

const includes: Record<TokenRole, readonly Role[]> = {
  admin: ['admin', 'service', 'reader'],
  service: ['service', 'reader'],
  reader: ['reader'],
  member: [],
};

function allows(held: readonly TokenRole[], needed: Role): boolean {
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
