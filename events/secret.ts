import { createHmac } from 'node:crypto';

/**
 * What is made of the secret of a shard: modules derive from it what they show, and only hashes of that enter the log.
 * SPEC rule 12.
 */
export interface ShardSecret {
  /** HMAC-SHA-256. Each module says in its texts what they are for, so that none is that of another. */
  mac(text: string, encoding: 'hex' | 'base64url'): string;
  /** Proves that its bearer sent the request, so that what it was shown may be shown again. */
  requestToken(commandId: string): string;
  /** Tells two secrets apart and gives neither away. SPEC rule 1. */
  fingerprint: string;
}

export function shardSecret(secret: Uint8Array): ShardSecret {
  const mac = (text: string, encoding: 'hex' | 'base64url') =>
    createHmac('sha256', secret).update(text).digest(encoding);
  return {
    mac,
    requestToken: (commandId) => mac(`request:${commandId}`, 'base64url'),
    fingerprint: mac('fingerprint', 'base64url'),
  };
}
