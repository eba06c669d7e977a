import { expect, test } from 'vitest';
import { fakeApi } from '../../../support/fake-api.js';
import type { Injector } from '../../../support/injector.js';
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

test('the replay finds an answer that differs, a difference that is not there, and one that is not as listed', async () => {
  const { inject } = await fakeApi();
  const step = 'lock two, default (rigid)';
  const changed: Injector = async (request) => {
    const response = await inject(request);
    return { ...response, text: response.text.replace('"Total":2,"Success":2', '"Total":2,"Success":1') };
  };
  const differs = (await replayRecorded(changed, recordedDifferences)).findings.filter((found) => found.step === step);
  expect(differs.map(({ problem }) => problem)).toEqual(['differs']);

  const listed = recordedDifferences[0];
  if (listed === undefined) throw new Error('nothing is listed');
  const same = { ...listed, scenario: 'lock_unlock', step };
  const gone = { ...listed, step: 'no such step' };
  const other = { ...listed, ours: { status: 200, body: {} } };
  const { findings } = await replayRecorded(inject, [...recordedDifferences.slice(1), other, same, gone]);
  expect(findings.map(({ step: at, problem }) => [at, problem])).toEqual(
    expect.arrayContaining([
      [step, 'listed, but does not differ'],
      [other.step, 'differs in another way than listed'],
      [gone.step, 'listed, but there is no such step'],
    ]),
  );
  expect(findings).toHaveLength(3);
});

test('the replay finds a fencing token that is missing, and one that is where none belongs', async () => {
  const { inject } = await fakeApi();
  const without: Injector = async (request) => {
    const response = await inject(request);
    return { ...response, text: response.text.replaceAll(/,"FencingToken":(\d+|\[[\d,]+\])/g, '') };
  };
  const { findings } = await replayRecorded(without, recordedDifferences);
  const steps = findings.map(({ step, problem }) => [step, problem.split(':', 1)[0]]);
  const each = ['create default model', 'admin reservation default model', 'check two valid', 'renew ok'];
  for (const step of [...each, 'status after lock, request order B,A'])
    expect(steps).toContainEqual([step, 'FencingToken']);
  expect(new Set(steps.map(([, problem]) => problem))).toEqual(new Set(['FencingToken']));
  const everywhere: Injector = async (request) => {
    const response = await inject(request);
    const free = '"Locked":false,"Reserved":false';
    return { ...response, text: response.text.replaceAll(free, `${free},"FencingToken":7`) };
  };
  expect((await replayRecorded(everywhere, recordedDifferences)).findings).toContainEqual(
    expect.objectContaining({
      step: 'status of an untouched component',
      problem: expect.stringMatching(/^FencingToken/),
    }),
  );
});

test('the integration suite finds an answer that does not fit its pattern', async () => {
  const { inject } = await fakeApi();
  const changed: Injector = async (request) => {
    const response = await inject(request);
    return { ...response, text: response.text.replaceAll('"Reason":"Unlocked"', '"Reason":"Locked"') };
  };
  const { findings } = await runCtCases(changed, ctDifferences);
  expect(findings.length).toBeGreaterThan(0);
  expect((await runCtCases(inject, ctDifferences.slice(1))).findings).toHaveLength(1);
});
