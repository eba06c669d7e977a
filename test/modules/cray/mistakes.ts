import type { Mistake } from '../../simulation/module.js';
import { clocks, newest } from '../../simulation/schedules.js';

export const crayMistakes: readonly Mistake[] = [
  {
    name: 'a lease lasts beyond its expiry',
    of: 'leasesBetween',
    find: 'if (expiresAt > from && expiresAt <= to)',
    replace: 'if (expiresAt > from && expiresAt + 1_500 <= to)',
  },
  {
    name: 'a renewal gives another fencing token',
    of: 'evolve',
    find: 'reservation: { ...serviceReservation(state, event), lease } });',
    replace: 'reservation: { ...serviceReservation(state, event), lease, token: sequence } });',
    seeds: newest,
  },
  {
    name: 'the rows of a reservation say the fencing token of the event after it',
    of: 'projectStatus',
    find: 'deputyKeyHash, token: sequence };',
    replace: 'deputyKeyHash, token: sequence + 1 };',
  },
  {
    name: "a step of the log's clock moves no lease",
    of: 'createCrayDecider',
    find: 'shiftMs: state.shiftMs + byMs',
    replace: 'shiftMs: state.shiftMs',
    seeds: clocks,
  },
  {
    name: 'a rigid request does what it can',
    of: 'settle',
    find: 'const refused = rigid ? firstOf(reasons) : null;',
    replace: 'const refused = null;',
  },
  {
    name: 'a projection skips an event',
    of: 'projectStatus',
    find: "case 'cray.ComponentUnlocked':",
    replace: "case 'cray.NoSuchEvent':",
  },
];
