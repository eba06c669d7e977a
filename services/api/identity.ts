import type { Token, TokenRole } from './settings.js';

/** Who a token stands for, where a module knows of users, projects and services. */
export interface TokenIdentity {
  user: string;
  /** Null: of no project. */
  project: string | null;
  /** With those that each of them includes; each once. */
  roles: readonly TokenRole[];
  /** Of the service in whose name it asks beside its own. */
  serviceRoles: readonly TokenRole[];
}

/** What a role has of others, as an identity service hands them out together. */
const implied: Record<TokenRole, readonly TokenRole[]> = {
  admin: ['admin', 'member', 'reader'],
  service: ['service'],
  member: ['member', 'reader'],
  reader: ['reader'],
};

/** The user of a token that says none is who it is in the log. */
export function identityOf({ name, user = name, project, roles, serviceRoles = [] }: Token): TokenIdentity {
  return { user, project: project ?? null, roles: withImplied(roles), serviceRoles };
}

function withImplied(roles: readonly TokenRole[]): TokenRole[] {
  return [...new Set(roles.flatMap((role) => implied[role]))];
}
