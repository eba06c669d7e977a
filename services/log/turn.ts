import type { Steps } from '@holdfast/events/steps';

/** How long work may go on before others have their turn, in milliseconds. */
const sliceMs = 4;

/** Long work that waits to go on. */
const waiting: (() => void)[] = [];
/** When some of it last went on after a wait. */
let since = Number.NEGATIVE_INFINITY;

/**
 * Lets the event loop turn, so that long work does not hold up all else. One goes on in each turn, however many wait:
 * else what is short and takes several turns, as a commit does, would wait for a step of each of them every time.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(goOn);
  });
}

function goOn(): void {
  since = performance.now();
  waiting.shift()!();
  if (waiting.length > 0) setImmediate(goOn);
}

/**
 * The same once long work, whoever does it, has gone on for long enough. To be called after steps that are short by
 * themselves: where V8 looks for garbage meanwhile, it does so in the thread that asks for memory, and what takes a
 * millisecond else then takes ten.
 */
export function giveWay(): Promise<void> {
  return performance.now() - since < sliceMs ? Promise.resolve() : nextTurn();
}

/** Does long work in steps, and gives way after each but the last. */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  let step = steps.next();
  while (!step.done) {
    await giveWay();
    step = steps.next();
  }
  return step.value;
}
