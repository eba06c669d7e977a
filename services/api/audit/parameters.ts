import { shownParameters } from '../canonical.js';
import { ApiError } from '../errors.js';
import { apiLimits } from '../limits.js';

/** A moment of the log. Milliseconds since 1970. */
export type LogMoment = { sequence: number } | { time: number };

/**
 * The parameters of a query, by their names in the document. Every method throws ApiError `bad-request`, which names
 * the parameter and says what it takes, and does not repeat the value.
 */
export class Parameters {
  /** `unknown`: names that the document does not have. A filter that was misspelt must not mean everything. */
  constructor(
    private readonly given: Record<string, string[]>,
    unknown: readonly string[],
  ) {
    if (unknown.length > 0)
      throw new ApiError('bad-request', `These parameters are not known: ${shownParameters(unknown)}`);
  }

  /** Refuses each of these that is given. */
  without(names: readonly string[], why: string): void {
    const found = names.find((name) => this.given[name] !== undefined);
    if (found !== undefined) throw bad(found, why);
  }

  /** Undefined where it is absent. */
  text(name: string, lengthMax: number = apiLimits.statedActorLengthMax): string | undefined {
    const [value, ...others] = this.given[name] ?? [];
    if (others.length > 0) throw bad(name, 'is given more than once');
    if (value === '') throw bad(name, 'is empty');
    if (value !== undefined && value.length > lengthMax) throw bad(name, `is longer than ${lengthMax} characters`);
    return value;
  }

  /** Each may also be several, separated by commas. */
  texts(name: string): string[] | undefined {
    const values = this.given[name]?.flatMap((value) => value.split(','));
    if (values?.includes('')) throw bad(name, 'is empty');
    return values;
  }

  /** One of these words, in any case. */
  word<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const value = this.text(name)?.toLowerCase();
    const word = words.find((one) => one.toLowerCase() === value);
    if (value !== undefined && word === undefined) throw bad(name, `must be one of ${words.join(', ')}`);
    return word;
  }

  flag(name: string): boolean {
    return this.word(name, ['true', 'false']) === 'true';
  }

  limit(): number {
    const { auditPageRowsMax: max, auditPageRowsDefault } = apiLimits;
    const text = this.text('limit');
    if (text === undefined) return auditPageRowsDefault;
    const limit = wholeNumber(text);
    if (limit === null || limit < 1 || limit > max) throw bad('limit', `must be a whole number from 1 to ${max}`);
    return limit;
  }

  sequence(name: string): number | undefined {
    const text = this.text(name);
    const sequence = text === undefined ? undefined : wholeNumber(text);
    if (sequence === null) throw bad(name, 'must be a sequence, a whole number such as 1200');
    return sequence;
  }

  /** A negative one counts from the end of the log. */
  fromSequence(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const from = wholeNumber(text.replace(/^-/, ''));
    if (from === null || from === 0) {
      throw bad(name, 'must be a sequence from 1, or such as -10 for the last ten');
    }
    return text.startsWith('-') ? -from : from;
  }

  moment(name: string): LogMoment | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const sequence = wholeNumber(text);
    if (sequence !== null) return { sequence };
    const time = timeOf(text);
    if (time === null) {
      throw bad(name, 'must be a time as in RFC 3339, such as 2026-01-31T12:00:00Z, or a sequence, such as 1200');
    }
    return { time };
  }

  /** Milliseconds. */
  age(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const [, count = '', unit = ''] = /^(\d{1,9})([smhd])$/i.exec(text) ?? [];
    if (count === '') throw bad(name, 'must be a number with s, m, h or d behind it, such as 90m');
    return Number(count) * unitMs[unit.toLowerCase() as keyof typeof unitMs];
  }

  /** What a cursor of this kind holds; see `cursorOf`. */
  cursor(kind: string, isPlace: (place: unknown) => boolean): unknown {
    const text = this.text('cursor', apiLimits.cursorLengthMax);
    if (text === undefined) return undefined;
    try {
      const [of, place] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as [unknown, unknown];
      if (of === kind && isPlace(place)) return place;
    } catch {
      // As any other that is not one of ours.
    }
    throw bad('cursor', 'must be the Next of an answer to the same query');
  }
}

/** What a cursor may hold. */
export const isSequence = (place: unknown) => Number.isSafeInteger(place) && Number(place) > 0;
export const isName = (place: unknown) => typeof place === 'string' && /^[!-~]+$/.test(place);

/** Where the next page begins, opaque to clients. Null: there is none. `kind`: no two kinds of pages have the same. */
export function cursorOf(kind: string, place: string | number | null): string | null {
  return place === null ? null : Buffer.from(JSON.stringify([kind, place])).toString('base64url');
}

export function bad(name: string, why: string): ApiError {
  return new ApiError('bad-request', `The parameter ${name} ${why}`);
}

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function wholeNumber(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

const rfc3339 = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;

/** Milliseconds since 1970, or null. A `+` that was not escaped has become a space. */
function timeOf(text: string): number | null {
  const given = text.replace(/ (?=\d\d:\d\d$)/, '+').toUpperCase();
  const day = rfc3339.exec(given)?.[1];
  // Date takes the 30th of February for a day in March.
  if (day === undefined || !isDay(day)) return null;
  const time = Date.parse(given);
  return Number.isNaN(time) ? null : time;
}

function isDay(day: string): boolean {
  const time = Date.parse(day);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}
