import type { ShardState } from '@holdfast/core';
import type { CrayState } from '@holdfast/core/cray/index';
import type { Codec } from '@holdfast/events';
import { xnameOrder } from '@holdfast/events/cray/xname';
import type { Group } from '@holdfast/log';
import { createDecider } from '../decider.js';
import { ToolError } from './errors.js';
import { folded } from './fold.js';
import { type Seal, sealOf } from './seal.js';
import type { LogSource } from './source.js';
import { LogWalk } from './walk.js';

/** A moment of a log: all groups up to a sequence, or up to a log time in milliseconds since 1970. */
export type Moment = { sequence: number } | { time: number };

/** A sequence, or a time as RFC 3339 or any other form with a date. Throws ToolError. */
export function parseMoment(name: string, text: string): Moment {
  if (/^\d+$/.test(text)) return { sequence: Number(text) };
  const time = /^\d{4}-/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) {
    throw new ToolError(
      `${name} must be a sequence, such as 1200, or a time, such as 2026-01-31T12:00:00Z, not ${text}`,
    );
  }
  return { time };
}

/** Of a moment. Reservations are shown as the log had left them: one past its expiry is ended by the group that comes next. */
export interface StateShown {
  /** The log up to the last group of that moment. */
  seal: Seal;
  components: ComponentShown[];
  groups: CollectionShown[];
  partitions: CollectionShown[];
}

export interface ComponentShown {
  xname: string;
  locked: boolean;
  disabled: boolean;
  reservation: { id: string; kind: 'admin' | 'service'; expiresAt: string | null } | null;
}

export interface CollectionShown {
  name: string;
  members: string[];
}

/** The states at these moments, folded from the log. Throws LogDiffers where the log contradicts itself. */
export async function replay(
  source: LogSource,
  codec: Codec,
  moments: readonly Moment[],
  onProgress: (position: number) => void,
): Promise<StateShown[]> {
  const decider = createDecider();
  const walk = new LogWalk(source, codec);
  const states = new Map<Moment, StateShown>();
  let state = decider.initial;
  let last: Group | null = null;
  for await (const group of walk.groups()) {
    for (const moment of moments)
      if (!states.has(moment) && isAfter(group, moment)) states.set(moment, show(state, sealOf(walk, last)));
    if (states.size === moments.length) break;
    state = folded(decider, state, group);
    last = group;
    if (group.sequence % 1_000 < group.events.length) onProgress(group.end);
  }
  return moments.map((moment) => states.get(moment) ?? show(state, sealOf(walk, last)));
}

function isAfter({ sequence, stamp }: Group, moment: Moment): boolean {
  return 'sequence' in moment ? sequence > moment.sequence : stamp.time > moment.time;
}

function show({ modules }: ShardState, seal: Seal): StateShown {
  const { components, groups, partitions } = modules.cray as CrayState;
  const byPlace = components.values().map((component) => [xnameOrder(component.xname), component] as const);
  byPlace.sort(([a], [b]) => (a < b ? -1 : 1));
  const collections = (of: CrayState['groups']) =>
    of
      .values()
      .map(({ name, members }) => ({ name, members: [...members] }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    seal,
    components: byPlace.map(([, { xname, locked, disabled, reservation }]) => {
      const expiresAt = reservation?.kind === 'service' ? (reservation.lease?.expiresAt ?? null) : null;
      const shown = reservation && {
        id: reservation.reservationId,
        kind: reservation.kind,
        expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
      };
      return { xname, locked, disabled, reservation: shown };
    }),
    groups: collections(groups),
    partitions: collections(partitions),
  };
}

/** What differs in one thing between two moments; null where it did not exist. */
export interface Changed {
  /** An xname, or `group NAME` or `partition NAME`. */
  subject: string;
  before: ComponentShown | CollectionShown | null;
  after: ComponentShown | CollectionShown | null;
}

export function changes(before: StateShown, after: StateShown): Changed[] {
  const [was, is] = [bySubject(before), bySubject(after)];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((subject) => {
    const [a, b] = [was.get(subject) ?? null, is.get(subject) ?? null];
    return JSON.stringify(a) === JSON.stringify(b) ? [] : [{ subject, before: a, after: b }];
  });
}

function bySubject({ components, groups, partitions }: StateShown): Map<string, ComponentShown | CollectionShown> {
  return new Map<string, ComponentShown | CollectionShown>([
    ...components.map((one) => [one.xname, one] as const),
    ...groups.map((one) => [`group ${one.name}`, one] as const),
    ...partitions.map((one) => [`partition ${one.name}`, one] as const),
  ]);
}
