import { createHash } from 'node:crypto';
import type { Command, Event } from '@holdfast/events';
import type { KeyClaim } from '@holdfast/events/cray/messages';
import type { Group, LogRecord } from '@holdfast/log';
import { claim, stood } from '../model/explain.js';
import { codec } from './messages.js';

/*
 * Promises that can be read off the events and the append times directly, without the model: if the model and the product
 * had the same mistake, these would still see it.
 */

/** A component is reserved only while it is not, and what ends a reservation names the one that is held. */
export function oneHolder(groups: readonly Group[]): void {
  const held = new Map<string, string>();
  for (const { events, stamp } of groups) {
    for (const { event } of events) {
      if (event.type === 'cray.ComponentDeleted') {
        claim(!held.has(event.xname), `${event.xname} was deleted while reserved`, { command: stamp.commandPosition });
      }
      if (!('reservationId' in event)) continue;
      const { xname, reservationId } = event;
      const holder = held.get(xname);
      const fits = event.type === 'cray.ReservationCreated' ? holder === undefined : holder === reservationId;
      claim(fits, `${event.type} of ${reservationId} on ${xname}, which ${holder ?? 'nobody'} holds`, {
        command: stamp.commandPosition,
      });
      if (event.type === 'cray.ReservationCreated') held.set(xname, reservationId);
      if (endings.has(event.type)) held.delete(xname);
    }
  }
}

const endings = new Set<Event['type']>([
  'cray.ReservationReleased',
  'cray.ReservationRemoved',
  'cray.ReservationExpired',
]);

/** A rigid request has changes for everything it addressed and no refusal, or refusals and no change. SPEC rule 4. */
export function allOrNothing(commands: readonly LogRecord[], groups: readonly Group[]): void {
  for (const { events, stamp } of groups) {
    const command = commandOf(commands[stamp.commandPosition]!);
    if (command === null || !('rigid' in command) || !command.rigid) continue;
    const told = events.map(({ event }) => event);
    const outcome = told.at(-1)!;
    if (outcome.type !== 'engine.RequestDecided') continue;
    // Before the outcome there may also be leases that ended because time passed.
    const own = told.filter((event) => 'xname' in event && !passing.has(event.type));
    const refusals = own.filter(({ type }) => type === 'cray.RequestRefused').length;
    const changed = new Set(own.map((event) => ('xname' in event ? event.xname : ''))).size;
    const what = `rigid command ${stamp.commandPosition} was done in part: ${JSON.stringify(told)}`;
    claim(refusals === 0 || refusals === own.length, what, { command: stamp.commandPosition });
    const whole = outcome.status !== 'accepted' || 'keys' in command || changed === outcome.total;
    claim(whole, what, { command: stamp.commandPosition });
  }
}

const passing = new Set<Event['type']>(['cray.ReservationExpired', 'cray.LeaseExtended']);

/** Sequences are dense and every group names the hash of the one before it, computed here from the bytes. SPEC rules 2 and 6. */
export function chainHolds(groups: readonly Group[]): void {
  let before = '';
  let sequence = 0;
  for (const { events, stamp } of groups) {
    const hash = createHash('sha256').update(`${before.length}:${before}:${events.length}`);
    for (const { stamp: own, fingerprint, body } of events) {
      sequence++;
      const follows = own.sequence === sequence && own.before === before && own.commandId === stamp.commandId;
      claim(follows, `event ${own.sequence} does not follow ${sequence - 1}`, { command: stamp.commandPosition });
      hash.update(`:${fingerprint}:${body.byteLength}:`).update(body);
    }
    before = hash.digest('base64url');
  }
}

interface Lease {
  keyHash: string;
  /** How long the log must run on from `since` before it may end, in milliseconds. Infinite: for ever. */
  durationMs: number;
  /** On the clock of `Elapsed`. */
  since: number;
  /** As the log has it; null: never. */
  expiresAt: number | null;
}

