import type { Steps } from '@holdfast/events/steps';
import { ApiError } from './errors.js';
import { MemberNames } from './member-names.js';

const megabyte = 1024 * 1024;

/** What a body of an operation may have, before anything of it is read. */
export interface BodyLimits {
  bytes: number;
  /** Values: of members and items, and the objects and lists themselves. What they are is not looked at. */
  values: number;
}

/**
 * By what an operation takes at most. 100,000 ids are 2 to 4 MB, 100,000 keys with theirs 10, 100,000 components of an
 * inventory with all that may be said of each 30, 10,000 amounts of resources 1.
 */
export const bodyLimits = {
  few: { bytes: megabyte, values: 20_000 },
  ids: { bytes: 8 * megabyte, values: 250_000 },
  keys: { bytes: 16 * megabyte, values: 500_000 },
  components: { bytes: 32 * megabyte, values: 2_000_000 },
  amounts: { bytes: 4 * megabyte, values: 100_000 },
} as const satisfies Record<string, BodyLimits>;

/** Objects and lists within one another; no operation takes more than six. */
export const bodyDepthMax = 32;

/**
 * A long list that is a member of a body, and where it may be cut: after its bracket, at some of its commas, and before
 * its end.
 */
export interface LongList {
  cuts: number[];
}

/**
 * Looks through a body, in steps after each of which others may have their turn, and counts; gives its long lists.
 * Throws ApiError `bad-request` that names the limit as soon as it is past one, so that what is refused costs next to
 * nothing, and where an object has a member twice. Whether it is JSON shows later.
 */
export function* counted(
  body: Uint8Array,
  { values: valuesMax }: Pick<BodyLimits, 'values'>,
  shownNames = plainName,
): Steps<LongList[]> {
  let [values, depth, stepEnd] = [0, 0, bytesPerStep];
  const names = new MemberNames(Buffer.from(body.buffer, body.byteOffset, body.byteLength), shownNames);
  const lists: LongList[] = [];
  let list: number[] | null = null;
  for (let at = 0; at < body.length; at++) {
    if (at >= stepEnd) {
      stepEnd = at + bytesPerStep;
      yield;
    }
    switch (body[at]) {
      case quote: {
        const end = endOfString(body, at);
        names.string(at + 1, end);
        at = end;
        break;
      }
      case openList:
      case openObject:
        values++;
        if (++depth > bodyDepthMax) throw new ApiError('bad-request', `The body is nested deeper than ${bodyDepthMax}`);
        names.opened(body[at] === openObject);
        if (depth === 2) list = body[at] === openList ? [at] : null;
        break;
      case closeList:
      case closeObject:
        names.closed();
        if (--depth !== 1 || list === null) break;
        if (list.length > 1) lists.push({ cuts: [...list, at] });
        list = null;
        break;
      case comma:
        values++;
        names.comma();
        if (depth === 2 && list !== null && at - list.at(-1)! >= bytesPerPart) list.push(at);
        break;
    }
    if (values > valuesMax) throw new ApiError('bad-request', `The body has more than ${valuesMax} values`);
  }
  return lists;
}

/** What an error may repeat of a body that may hold keys: see `shownNames`. */
const plainName = /^[A-Za-z_]{1,32}$/;

/** Of a list that is read in parts: less than a millisecond of JSON. */
const bytesPerPart = 32 * 1024;

/** Some milliseconds. */
const bytesPerStep = 512 * 1024;
const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Where the string ends that begins at `start`; the body's end where it does not. */
function endOfString(body: Uint8Array, start: number): number {
  let end = start;
  for (;;) {
    end = body.indexOf(quote, end + 1);
    if (end === -1) return body.length;
    let before = end - 1;
    while (body[before] === backslash) before--;
    // After an even number of backslashes, each of which stands for itself.
    if ((end - before) % 2 === 1) return end;
  }
}
