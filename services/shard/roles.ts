/** What a process does of a shard: it takes requests, decides on them, or keeps the rows in step. */
export type ShardRole = 'api' | 'processor' | 'projector';

/** Who decides reads the log, and who asks for decisions. A projector has its own place in it, with its rows. */
export function readsFeed(roles: readonly ShardRole[]): boolean {
  return roles.some((role) => role !== 'projector');
}
