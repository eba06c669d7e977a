import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backends } from '../../../support/backends.js';
import { describeBackends } from '../../../support/describe-backends.js';
import { serviceOn } from '../../../support/service.js';
import { placementClient } from '../client.js';

const racers = 100;
const rounds = 100;
const raceMsMax = 300_000;
let service: Awaited<ReturnType<typeof serviceOn>>;
let client: ReturnType<typeof placementClient>;

describeBackends(backends, (backend) => {
  beforeAll(async () => {
    service = await serviceOn(backend);
    client = placementClient(service.url);
  });
  afterAll(() => service.close());

  test(
    `${racers} racers for the last unit: one gets it, and the others are told why not`,
    async () => {
      for (let round = 0; round < rounds; round++) {
        const provider = await client.provider(1);
        const answers = await Promise.all(Array.from({ length: racers }, () => client.allocate(provider)));
        const refused = answers.filter(({ status }) => status !== 204);
        expect(refused, `round ${round}`).toHaveLength(racers - 1);
        const told = new Set(refused.map(({ status, body }) => `${status} ${body.errors?.[0].detail}`));
        expect([...told]).toEqual([
          expect.stringMatching(/^409 .*'VCPU' on resource provider '.*would exceed the capacity/s),
        ]);
        expect(await client.used(provider)).toBe(1);
      }
    },
    raceMsMax,
  );

  test('an allocation that is refused leaves no consumer behind', async () => {
    const consumer = randomUUID();
    const unknown = await client.allocate(randomUUID(), 1, consumer);
    expect(unknown.status).toBe(400);
    expect(unknown.body.errors[0].detail).toContain('that does not exist');
    // It is still nobody's, so its generation is null.
    const again = await client.allocate(await client.provider(1), 1, consumer);
    expect(again.status).toBe(204);
  });

  test('the usages of a project are told by type of consumer', async () => {
    const provider = await client.provider(8);
    const project = randomUUID();
    const held = [
      ['INSTANCE', 3],
      ['INSTANCE', 1],
      ['MIGRATION', 2],
    ] as const;
    for (const [consumer_type, VCPU] of held) {
      const { status } = await client.send('PUT', `/allocations/${randomUUID()}`, {
        allocations: { [provider]: { resources: { VCPU } } },
        project_id: project,
        user_id: 'u',
        consumer_generation: null,
        consumer_type,
      });
      expect(status).toBe(204);
    }
    const { status, body } = await client.send('GET', `/usages?project_id=${project}`);
    expect({ status, body }).toEqual({
      status: 200,
      body: { usages: { INSTANCE: { consumer_count: 2, VCPU: 4 }, MIGRATION: { consumer_count: 1, VCPU: 2 } } },
    });
  });
});
