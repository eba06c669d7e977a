import type { LeasingDecider } from '@holdfast/core/decider';
import { changes, type EventSubject, on, type Place } from '@holdfast/events/module';
import type { PresentPart } from '@holdfast/projections/module';
import { expect, test } from 'vitest';
import { exampleDecider } from './example/core/decider.js';
import { exampleSet } from './example/events/set.js';
import { type ExampleTypes, exampleProjections } from './example/projections/module.js';

/*
 * What a module could leave out of its manifests without a word, it cannot: this file does not compile where it can.
 */

const instrument: EventSubject<{ instrument: string }> = on('instrument', ({ instrument }) => instrument);

test('of each event it says whether a resource may begin with it', () => {
  // @ts-expect-error: the subject alone says nothing of that.
  const place: Place<{ instrument: string }> = instrument;
  expect([place.creates, changes(instrument).creates]).toEqual([undefined, false]);
  expect(exampleSet.places['example.Claimed'].creates).toBe(true);
});

test('of what it decides, ends and moves it says whether it takes steps', () => {
  type Decides = LeasingDecider<never, never, never>;
  const { decideInSteps, expireInSteps, shiftLeasesInSteps, ...rest } = exampleDecider;
  const parts = { decideInSteps, expireInSteps, shiftLeasesInSteps };
  // @ts-expect-error: each is there, or null.
  const silent: Decides = rest as Omit<Decides, keyof typeof parts>;
  expect(Object.keys(silent)).not.toContain('decideInSteps');
  expect(parts).toEqual({ decideInSteps: null, expireInSteps: null, shiftLeasesInSteps: null });
});

test('each of its projections is named', () => {
  // @ts-expect-error: its one projection is left out.
  const projections: PresentPart<ExampleTypes>['projections'] = {};
  expect(Object.keys(projections)).toEqual([]);
  expect(Object.keys(exampleProjections.present.projections)).toEqual(['claims']);
});
