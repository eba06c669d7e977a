import { expect, test } from 'vitest';
import { fakeApi } from '../../../support/fake-api.js';
import { inventoryDifferences } from './differences.js';
import { replayRecorded } from './replay.js';

test('the recorded answers of the inventory of hms-smd are given again, but for the listed differences', async () => {
  const { inject } = await fakeApi();
  const { steps, findings } = await replayRecorded(inject, inventoryDifferences, 'inventory.json');
  expect(findings).toEqual([]);
  expect(steps).toBe(156);
});
