/** Times are shown in RFC 3339, UTC, whole seconds. */

/**
 * An expiry is rounded down: no holder is shown more than it has. `ms` is milliseconds since 1970, most often a whole
 * second.
 */
export function expiryTime(ms: number): string {
  return wholeSeconds(Math.floor(ms / 1000));
}

/** A creation is rounded down. `ms` is milliseconds since 1970. */
export function creationTime(ms: number): string {
  return wholeSeconds(Math.floor(ms / 1000));
}

function wholeSeconds(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
