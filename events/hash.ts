import { createHash, hash } from 'node:crypto';

/** SHA-256 in base64url without padding: 43 characters. */
export function sha256(data: string | Uint8Array): string {
  return hash('sha256', data, 'base64url');
}

interface Hashed {
  fingerprint: string;
  body: Uint8Array;
}

/**
 * The hash of a group, which the next group names. It covers the group before, and each event's schema and Avro bytes.
 * Not the ids of the wire format: another registry gives others. Lengths go in, so that no two lists hash alike.
 */
export function groupHash(before: string, events: readonly Hashed[]): string {
  const hasher = new GroupHasher(before, events.length);
  for (const event of events) hasher.add(event);
  return hasher.hash();
}

/** The same, event by event, for a group of so many. */
export class GroupHasher {
  readonly #hash = createHash('sha256');

  constructor(before: string, size: number) {
    this.#hash.update(`${before.length}:${before}:${size}`);
  }

  add({ fingerprint, body }: Hashed): void {
    this.#hash.update(`:${fingerprint}:${body.byteLength}:`).update(body);
  }

  /** Nothing may be added after it. */
  hash(): string {
    return this.#hash.digest('base64url');
  }
}
