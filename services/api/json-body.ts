import { randomUUID } from 'node:crypto';
import type { Steps } from '@holdfast/events/steps';
import type { LongList } from './body-limits.js';
import { ApiError } from './errors.js';
import { apiLimits } from './limits.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * A body as JSON, whatever its content type says. Throws ApiError `bad-request` with what is wrong and where. The
 * engine's own messages quote the text around an error, which may be a key, so they never leave this file.
 */
export function parseJsonBody(bytes: Uint8Array): unknown {
  if (bytes.length === 0) throw new ApiError('bad-request', 'The body is empty; JSON is expected');
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new ApiError('bad-request', 'The body is not UTF-8');
  }
  try {
    return JSON.parse(text);
  } catch {
    throw notJson(whereItFails(text));
  }
}

/**
 * The same for a body with long lists, which are read in parts, after each of which others may have their turn. What is
 * left of the body is read as a whole, with a mark in place of what is in each of its long lists.
 */
export function* parseJsonInSteps(bytes: Uint8Array, lists: readonly LongList[]): Steps<unknown> {
  const marks = new Map<string, unknown[]>();
  const rest: Uint8Array[] = [];
  let from = 0;
  for (const { cuts } of lists) {
    const mark = randomUUID();
    rest.push(bytes.subarray(from, cuts[0]! + 1), Buffer.from(`"${mark}"`));
    from = cuts.at(-1)!;
    const items: unknown[] = [];
    for (let n = 0; n + 1 < cuts.length; n++) {
      const part = parsedPart(bytes.subarray(cuts[n]! + 1, cuts[n + 1]));
      // Nothing between two commas, or before a bracket.
      if (part.length === 0) throw notJson('unexpected text');
      for (const item of part) items.push(item);
      yield;
    }
    marks.set(mark, items);
  }
  const whole = parseJsonBody(Buffer.concat([...rest, bytes.subarray(from)]));
  if (typeof whole !== 'object' || whole === null) return whole;
  const members = Object.entries(whole).map(([name, value]) => {
    const items = Array.isArray(value) && value.length === 1 ? marks.get(value[0]) : undefined;
    return [name, items ?? value] as const;
  });
  return Array.isArray(whole) ? members.map(([, value]) => value) : Object.fromEntries(members);
}

/** Without a byte order mark at its beginning, which has no place within a body. */
const utf8Part = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function parsedPart(bytes: Uint8Array): unknown[] {
  let text: string;
  try {
    text = utf8Part.decode(bytes);
  } catch {
    throw new ApiError('bad-request', 'The body is not UTF-8');
  }
  try {
    return JSON.parse(`[${text}]`) as unknown[];
  } catch {
    throw notJson('unexpected text');
  }
}

function notJson(why: string): ApiError {
  return new ApiError('bad-request', `The body is not valid JSON: ${why}`);
}

function whereItFails(text: string): string {
  if (text.trim() === '') return 'it is empty';
  const at = failureOf(text);
  if (at === null || at >= text.length) return 'it ends too early';
  if (Number.isNaN(at)) return 'unexpected text';
  return `unexpected character at position ${at}`;
}

/**
 * Index of the first character that cannot be; the length or null where the text only ends too early; NaN when not
 * searched for.
 */
function failureOf(text: string): number | null {
  const given = complaint(text);
  if (given !== 'somewhere') return given;
  if (text.length > apiLimits.locatedJsonCharsMax) return Number.NaN;
  // A prefix is viable until it holds the offending character, so that character can be found by halving.
  let viable = 0;
  let broken = text.length;
  while (broken - viable > 1) {
    const middle = (viable + broken) >> 1;
    const about = complaint(text.slice(0, middle));
    if (about === null || (typeof about === 'number' && about >= middle)) viable = middle;
    else broken = middle;
  }
  return broken - 1;
}

/** Null: valid, or it ends too early. */
function complaint(text: string): number | 'somewhere' | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    const message = String(error);
    if (/unexpected end|unterminated/i.test(message)) return null;
    const position = /at position (\d+)/.exec(message)?.[1];
    return position === undefined ? 'somewhere' : Number(position);
  }
}
