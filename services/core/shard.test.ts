import type { Command, CommandHeader, DecodedCommand, Event } from '@holdfast/events';
import { describe, expect, test } from 'vitest';
import type { Decision, LeasingDecider } from './decider.js';
import { createShardDecider } from './shard.js';
import type { ShardState } from './shard-state.js';
import { wholeSnapshot } from './whole-snapshot.js';

/** A module with one lease, which `lock` begins and which ends by itself. */
interface Lease {
  expiresAt: number | null;
}
type LeaseEvent = { type: 'lease.LeaseMoved'; expiresAt: number; byMs: number } | { type: 'lease.LeaseExpired' };
const lease: LeasingDecider<{ type: string }, Lease, LeaseEvent> = {
  initial: { expiresAt: null },
  decide(command, state, { now }): Decision<LeaseEvent> {
    if (command.type === unlock.type) throw new Error('a bug');
    if (state.expiresAt !== null) return { events: [], status: 'refused', total: 1, reason: 'Reserved' };
    return { events: [{ type: 'lease.LeaseMoved', expiresAt: now + 5_000, byMs: 0 }], status: 'accepted', total: 1 };
  },
  evolve: (_state, event) => ({ expiresAt: event.type === 'lease.LeaseMoved' ? event.expiresAt : null }),
  expire: ({ expiresAt }, now) => (expiresAt !== null && expiresAt <= now ? [{ type: 'lease.LeaseExpired' }] : []),
  shift: ({ expiresAt }, byMs) => ({ expiresAt: expiresAt === null ? null : expiresAt + byMs }),
  decideInSteps: null,
  expireInSteps: null,
  shiftLeasesInSteps: null,
  shiftLeases: ({ expiresAt }, aliveAt, byMs) =>
    expiresAt !== null && expiresAt > aliveAt ? [{ type: 'lease.LeaseMoved', expiresAt: expiresAt + byMs, byMs }] : [],
};

const module = { ...lease, ...wholeSnapshot<Lease>(1) };
const decider = createShardDecider({ lease: module });
const header: CommandHeader = {
  id: 'c1',
  domain: 'lease/default',
  actor: { name: 'alice', authenticated: true, address: '', userAgent: '' },
  keyed: true,
  reason: 'firmware',
  idempotencyKey: 'Key-1',
  traceparent: '00-trace',
};
const { actor, reason, idempotencyKey, traceparent } = header;
const origin = { actor, reason, idempotencyKey, traceparent };
/** Of the module, which no union has. */
const lock = { type: 'lease.LockRequested' } as unknown as Command;
const unlock = { type: 'lease.UnlockRequested' } as unknown as Command;
const begin: Command = {
  type: 'engine.CommandLogStarted',
  logId: 'log-1',
  shard: 's',
  domains: ['lease/default'],
  secretFingerprint: 'f',
  level: 1,
  schemas: [],
};
const tick: Command = { type: 'engine.Tick', barrier: false };
const barrier: Command = { type: 'engine.Tick', barrier: true };

interface Sent {
  at: number;
  command?: Command;
  undecodable?: string;
  id?: string;
  digest?: string;
  keyed?: boolean;
  header?: Partial<CommandHeader>;
}

/** Decides the commands one after the other; gives the events and the stamped actor of each. */
function given(...sent: Sent[]): { events: Event[][]; actors: string[]; state: ShardState } {
  let state = decider.initial;
  let sequence = 0;
  const actors: string[] = [];
  const events = sent.map(({ at, command = lock, undecodable, digest = 'd', ...one }, position) => {
    const { id = 'c1', keyed = true } = one;
    const decoded: DecodedCommand<Command> = { header: { ...header, ...one.header, id, keyed }, command, digest };
    const received = { position, appendTime: at, decoded: undecodable === undefined ? decoded : { undecodable } };
    const verdict = decider.decide(received, state);
    actors.push(verdict.actor);
    sequence += verdict.events.length;
    state =
      verdict.events.length === 0
        ? decider.pass(state, verdict)
        : decider.evolve(state, { events: verdict.events, time: verdict.now, commandId: verdict.commandId, sequence });
    return verdict.events;
  });
  return { events, actors, state };
}

const types = (events: Event[] | undefined) => events?.map(({ type }) => type.slice(type.indexOf('.') + 1));
const outcome = (events: Event[] | undefined) => events?.at(-1);
const opened = { at: 1_000, command: begin, id: 'c0' };

