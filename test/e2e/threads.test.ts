import { getPriority } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadNodes, ServedProcess, scratch } from '../support/service.js';
import { nicenessesOf } from '../support/threads.js';

describe.skipIf(process.platform !== 'linux')('a service', () => {
  let place: Awaited<ReturnType<typeof scratch>>;
  let served: ServedProcess;
  beforeAll(async () => {
    place = await scratch();
    served = await new ServedProcess(['--data', place.directory]).ready();
    await loadNodes(served.url, ['x0c0s0b0n0']);
  });
  afterAll(async () => {
    await served.kill();
    await place.remove();
  });
  const nicenesses = () => [...nicenessesOf(served.pid).values()];

  test("looks for garbage behind what answers requests, with V8's four threads", () => {
    const [first, ...others] = nicenesses();
    expect(first).toBe(getPriority());
    expect(others.filter((niceness) => niceness === Math.min(getPriority() + 5, 19)).length).toBeGreaterThanOrEqual(4);
  });

  test('has sixteen threads for what waits for disks and names', () => {
    // Those of the embedded database and of LMDB come besides.
    expect(nicenesses().filter((niceness) => niceness === getPriority()).length).toBeGreaterThan(16);
  });
});
