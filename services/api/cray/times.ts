/**
 * RFC 3339, UTC, in whole seconds, rounded down: no holder is shown more than it has. `ms`: milliseconds since 1970,
 * most often a whole second.
 */
export function wholeSeconds(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}