describe('the beginning', () => {
  test('the first command opens the shard and attaches its command log', () => {
    const { events, state } = given(opened);
    expect(types(events[0])).toEqual(['ShardOpened', 'CommandLogAttached', 'RequestDecided']);
    expect(state).toMatchObject({
      commandLog: 'log-1',
      secretFingerprint: 'f',
      domains: ['lease/default'],
      time: 1_000,
    });
  });

  test('a second beginning is refused and changes nothing', () => {
    const { events, state } = given(opened, { at: 1_001, command: { ...begin, logId: 'log-2' }, id: 'c9' });
    expect(events[1]).toMatchObject([{ status: 'refused' }]);
    expect(state.commandLog).toBe('log-1');
  });

  test('a request before the beginning fails', () => {
    expect(outcome(given({ at: 1_000 }).events[0])).toMatchObject({ status: 'failed' });
  });
});

describe('outcomes', () => {
  test('what cannot be decoded gets an outcome', () => {
    const { events } = given(opened, { at: 1_001, undecodable: 'no such schema' });
    expect(events[1]).toMatchObject([{ status: 'failed', command: '', reason: 'no such schema' }]);
  });

  test('a decision that throws gets an outcome, and the next command is decided', () => {
    const { events } = given(opened, { at: 1_001, command: unlock }, { at: 1_002, id: 'c2' });
    expect(events[1]).toMatchObject([{ status: 'failed', reason: 'a bug' }]);
    expect(outcome(events[2])).toMatchObject({ status: 'accepted' });
  });
});

describe('the domain', () => {
  const of = (domain: string, domains = ['lease/default']) => {
    const { events, state } = given(
      { ...opened, command: { ...begin, domains } as Command },
      { at: 1_001, header: { domain } },
      { at: 1_002, header: { domain } },
    );
    return { events, state };
  };

  test('of another shard is refused, and a retry gets the same answer', () => {
    const { events, state } = of('lease/east');
    expect(events[1]).toMatchObject([
      { status: 'refused', reason: 'the shard has no domain lease/east for lease.LockRequested', total: 0 },
    ]);
    expect(types(events[2])).toEqual(['Repeated']);
    expect(state.begun).toEqual([]);
  });

  test('that the shard was opened with is refused as long as no event could name it', () => {
    const { events, state } = of('lease/east', ['lease/default', 'lease/east']);
    expect(outcome(events[1])).toMatchObject({ status: 'refused' });
    expect(Object.keys(state.states)).toEqual(['lease/default']);
  });

  test('of another module is refused', () => {
    const both = createShardDecider({ lease: module, other: module });
    const decoded = { header: { ...header, domain: 'other/default' }, command: lock, digest: 'd' };
    const attached: Event = { type: 'engine.CommandLogAttached', logId: 'log-1' };
    const state = both.evolve(both.initial, { events: [attached], time: 1_000, commandId: 'c0', sequence: 1 });
    const { events } = both.decide({ position: 1, appendTime: 1_001, decoded }, state);
    expect(events).toMatchObject([{ status: 'refused', reason: expect.stringContaining('no domain other/default') }]);
  });

  test('that each module begins with is of every shard, also one that was opened without it', () => {
    expect(outcome(of('lease/default', []).events[1])).toMatchObject({ status: 'accepted' });
    expect(outcome(of('lease/east/default').events[1])).toMatchObject({ status: 'refused' });
  });

  test('says nothing to commands of the engine', () => {
    const { events } = given(opened, { at: 1_001, command: barrier, header: { domain: 'engine' } });
    expect(outcome(events[1])).toMatchObject({ status: 'accepted' });
  });
});

