import { headBytes, isSelfFramed } from './frame.js';

/**
 * True where a record's bytes alone prove that no process of this service wrote it: they are too few, or begin with
 * neither of the heads that it writes. Every reader of every version passes over it alike, as it looks at nothing else.
 * SPEC rule 6.
 */
export function isStray(value: Uint8Array): boolean {
  return value.length < headBytes || (value[0] !== 0 && !isSelfFramed(value));
}
