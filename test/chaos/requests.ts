import type { Random } from '../simulation/random.js';

/** A reservation that a client was given the keys of, as they were shown. */
export interface Holding {
  xname: string;
  reservationKey: string;
  deputyKey: string;
}

/** A change to ask for, in the hsm dialect. */
export interface Wanted {
  path: string;
  body: object;
  /** Of a reservation or renewal of a service. */
  leaseMs: number | null;
}

const idsPerRequestMax = 4;
const minuteMs = 60_000;
/** How much more often than others. */
const weights = {
  lock: 20,
  unlock: 20,
  reserve: 24,
  renew: 14,
  release: 9,
  admin: 5,
  repair: 3,
  remove: 3,
  disable: 1,
};
type Operation = keyof typeof weights;
const bag = Object.entries(weights).flatMap(([operation, weight]) =>
  Array<Operation>(weight).fill(operation as Operation),
);
/** Services mostly take the shortest lease, and let it run out or renew it. */
const minutes = [1, 1, 1, 1, 2];

/** What a client asks for next. Takes out of `holdings` what it releases. */
export function nextRequest(random: Random, fleet: readonly string[], holdings: Holding[]): Wanted {
  const operation = random.pick(bag);
  if (operation === 'renew' || operation === 'release') {
    return holdings.length === 0 ? reserve(random, fleet) : onKeys(random, operation, holdings);
  }
  if (operation === 'reserve') return reserve(random, fleet);
  const paths = {
    lock: '/locks/lock',
    unlock: '/locks/unlock',
    admin: '/locks/reservations',
    repair: '/locks/repair',
    remove: '/locks/reservations/remove',
    disable: '/locks/disable',
  };
  const body = { ...selection(random, fleet), ...model(random) };
  // An administrator can reserve only what is locked, so that is mostly what is asked for.
  const locked = operation === 'admin' ? { Locked: ['true'], ProcessingModel: 'flexible' } : {};
  return { path: paths[operation], body: { ...body, ...locked }, leaseMs: null };
}

/** Mostly all or nothing. */
const model = (random: Random) => ({ ProcessingModel: random.chance(0.7) ? 'rigid' : 'flexible' });

function reserve(random: Random, fleet: readonly string[]): Wanted {
  const ReservationDuration = random.pick(minutes);
  const body = { ...selection(random, fleet), ...model(random), ReservationDuration };
  const leaseMs = ReservationDuration * minuteMs;
  return { path: '/locks/service/reservations', body, leaseMs };
}

function onKeys(random: Random, operation: 'renew' | 'release', holdings: Holding[]): Wanted {
  const from = random.int(0, holdings.length - 1);
  const count = random.int(1, idsPerRequestMax);
  const shown = operation === 'release' ? holdings.splice(from, count) : holdings.slice(from, from + count);
  const ReservationKeys = shown.map(({ xname, reservationKey }) => ({ ID: xname, Key: reservationKey }));
  const body = { ReservationKeys, ...model(random) };
  if (operation === 'release') {
    return { path: '/locks/service/reservations/release', body, leaseMs: null };
  }
  const ReservationDuration = random.pick(minutes);
  const path = '/locks/service/reservations/renew';
  return { path, body: { ...body, ReservationDuration }, leaseMs: ReservationDuration * minuteMs };
}

/** A few neighbours, so that sets overlap; now and then one that does not exist, or a filter. */
function selection(random: Random, fleet: readonly string[]): object {
  const from = random.int(0, fleet.length - 1);
  const ComponentIDs = Array.from(
    { length: random.int(1, idsPerRequestMax) },
    (_, n) => fleet[(from + n) % fleet.length]!,
  );
  if (random.chance(0.02)) ComponentIDs.push('x9999c7s0b0n0');
  if (random.chance(0.05)) return { ComponentIDs, Role: [random.pick(['Compute', 'Management'])] };
  if (random.chance(0.01)) return { Locked: ['true'], Role: ['Management'] };
  return { ComponentIDs };
}
