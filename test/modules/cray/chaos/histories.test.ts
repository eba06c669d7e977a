import type { Event } from '@holdfast/events';
import { expect, test } from 'vitest';
import { ComponentHistories } from './histories.js';

test('one event moves the expiry of every component, and is a moment of each', () => {
  const histories = new ComponentHistories();
  let expiresAt = 20_000;
  const componentOf = () => ({ locked: false, disabled: false, reservation: { expiresAt } });
  const nodes = ['x0c0s0b0n0', 'x0c0s1b0n0'];
  const made = nodes.map((xname) => ({ type: 'cray.ReservationCreated', xname, reservationId: 'a.1', createdAt: 0 }));
  histories.takeWith(1, made as unknown as Event[], componentOf);
  const before = histories.at(nodes[0]!, 1);
  expiresAt += 7_000;
  histories.takeWith(2, [{ type: 'engine.TimeShifted', byMs: 7_000 }], componentOf);
  for (const xname of nodes) {
    expect(histories.at(xname, 1)).toBe(before);
    const after = histories.at(xname, 2);
    expect(after).not.toBe(before);
    const seen = { of: 'status', rows: { [xname]: after }, lockedOnly: false };
    const [wish] = histories.wantedBy({ kind: 'read', module: 'cray', invoked: 0, answered: 0, seen });
    expect(wish!.firstFrom(0)).toBe(2);
  }
});