describe('who and why', () => {
  test('stand in every outcome: accepted, refused, conflict, failed, and of the engine', () => {
    const { events } = given(
      opened,
      { at: 1_001 },
      { at: 1_002, id: 'c2' },
      { at: 1_003, digest: 'other' },
      { at: 1_004, id: 'c3', command: unlock },
      { at: 1_005, command: barrier },
    );
    const outcomes = events.map(outcome);
    const statuses = ['accepted', 'accepted', 'refused', 'conflict', 'failed', 'accepted'];
    expect(outcomes).toMatchObject(statuses.map((status) => ({ status, origin })));
  });

  test('are those of the repetition in a Repeated event', () => {
    const { events } = given(opened, { at: 1_001 }, { at: 1_002, header: { reason: 'again' } });
    expect(events[2]).toMatchObject([{ type: 'engine.Repeated', origin: { ...origin, reason: 'again' } }]);
  });

  test('are not known of what cannot be decoded', () => {
    expect(given(opened, { at: 1_001, undecodable: 'no such schema' }).events[1]).toMatchObject([{ origin: null }]);
  });

  test('a name that was only stated is in the outcome, not in the stamp', () => {
    const stated = { ...actor, name: 'root', authenticated: false };
    const { events, actors } = given(opened, { at: 1_001, header: { actor: stated } });
    expect(actors[1]).toBe('anonymous');
    expect(outcome(events[1])).toMatchObject({ origin: { actor: stated } });
  });
});

describe('time', () => {
  test('a lease ends at the first command at or after its expiry, whatever that command is', () => {
    const { events } = given(opened, { at: 1_000 }, { at: 5_999, command: tick }, { at: 6_000, command: tick });
    expect(events[2]).toEqual([]);
    expect(types(events[3])).toEqual(['LeaseExpired', 'RequestDecided']);
  });

  test('what a lease held back is free at its expiry', () => {
    const { events } = given(opened, { at: 1_000 }, { at: 5_999, id: 'c2' }, { at: 6_000, id: 'c3' });
    expect(outcome(events[2])).toMatchObject({ status: 'refused', reason: 'Reserved' });
    expect(types(events[3])).toEqual(['LeaseExpired', 'LeaseMoved', 'RequestDecided']);
  });

  test('a silent command log extends the leases that were alive', () => {
    const { events } = given(opened, { at: 1_000 }, { at: 21_000, command: tick }, { at: 25_999, command: tick });
    expect(events[2]).toMatchObject([{ type: 'lease.LeaseMoved', expiresAt: 26_000, byMs: 20_000 }, {}]);
    expect(events[3]).toEqual([]);
  });

  test('a silent tick still moves log time, so that steady ticks are no silence', () => {
    const ticks = Array.from({ length: 5 }, (_, n) => ({ at: 1_000 + n * 9_000, command: tick }));
    const { events, state } = given(opened, ...ticks);
    expect(events.slice(1).flat()).toEqual([]);
    expect(state.time).toBe(37_000);
  });

  test('a barrier always leaves an event, a plain tick one a minute', () => {
    const ticks = Array.from({ length: 13 }, (_, n) => ({ at: 6_000 + n * 5_000, command: tick }));
    const { events } = given(opened, { at: 1_001, command: barrier }, ...ticks);
    expect(types(events[1])).toEqual(['RequestDecided']);
    expect(events.slice(2).filter((group) => group.length > 0)).toHaveLength(1);
  });
});

describe('idempotency', () => {
  test('the same id and body is answered by the first outcome', () => {
    const { events } = given(opened, { at: 1_000 }, { at: 1_001 });
    expect(events[2]).toEqual([{ type: 'engine.Repeated', originalSequence: 5, digest: 'd', origin, settled: 0 }]);
  });

  test('the same id with another body is a conflict, and does not replace what is remembered', () => {
    const { events } = given(opened, { at: 1_000 }, { at: 1_001, digest: 'other' }, { at: 1_002 });
    expect(events[2]).toMatchObject([{ status: 'conflict', digest: 'other' }]);
    expect(events[3]).toMatchObject([{ type: 'engine.Repeated' }]);
  });

  test.each([
    ['a caller key for 24 hours', true, 24 * 3_600_000],
    ['a generated id for 10 minutes', false, 600_000],
  ])('%s of log time', (_, keyed, windowMs) => {
    const last = { at: 1_000 + windowMs - 1, keyed };
    expect(types(given(opened, { at: 1_000, keyed }, last).events[2])).toContain('Repeated');
    expect(types(given(opened, { at: 1_000, keyed }, { ...last, at: last.at + 1 }).events[2])).toContain(
      'RequestDecided',
    );
  });

  test('a refusal is remembered too', () => {
    const { events } = given(opened, { at: 1_000 }, { at: 1_001, id: 'c2' }, { at: 9_000, id: 'c2' });
    expect(types(events[3])).toEqual(['LeaseExpired', 'Repeated']);
  });
});
