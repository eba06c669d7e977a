import { itemsPerStep, type Steps } from '@holdfast/events/steps';

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
export function* jsonInSteps(value: unknown): Steps<string> {
  if (Array.isArray(value) && value.length > itemsPerStep) {
    let text = '[';
    for (let at = 0; at < value.length; at += itemsPerStep) {
      if (at > 0) yield;
      text += (at > 0 ? ',' : '') + JSON.stringify(value.slice(at, at + itemsPerStep)).slice(1, -1);
    }
    return `${text}]`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value);
  const members: string[] = [];
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined) members.push(`${JSON.stringify(name)}:${yield* jsonInSteps(member)}`);
  }
  return `{${members.join(',')}}`;
}
