import { itemsAtOnceMax, itemsPerStep, type Steps } from '@holdfast/events/steps';
import { Pieces } from './pieces.js';

/** The items of a list, with a step after so many of them. */
export function* each<T>(items: Iterable<T>, handle: (item: T) => void): Steps<void> {
  let count = 0;
  for (const item of items) {
    if (count > 0 && count % itemsPerStep === 0) yield;
    count++;
    handle(item);
  }
}

/** As JSON.stringify, of plain objects and lists. */
export function* jsonInSteps(value: unknown): Steps<Uint8Array[]> {
  const text = new Pieces();
  yield* write(text, value);
  return text.end();
}

function* write(text: Pieces, value: unknown): Steps<void> {
  if (Array.isArray(value) && value.length > itemsAtOnceMax) {
    for (let at = 0; at < value.length; at += itemsPerStep) {
      if (at > 0) yield;
      text.add((at > 0 ? ',' : '[') + JSON.stringify(value.slice(at, at + itemsPerStep)).slice(1, -1));
    }
    text.add(']');
  } else if (typeof value !== 'object' || value === null || Array.isArray(value)) text.add(JSON.stringify(value));
  else {
    text.add('{');
    let before = '';
    for (const [name, member] of Object.entries(value)) {
      if (member === undefined) continue;
      text.add(`${before}${JSON.stringify(name)}:`);
      yield* write(text, member);
      before = ',';
    }
    text.add('}');
  }
}
