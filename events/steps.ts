/** Long work in steps, after each of which others may have their turn. */
export type Steps<T> = Generator<void, T>;

/** Items of a list in one step: a millisecond or less, where V8 does not look for garbage. */
export const itemsPerStep = 100;
/** A list of more is worth steps. */
export const itemsAtOnceMax = 500;

/** Does it at once: for what is known to be small, or where nobody waits. */
export function atOnce<T>(steps: Steps<T>): T {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}
