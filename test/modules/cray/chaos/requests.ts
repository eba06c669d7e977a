import type { Wanted } from '../../../chaos/module.js';
import type { Random } from '../../../simulation/random.js';

/** A reservation that a client was given the keys of, as they were shown. */
export interface Holding {
  xname: string;
  reservationKey: string;
  deputyKey: string;
}

const base = '/hsm/v2';
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
/** Of the fleet's end, where nobody ends a reservation. Elsewhere few live for a minute. */
const calmPart = 0.2;
/** Of the fleet's end, where nobody renews one either, so that leases run out, however quickly clients come again. */
const leftPart = 0.1;
/** Services mostly take the shortest lease, and let it run out or renew it. */
const minutes = [1, 1, 1, 1, 2];

/** What a client asks for next, in the hsm dialect. Takes out of `holdings` what it releases. */
export function nextRequest(random: Random, fleet: readonly string[], holdings: Holding[]): Wanted {
  const operation = random.pick(bag);
  const but = (part: number) => fleet.slice(0, Math.floor(fleet.length * (1 - part)));
  const busy = but(calmPart);
  if (operation === 'renew' || operation === 'release') {
    const there = operation === 'renew' ? but(leftPart) : busy;
    const able = holdings.filter(({ xname }) => there.includes(xname));
    if (able.length > 0) return onKeys(random, operation, holdings, able);
  }
  if (operation === 'reserve' || operation === 'renew' || operation === 'release') return reserve(random, fleet);
  if (operation === 'lock' || operation === 'unlock') {
    const body = { ...selection(random, fleet), ...model(random) };
    return { path: `${base}/locks/${operation}`, body, leaseMs: null };
  }
  const paths = {
    admin: '/locks/reservations',
    repair: '/locks/repair',
    remove: '/locks/reservations/remove',
    disable: '/locks/disable',
  };
  const body = { ...neighbours(random, busy), ...model(random) };
  // An administrator can reserve only what is locked, so that is mostly what is asked for.
  const locked = operation === 'admin' ? { Locked: ['true'], ProcessingModel: 'flexible' } : {};
  return { path: `${base}${paths[operation]}`, body: { ...body, ...locked }, leaseMs: null };
}

/** Mostly all or nothing. */
const model = (random: Random) => ({ ProcessingModel: random.chance(0.7) ? 'rigid' : 'flexible' });

function reserve(random: Random, fleet: readonly string[]): Wanted {
  const ReservationDuration = random.pick(minutes);
  const body = { ...selection(random, fleet), ...model(random), ReservationDuration };
  const leaseMs = ReservationDuration * minuteMs;
  return { path: `${base}/locks/service/reservations`, body, leaseMs };
}

function onKeys(random: Random, operation: 'renew' | 'release', holdings: Holding[], able: Holding[]): Wanted {
  const from = random.int(0, able.length - 1);
  const shown = able.slice(from, from + random.int(1, idsPerRequestMax));
  const ReservationKeys = shown.map(({ xname, reservationKey }) => ({ ID: xname, Key: reservationKey }));
  const body = { ReservationKeys, ...model(random) };
  if (operation === 'release') {
    for (const each of shown) holdings.splice(holdings.indexOf(each), 1);
    return { path: `${base}/locks/service/reservations/release`, body, leaseMs: null };
  }
  const ReservationDuration = random.pick(minutes);
  const path = `${base}/locks/service/reservations/renew`;
  return { path, body: { ...body, ReservationDuration }, leaseMs: ReservationDuration * minuteMs };
}

/** A few neighbours; now and then one that does not exist, or a filter. */
function selection(random: Random, fleet: readonly string[]): object {
  const { ComponentIDs } = neighbours(random, fleet);
  if (random.chance(0.02)) ComponentIDs.push('x9999c7s0b0n0');
  if (random.chance(0.05)) return { ComponentIDs, Role: [random.pick(['Compute', 'Management'])] };
  if (random.chance(0.01)) return { Locked: ['true'], Role: ['Management'] };
  return { ComponentIDs };
}

/** So that sets overlap. */
function neighbours(random: Random, fleet: readonly string[]): { ComponentIDs: string[] } {
  const from = random.int(0, fleet.length - 1);
  const count = random.int(1, idsPerRequestMax);
  return { ComponentIDs: Array.from({ length: count }, (_, n) => fleet[(from + n) % fleet.length]!) };
}
