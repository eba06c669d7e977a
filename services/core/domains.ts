import type { ShardState } from './shard.js';

/** Where the ids of a module's resources are the shard's only ones. */
const everywhere = /^[^/]+\/default$/;

/**
 * Whether what a command names as its domain is of this shard. A shard that was opened before there was a module has
 * the module too, without an event: so the `default` of each is of every shard. SPEC rule 1.
 */
export function hasDomain({ domains }: Pick<ShardState, 'domains'>, domain: string): boolean {
  return everywhere.test(domain) || domains.includes(domain);
}
