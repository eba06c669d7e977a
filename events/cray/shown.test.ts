import { expect, test } from 'vitest';
import { sampleEvents } from '../samples.js';
import { shownDetail } from '../shown.js';

test('of a reservation nothing is shown that its keys could be tried on', () => {
  const { type, ...fields } = sampleEvents['cray.ReservationCreated'];
  const { reservationKeyHash: _, deputyKeyHash: __, ...rest } = fields;
  expect(shownDetail(type, fields)).toEqual(rest);
});
