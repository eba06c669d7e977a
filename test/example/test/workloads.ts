import { repeat } from '../../bench/measure.js';
import type { BenchPart, Context } from '../../bench/module.js';

/** Of its own: others may be claimed in the service that is measured. */
const instrument = 'balance-1';

async function claims({ client, bounds }: Context) {
  const sample = await repeat(bounds, async () => {
    const { claim } = await client.call('POST', '/example/claims', { instrument, seconds: 60 }, 201);
    await client.call('POST', '/example/returns', { instrument, claim }, 200);
  });
  return [{ what: 'claim an instrument and give it back', sample, each: { count: 1, unit: 'pairs' } }];
}

export const exampleBench: BenchPart = {
  headers: () => ({}),
  begin: async () => [],
  workloads: [{ name: 'example', measure: claims }],
  questions: async () => [],
};
