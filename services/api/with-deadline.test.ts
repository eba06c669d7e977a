import type { ReadModel } from '@holdfast/projections/port';
import { expect, test } from 'vitest';
import { MemoryReadModel } from '../../test/support/memory-read-model.js';
import { withDeadline } from './with-deadline.js';

/** Timers that fire when they are told to. */
function timers() {
  const set = new Set<() => void>();
  return {
    after: (_ms: number, callback: () => void) => {
      set.add(callback);
      return () => set.delete(callback);
    },
    fire: () => {
      for (const callback of set) callback();
    },
    count: () => set.size,
  };
}

test('a query that hangs ends as unavailable, and one that is answered leaves no timer', async () => {
  const { after, fire, count } = timers();
  const model = new MemoryReadModel();
  const bounded: ReadModel = withDeadline(model, { after });
  expect(await bounded.request('none')).toBeNull();
  expect([bounded.read, count()]).toEqual([0, 0]);
  model.request = () => new Promise(() => {});
  const asked = bounded.request('none');
  fire();
  await expect(asked).rejects.toMatchObject({ code: 'unavailable' });
});
