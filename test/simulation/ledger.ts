import { createHash } from 'node:crypto';
import { type Command, moduleOf } from '@holdfast/events';
import type { Group, LogRecord } from '@holdfast/log';
import { claim } from '../model/claim.js';
import { stood } from '../model/explain.js';
import { type Holder, holders, wholesOf } from '../model/holders.js';
import type { HoldChange } from '../model/holds.js';
import { codec } from './messages.js';

/*
 * Promises that can be read off the events and the append times directly, without the model: if the model and the
 * product had the same mistake, these would still see it.
 */

/** A resource gets a holder only while it has none, and what ends or changes a hold names the one that there is. */
export function oneHolder(groups: readonly Group[]): void {
  for (const holder of holders) oneHolderOf(holder, groups);
}

function oneHolderOf(of: Holder, groups: readonly Group[]): void {
  const held = new Map<string, string>();
  for (const { events, stamp } of groups) {
    const about = { command: stamp.commandPosition };
    for (const { event } of events) {
      const gone = of.gone(event);
      if (gone !== null) claim(!held.has(gone), `${gone} was deleted while somebody held it`, about);
      const change = of.changeOf(event);
      if (change === null) continue;
      const { resource, hold, is } = change;
      const present = held.get(resource);
      const fits = is === 'begun' ? present === undefined : present === hold;
      claim(fits, `${event.type} of ${hold} on ${resource}, which ${present ?? 'nobody'} holds`, about);
      if (is === 'begun') held.set(resource, hold);
      if (ends(change)) held.delete(resource);
    }
  }
}

const ends = ({ is }: HoldChange) => is === 'ended' || is === 'expired';

/**
 * A request of that kind has changes for everything it addressed and no refusal, or refusals and no change. SPEC rule
 * 4.
 */
export function allOrNothing(commands: readonly LogRecord[], groups: readonly Group[]): void {
  for (const { events, stamp } of groups) {
    const command = commandOf(commands[stamp.commandPosition]!);
    const wholes = command === null ? undefined : wholesOf(command);
    const whole = wholes?.whole(command!) ?? null;
    if (wholes === undefined || whole === null) continue;
    const told = events.map(({ event }) => event);
    const outcome = told.at(-1)!;
    if (outcome.type !== 'engine.RequestDecided') continue;
    const own = told.filter(({ type }) => moduleOf(type) === moduleOf(command!.type));
    const parts = own.flatMap((event) => wholes.part(event) ?? []);
    const refusals = parts.filter(({ refused }) => refused).length;
    const changed = new Set(parts.map(({ of }) => of)).size;
    const what = `rigid command ${stamp.commandPosition} was done in part: ${JSON.stringify(told)}`;
    claim(refusals === 0 || refusals === parts.length, what, { command: stamp.commandPosition });
    const done = outcome.status !== 'accepted' || !whole.counted || changed === outcome.total;
    claim(done, what, { command: stamp.commandPosition });
  }
}

/**
 * Sequences are dense and every group names the hash of the one before it, computed here from the bytes. SPEC rules 2
 * and 6.
 */
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
 * A lease granted for some time lasts that long, however often renewed and however long nobody could append: only time
 * in which the log was not silent counts. SPEC rule 10. Once a ticker was heard, leasesLastInTruth says how long. Gives
 * how many renewals came within 20 ms of an expiry.
 */
export function leasesLast(commands: readonly LogRecord[], groups: readonly Group[]): number {
  return holders.reduce((edges, holder) => edges + leasesLastOf(holder, commands, groups), 0);
}

function leasesLastOf(of: Holder, commands: readonly LogRecord[], groups: readonly Group[]): number {
  const leases = new Map<string, Lease>();
  const elapsed = new Elapsed();
  const decided = new Map(groups.map((group) => [group.stamp.commandPosition, group]));
  let edges = 0;
  for (const record of commands) {
    const { position, appendTime } = record;
    elapsed.pass(appendTime);
    const events = decided.get(position)?.events.map(({ event }) => event) ?? [];
    const command = commandOf(record);
    for (const { resource, keyHash } of command === null ? [] : of.renewals(command)) {
      const lease = leases.get(resource);
      if (lease === undefined || lease.keyHash !== keyHash) continue;
      const ended = events.some((event) => isExpiry(of.changeOf(event), resource));
      if (!elapsed.heard) renewedInTime(lease, resource, elapsed.ms, ended, position);
      if (lease.expiresAt !== null && Math.abs(lease.expiresAt - appendTime) <= 20) edges++;
    }
    for (const event of events) {
      if (event.type === 'engine.TickerHeard') elapsed.heard = true;
      if (event.type === 'engine.TimeShifted') {
        for (const lease of leases.values()) if (lease.expiresAt !== null) lease.expiresAt += event.byMs;
      }
      const change = of.changeOf(event);
      if (change !== null) note(leases, change, elapsed, position);
    }
  }
  return edges;
}

function isExpiry(change: HoldChange | null, resource: string): boolean {
  return change?.is === 'expired' && change.resource === resource;
}

/** A renewal that reached the log before the end does not find the lease gone. */
function renewedInTime(lease: Lease, resource: string, now: number, ended: boolean, position: number): void {
  const inTime = now < lease.since + lease.durationMs;
  claim(!ended || !inTime, `command ${position} renews ${resource} in time, but the lease was ended`, {
    command: position,
  });
}

function note(leases: Map<string, Lease>, change: HoldChange, { ms: now, heard }: Elapsed, position: number): void {
  const { resource } = change;
  const lease = leases.get(resource);
  if (change.is === 'begun' || change.is === 'renewed') {
    const keyHash = change.is === 'begun' ? change.keyHash : lease!.keyHash;
    const durationMs = change.durationMs ?? Number.POSITIVE_INFINITY;
    leases.set(resource, { keyHash, durationMs, since: now, expiresAt: change.expiresAt });
  } else if (change.is === 'moved') {
    leases.set(resource, { ...lease!, expiresAt: change.expiresAt });
  } else if (change.is === 'expired') {
    const lasted = lease === undefined ? 0 : now - lease.since;
    const told = heard && lease?.expiresAt !== null;
    claim(
      lease !== undefined && (told || lasted >= lease.durationMs),
      `command ${position} ends the lease of ${resource} after ${lasted} of ${lease?.durationMs} ms`,
      { command: position },
    );
  }
  if (ends(change)) leases.delete(resource);
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
