import { createHash } from 'node:crypto';

/** SHA-256 in base64url without padding: 43 characters. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('base64url');
}

/**
 * The hash of a group, which the next group names. It covers the group before, and each event's schema and Avro bytes.
 * Not the ids of the wire format: another registry gives others. Lengths go in, so that no two lists hash alike.
 */
export function groupHash(before: string, events: readonly { fingerprint: string; body: Uint8Array }[]): string {
  const hash = createHash('sha256').update(`${before.length}:${before}:${events.length}`);
  for (const { fingerprint, body } of events) hash.update(`:${fingerprint}:${body.byteLength}:`).update(body);
  return hash.digest('base64url');
}
