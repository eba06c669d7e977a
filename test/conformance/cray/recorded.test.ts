import { expect, test } from 'vitest';
import { fakeApi } from '../../support/fake-api.js';
import { runCtCases } from './ct.js';
import { ctDifferences, recordedDifferences } from './differences.js';
import { replayRecorded } from './replay.js';

test('the recorded answers of hms-smd are given again, but for the listed differences', async () => {
  const { inject } = await fakeApi();
  const { steps, findings } = await replayRecorded(inject, recordedDifferences);
  expect(findings).toEqual([]);
  expect(steps).toBe(222);
});

test("the implementation's own integration suite passes, but for the listed differences", async () => {
  const { inject } = await fakeApi();
  const { cases, findings } = await runCtCases(inject, ctDifferences);
  expect(findings).toEqual([]);
  expect(cases).toBe(60);
});
