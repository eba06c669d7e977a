import { afterAll, beforeAll, expect, test } from 'vitest';
import { backends } from '../support/backends.js';
import { describeBackends } from '../support/describe-backends.js';
import { hsm, loadNodes, serviceOn } from '../support/service.js';

const xname = 'x1000c0s0b0n0';
const rounds = 300;
const raceMsMax = 240_000;
let service: Awaited<ReturnType<typeof serviceOn>>;

describeBackends(backends, (backend) => {
  beforeAll(async () => {
    service = await serviceOn(backend);
    await loadNodes(service.url, [xname]);
  });
  afterAll(() => service.close());

  const only = { ComponentIDs: [xname] };
  const lock = () => hsm(service.url, '/locks/lock', only);
  const disable = () => hsm(service.url, '/locks/disable', only);
  const reserve = () => hsm(service.url, '/locks/service/reservations', { ...only, ReservationDuration: 1 });

  interface State {
    Locked: boolean;
    Reserved: boolean;
    ReservationDisabled: boolean;
  }

  /** Runs both at once; gives which succeeded, why the others did not, and the state afterwards. */
  async function race(...contenders: (() => ReturnType<typeof hsm>)[]) {
    await hsm(service.url, '/locks/repair', only);
    await hsm(service.url, '/locks/reservations/remove', { ...only, ProcessingModel: 'flexible' });
    await hsm(service.url, '/locks/unlock', { ...only, ProcessingModel: 'flexible' });
    const answers = await Promise.all(contenders.map((contend) => contend()));
    const { body } = await hsm(service.url, '/locks/status', only);
    return {
      won: answers.map(({ status }) => status === 200),
      details: answers.map(({ body: { detail } }) => detail as string | undefined),
      sequences: answers.map(({ headers }) => Number(headers.get('holdfast-sequence'))),
      state: body.Components[0] as State,
    };
  }

  test(
    'lock against reserve: one wins, and the state explains both answers',
    async () => {
      let locks = 0;
      for (let n = 0; n < rounds; n++) {
        const { won, details, state } = await (n % 2 ? race(lock, reserve) : race(reserve, lock).then(swap));
        expect(won.filter(Boolean), JSON.stringify({ won, state })).toHaveLength(1);
        expect(state).toMatchObject({ Locked: won[0], Reserved: won[1] });
        expect(won[0] ? details[1] : details[0]).toBe(won[0] ? 'Component is Locked' : 'Component is Reserved');
        locks += won[0] ? 1 : 0;
      }
      // Both orders happened, so the race was one.
      expect(locks).toBeGreaterThan(0);
      expect(locks).toBeLessThan(rounds);
    },
    raceMsMax,
  );

  test(
    'lock against lock: one wins',
    async () => {
      for (let n = 0; n < rounds; n++) {
        const { won, details, state } = await race(lock, lock);
        expect(won.filter(Boolean)).toHaveLength(1);
        expect(details.filter((detail) => detail === 'Component is Locked')).toHaveLength(1);
        expect(state).toMatchObject({ Locked: true, Reserved: false });
      }
    },
    raceMsMax,
  );

  test(
    'disable against reserve: disable always wins in the end, and never leaves a reservation',
    async () => {
      for (let n = 0; n < rounds; n++) {
        const { won, details, sequences, state } = await (n % 2
          ? race(disable, reserve)
          : race(reserve, disable).then(swap));
        expect(won[0]).toBe(true);
        expect(state).toMatchObject({ ReservationDisabled: true, Reserved: false });
        if (won[1]) expect(sequences[1]).toBeLessThan(sequences[0]!);
        else expect(details[1]).toBe('Component reservations are disabled');
      }
    },
    raceMsMax,
  );

  test(
    'reserve against reserve: one wins',
    async () => {
      for (let n = 0; n < rounds; n++) {
        const { won, details, state } = await race(reserve, reserve);
        expect(won.filter(Boolean)).toHaveLength(1);
        expect(details.filter((detail) => detail === 'Component is Reserved')).toHaveLength(1);
        expect(state).toMatchObject({ Locked: false, Reserved: true });
      }
    },
    raceMsMax,
  );

  function swap<T extends { won: boolean[]; details: (string | undefined)[]; sequences: number[] }>(result: T): T {
    result.won.reverse();
    result.details.reverse();
    result.sequences.reverse();
    return result;
  }
});
