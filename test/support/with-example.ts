import { exampleSet } from '../example/events/set.js';

/** For `vi.mock` of the list of messages: with those of `example`. */
export async function withExample(original: () => Promise<unknown>) {
  const { messageSets } = (await original()) as { messageSets: readonly unknown[] };
  return { messageSets: [...messageSets, exampleSet] };
}