/**
 * A lease granted for some time lasts that long, however often renewed and however long nobody could append: only time in
 * which the log was not silent counts. SPEC rule 10. Once a ticker was heard, leasesLastInTruth says how long. Gives how many renewals
 * came within 20 ms of an expiry.
 */
export function leasesLast(commands: readonly LogRecord[], groups: readonly Group[]): number {
  const leases = new Map<string, Lease>();
  const elapsed = new Elapsed();
  const decided = new Map(groups.map((group) => [group.stamp.commandPosition, group]));
  let edges = 0;
  for (const record of commands) {
    const { position, appendTime } = record;
    elapsed.pass(appendTime);
    const events = decided.get(position)?.events.map(({ event }) => event) ?? [];
    const command = commandOf(record);
    for (const shown of command?.type === 'cray.RenewalRequested' ? command.keys : []) {
      const lease = leases.get(shown.xname);
      if (lease === undefined || lease.keyHash !== shown.keyHash) continue;
      if (!elapsed.heard) renewedInTime(lease, shown, elapsed.ms, events, position);
      if (lease.expiresAt !== null && Math.abs(lease.expiresAt - appendTime) <= 20) edges++;
    }
    for (const event of events) {
      if (event.type === 'engine.TickerHeard') elapsed.heard = true;
      note(leases, event, elapsed, position);
    }
  }
  return edges;
}

/** A renewal that reached the log before the end does not find the lease gone. */
function renewedInTime(lease: Lease, { xname }: KeyClaim, now: number, events: Event[], position: number): void {
  const ended = events.some((event) => event.type === 'cray.ReservationExpired' && event.xname === xname);
  const inTime = now < lease.since + lease.durationMs;
  claim(!ended || !inTime, `command ${position} renews ${xname} in time, but the lease was ended`, {
    command: position,
  });
}

function note(leases: Map<string, Lease>, event: Event, { ms: now, heard }: Elapsed, position: number): void {
  if (event.type === 'engine.TimeShifted') {
    for (const lease of leases.values()) if (lease.expiresAt !== null) lease.expiresAt += event.byMs;
  }
  if (!('reservationId' in event)) return;
  const { xname } = event;
  if (event.type === 'cray.ReservationCreated' || event.type === 'cray.ReservationRenewed') {
    const keyHash = event.type === 'cray.ReservationCreated' ? event.reservationKeyHash : leases.get(xname)!.keyHash;
    const durationMs = event.durationMs ?? Number.POSITIVE_INFINITY;
    leases.set(xname, { keyHash, durationMs, since: now, expiresAt: event.expiresAt });
  } else if (event.type === 'cray.LeaseExtended') {
    leases.set(xname, { ...leases.get(xname)!, expiresAt: event.expiresAt });
  } else if (event.type === 'cray.ReservationExpired') {
    const lease = leases.get(xname);
    const lasted = lease === undefined ? 0 : now - lease.since;
    const told = heard && lease?.expiresAt !== null;
    claim(
      lease !== undefined && (told || lasted >= lease.durationMs),
      `command ${position} ends the lease of ${xname} after ${lasted} of ${lease?.durationMs} ms`,
      { command: position },
    );
  }
  if (endings.has(event.type)) leases.delete(xname);
}

/** Milliseconds of log time in which somebody could have appended: steps of up to 10 s forward, and none back. */
class Elapsed {
  ms = 0;
  /** From the first ticker on the log's clock does not say what passed: see leasesLastInTruth. */
  heard = false;
  #last = 0;

  pass(appendTime: number): void {
    const step = appendTime - this.#last;
    const jump = Math.abs(step) > 10_000;
    if (!jump && step > 0) this.ms += step;
    if (jump || step > 0) this.#last = appendTime;
  }
}

function commandOf({ value }: LogRecord): Command | null {
  const found = stood(codec, value);
  return 'undecodable' in found ? null : found.command;
}
