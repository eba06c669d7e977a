import type { Steps } from '@holdfast/events/steps';

/** Long work that waits to go on. */
const waiting: (() => void)[] = [];

/**
 * Lets the event loop turn, so that long work does not hold up all else. One goes on in each turn, however many wait: else what is short and
 * takes several turns, as a commit does, would wait for a step of each of them every time.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(goOn);
  });
}

function goOn(): void {
  waiting.shift()!();
  if (waiting.length > 0) setImmediate(goOn);
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
