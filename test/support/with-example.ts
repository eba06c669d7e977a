import { exampleSet } from '../example/events/set.js';
import { withNamed } from './named.js';

/** For `vi.mock` of the list of messages: with those of `example`. */
export async function withExample(original: () => Promise<unknown>) {
  const { messageSets } = (await original()) as { messageSets: readonly { name: string }[] };
  return { messageSets: withNamed(messageSets, exampleSet) };
}
