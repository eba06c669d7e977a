import type { Steps } from '@holdfast/events/steps';

/** Lets the event loop turn, so that long work does not hold up all else. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Does long work with a turn of the event loop after each step but the last. */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  let step = steps.next();
  while (!step.done) {
    await nextTurn();
    step = steps.next();
  }
  return step.value;
}
