import { isDeepStrictEqual } from 'node:util';

/** A promise that was broken, and about what, so that a history can be shown around it. */
export class Violation extends Error {
  constructor(
    what: string,
    readonly about: About = {},
  ) {
    super(what);
    this.name = 'Violation';
  }
}

export interface About {
  /** Position of a command. */
  command?: number | undefined;
  /** Milliseconds since 1970, by the clock of whoever observed it. */
  time?: number | undefined;
}

export function claim(holds: boolean, what: string | (() => string), about?: About): asserts holds {
  if (!holds) throw new Violation(typeof what === 'string' ? what : what(), about);
}

/** Equal, whatever classes a codec gives its values, and whatever the order of their fields. */
export function sameJson(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(plain(a), plain(b));
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
