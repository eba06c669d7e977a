import type { ChaosCaller, ChaosPart } from '../../../chaos/module.js';
import type { Random } from '../../../simulation/random.js';
import { ComponentHistories } from './histories.js';
import { checkOf, readings, someStatus, statusOf } from './readings.js';
import { type Holding, nextRequest } from './requests.js';
import { answerText, expectedAnswer } from './texts.js';

const fleetSize = 200;
const holdingsMax = 12;
const wholeFleet = Array.from({ length: fleetSize }, (_, n) => `x1000c${Math.floor(n / 50)}s${10 + (n % 50)}b0n0`);

/** Locks and reservations of a fleet, against one another. */
export function crayChaos(fleet: readonly string[]): ChaosPart {
  return {
    name: 'cray',
    async begin(url) {
      const half = fleet.length / 2;
      await load(url, fleet.slice(0, half), 'Compute');
      await load(url, fleet.slice(half), 'Management');
    },
    caller: (random) => callerOn(random, fleet),
    whole: statusOf({}),
    nothing: { path: '/hsm/v2/locks/unlock', body: { ComponentIDs: ['x9999c7s0b0n0'] }, leaseMs: null },
    answerText,
    expectedAnswer,
    readings,
    histories: () => new ComponentHistories(),
  };
}

export const crayChaosPart = crayChaos(wholeFleet);

async function load(url: string, ids: readonly string[], role: string): Promise<void> {
  const Components = ids.map((ID, n) => {
    return { ID, Type: 'Node', State: 'Ready', Flag: 'OK', Enabled: true, Role: role, NID: n + 1 };
  });
  const { status } = await fetch(`${url}/hsm/v2/State/Components`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ Components }),
  });
  if (status !== 204) throw new Error(`loading nodes: ${status}`);
}

function callerOn(random: Random, fleet: readonly string[]): ChaosCaller {
  const holdings: Holding[] = [];
  return {
    next: () => nextRequest(random, fleet, holdings),
    /** Remembers the keys that it is given. The oldest are forgotten, so that their leases run out. */
    learn(body) {
      if (!Array.isArray(body.Success)) return;
      for (const { ID: xname, ReservationKey: reservationKey, DeputyKey: deputyKey } of body.Success) {
        holdings.push({ xname, reservationKey, deputyKey });
      }
      while (holdings.length > holdingsMax) holdings.shift();
    },
    reading() {
      if (random.chance(0.08)) return someStatus(random, fleet);
      if (!random.chance(0.04) || holdings.length === 0) return null;
      return checkOf(holdings.slice(0, 4));
    },
  };
}
