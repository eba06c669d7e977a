import type { Steps } from '@holdfast/events/steps';

/** What it gives, after how many steps. */
export function inSteps<T>(steps: Steps<T>): { value: T; steps: number } {
  for (let count = 0; ; count++) {
    const step = steps.next();
    if (step.done) return { value: step.value, steps: count };
  }
}
