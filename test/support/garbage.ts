import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Clears away what nobody holds any more; not what a caller still has in a variable. */
export async function clearGarbage(): Promise<void> {
  // What a WeakRef gave, or was made of, is kept until this turn is over.
  await turn();
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
