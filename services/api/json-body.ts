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
    throw new ApiError('bad-request', `The body is not valid JSON: ${whereItFails(text)}`);
  }
}

function whereItFails(text: string): string {
  if (text.trim() === '') return 'it is empty';
  const at = failureOf(text);
  if (at === null || at >= text.length) return 'it ends too early';
  if (Number.isNaN(at)) return 'unexpected text';
  return `unexpected character at position ${at}`;
}

/** Index of the first character that cannot be; the length or null where the text only ends too early; NaN when not searched for. */
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
