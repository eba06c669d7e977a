import type { Event } from '@holdfast/events';
import { expect, test } from 'vitest';
import { ComponentHistories } from './component-histories.js';

test('one event moves the expiry of every component, and is a moment of each', () => {
  const histories = new ComponentHistories();
  let expiresAt = 20_000;
  const componentOf = () => ({ locked: false, disabled: false, reservation: { expiresAt } });
  const nodes = ['x0c0s0b0n0', 'x0c0s1b0n0'];
  const made = nodes.map((xname) => ({ type: 'cray.ReservationCreated', xname, reservationId: 'a.1', createdAt: 0 }));
  histories.take(1, made as unknown as Event[], componentOf);
  const before = histories.at(nodes[0]!, 1)!.text;
  expiresAt += 7_000;
  histories.take(2, [{ type: 'engine.TimeShifted', byMs: 7_000 }], componentOf);
  for (const xname of nodes) {
    expect(histories.at(xname, 1)!.text).toBe(before);
    expect(histories.at(xname, 2)!.text).not.toBe(before);
    expect(histories.firstMatch(xname, 0, ({ text }) => text !== before)).toBe(2);
  }
});
