import type { Event, TimeShifted } from '@holdfast/events';
import { criterionFields } from '@holdfast/events/cray/criterion-fields';
import type { ComponentProperties, CrayEvent, Criterion, Selection } from '@holdfast/events/cray/messages';
import { atOnce } from '@holdfast/events/steps';
import { beginning, type Group } from '@holdfast/log';
import { shardName as shard } from '@holdfast/shard/shard-name';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { computeNode } from '../../test/modules/cray/properties.js';
import { describeDatabases, progressOf } from '../../test/support/databases.js';
import { decided, groupOf } from '../../test/support/groups.js';
import { MemoryReadModel } from '../../test/support/memory-read-model.js';
import type { RecordedDecision } from '../audit-port.js';
import type { RowChange } from '../change.js';
import type { Database } from '../database.js';
import type { ReadModel } from '../port.js';
import { PostgresReadModel } from '../postgres-read-model.js';
import { PostgresStore } from '../postgres-store.js';
import type { ProjectionGroup } from '../projection-group.js';
import { project, projectionGroups } from '../projection-groups.js';
import type { Positions } from '../store.js';
import type { HoldersQuery, StatusAnswer } from './port.js';

// Slot 10 after slot 2; a controller that sorts between its nodes' names; one that is never put.
const xnames = ['x0c0s10b0n0', 'x0c0s2b0n0', 'x0c0s2b0', 'x0c0s2b0n1', 'x3000c0w1', 'x9c9s9b9n9'];
const names = ['Blue', 'blue', 'green', "o'; DROP--", '!odd'];
const texts = ['', 'Node', 'NODE', 'Compute', 'Käfer', 'a"b\\c', 'nul\0nul', 'emoji 🐞'];

const xname = fc.constantFrom(...xnames);
const text = fc.constantFrom(...texts);
const moment = fc.integer({ min: 0, max: 3_000_000_000_000 });
const reservationId = fc.constantFrom('r1', 'r2', 'r3');
/** A lease that moves is the one that stands, so two moves of a component in a row never name different ones. */
const extended = fc.constant('r1');

const properties: fc.Arbitrary<ComponentProperties> = fc.record({
  type: text,
  state: text,
  flag: text,
  enabled: fc.boolean(),
  softwareStatus: text,
  role: text,
  subRole: text,
  nid: fc.option(fc.nat(20)),
  subtype: text,
  netType: text,
  arch: text,
  class: text,
});

const constant = <T extends string>(type: T) => ({ type: fc.constant(type) });
const put = fc.record({ ...constant('cray.ComponentPut' as const), xname, properties });
const event: fc.Arbitrary<CrayEvent | TimeShifted> = fc.oneof(
  // What they move is small beside the moments, so an expiry stays one.
  fc.record({ ...constant('engine.TimeShifted' as const), byMs: fc.integer({ min: -100_000, max: 100_000 }) }),
  { weight: 4, arbitrary: put },
  fc.record({ ...constant('cray.ComponentLocked' as const), xname }),
  fc.record({ ...constant('cray.ComponentUnlocked' as const), xname }),
  fc.record({ ...constant('cray.ReservationsDisabled' as const), xname }),
  fc.record({ ...constant('cray.ReservationsEnabled' as const), xname }),
  {
    weight: 3,
    arbitrary: fc.record({
      ...constant('cray.ReservationCreated' as const),
      xname,
      reservationId,
      kind: fc.constantFrom('admin' as const, 'service' as const),
      reservationKeyHash: fc.constant('rk'),
      deputyKeyHash: text.filter((one) => !one.includes('\0')),
      createdAt: moment,
      expiresAt: fc.option(moment),
      durationMs: fc.constant(null),
    }),
  },
  fc.record({
    ...constant('cray.ReservationRenewed' as const),
    xname,
    reservationId: extended,
    expiresAt: fc.option(moment),
    durationMs: fc.constant(null),
    fencingToken: fc.constant(null),
  }),
  fc.record({
    ...constant('cray.LeaseExtended' as const),
    xname,
    reservationId: extended,
    expiresAt: moment,
    byMs: fc.constant(1),
  }),
  fc.record({ ...constant('cray.ReservationReleased' as const), xname, reservationId }),
  fc.record({ ...constant('cray.ReservationRemoved' as const), xname, reservationId }),
  fc.record({ ...constant('cray.ReservationExpired' as const), xname, reservationId, expiredAt: moment }),
  fc.record({ ...constant('cray.ComponentDeleted' as const), xname }),
  fc.record({ ...constant('cray.RequestRefused' as const), xname, reason: fc.constant('Locked' as const) }),
  {
    weight: 3,
    arbitrary: fc.record({
      ...constant('cray.CollectionPut' as const),
      kind: fc.constantFrom('group' as const, 'partition' as const),
      name: fc.constantFrom(...names),
      description: text,
      members: fc.uniqueArray(xname),
      tags: fc.uniqueArray(text, { maxLength: 2 }),
      exclusiveGroup: text,
    }),
  },
  {
    weight: 3,
    arbitrary: fc
      .record({
        ...constant('cray.CollectionChanged' as const),
        kind: fc.constantFrom('group' as const, 'partition' as const),
        name: fc.constantFrom(...names),
        description: fc.option(text),
        tags: fc.option(fc.uniqueArray(text, { maxLength: 2 })),
        added: fc.uniqueArray(xname),
        removed: fc.uniqueArray(xname),
      })
      .map((event) => ({ ...event, removed: event.removed.filter((one) => !event.added.includes(one)) })),
  },
  fc.record({
    ...constant('cray.CollectionDeleted' as const),
    kind: fc.constantFrom('group' as const, 'partition' as const),
    name: fc.constantFrom(...names),
  }),
);

const commandId = fc.constantFrom('c1', 'c2', 'c3');
const outcome: fc.Arbitrary<Event> = fc.oneof(
  fc
    .record({
      command: fc.constantFrom('cray.LockRequested', 'engine.Tick', ''),
      status: fc.constantFrom('accepted' as const, 'refused' as const, 'conflict' as const, 'failed' as const),
      reason: fc.option(text),
    })
    .map(({ command, ...rest }) => decided(command, rest)),
  fc.constant<Event>({ type: 'engine.Repeated', originalSequence: 1, digest: '', origin: null }),
);
/** Half of the groups dwell on one component, so that changes of one row meet in a batch. */
const events = fc.oneof(
  fc.array(event, { maxLength: 8 }),
  fc.tuple(xname, fc.array(event, { maxLength: 8 })).map(([one, list]) => list.map((given) => onComponent(given, one))),
);
const onComponent = <E extends CrayEvent | TimeShifted>(given: E, one: string): E =>
  'xname' in given ? { ...given, xname: one } : given;

const group: fc.Arbitrary<Group> = fc
  .record({
    events,
    outcome,
    commandId,
    time: moment,
    actor: text,
  })
  .map(({ events, outcome, ...stamp }) => groupOf([...events, outcome], stamp));

/** Random groups in batches, numbered as a log numbers them. */
const log: fc.Arbitrary<Group[][]> = fc.array(fc.array(group, { maxLength: 4 }), { maxLength: 4 }).map((batches) => {
  let sequence = 1;
  return batches.map((batch) =>
    batch.map(({ events, stamp }) => {
      const { commandId, time, actor } = stamp;
      const numbered = groupOf(
        events.map(({ event }) => event),
        { commandId, time, actor, sequence },
      );
      sequence += events.length;
      return numbered;
    }),
  );
});

const value = fc
  .tuple(fc.constantFrom('', '!'), fc.constantFrom('true', 'false', '1', '7', ...texts, ...names, ...xnames))
  .map(([sign, one]) => (sign + one).toLowerCase());
const criterion: fc.Arbitrary<Criterion> = fc.record({
  field: fc.constantFrom(...criterionFields),
  values: fc.array(value, { maxLength: 3 }),
});
const selection: fc.Arbitrary<Selection> = fc.record({
  ids: fc.oneof(fc.constant<string[]>([]), fc.uniqueArray(xname)),
  criteria: fc.array(criterion, { maxLength: 2 }),
});

/** Everything that can be asked, as plain JSON: what an answer looks like to a caller. */
async function answers(model: ReadModel, selections: Selection[]): Promise<unknown> {
  const { cray } = model.present;
  const everything = {
    status: await Promise.all(selections.map((one) => cray.status(one))),
    reservations: [...(await cray.reservations(xnames))].sort(),
    all: await cray.components(null),
    some: await cray.components([...xnames].reverse()),
    memberships: await cray.memberships(null),
    some_memberships: await cray.memberships([...xnames].reverse()),
    groups: await cray.collections('group'),
    partitions: await cray.collections('partition'),
    requests: await Promise.all(['c1', 'c2', 'c3', 'none'].map((id) => model.request(id))),
  };
  return JSON.parse(JSON.stringify(everything));
}

const runs = 150;

describeDatabases('the read model in Postgres', (opened) => {
  const modelOf = (of: string): PostgresReadModel => {
    const progress = progressOf(of);
    return new PostgresReadModel({ database: opened.database, status: progress, audit: progress });
  };

  test('answers as the one in memory does, however the log was cut into batches', async () => {
    const selections = fc.array(selection, { minLength: 4, maxLength: 8 });
    const property = fc.asyncProperty(log, selections, async (cut, asked) => {
      const memory = new MemoryReadModel();
      for (const one of cut.flat()) memory.fold(atOnce(project(one)));
      await write(opened.database, shard, cut);
      expect(await answers(modelOf(shard), asked)).toEqual(await answers(memory, asked));
    });
    await fc.assert(property, { numRuns: runs });
  });

  test('past moments, histories and requests are those of a plain fold', async () => {
    const asked = fc.record({ selection, at: fc.nat(40), time: moment, limit: fc.integer({ min: 1, max: 4 }) });
    const property = fc.asyncProperty(log, fc.array(asked, { minLength: 2, maxLength: 4 }), async (cut, questions) => {
      await write(opened.database, shard, cut);
      const groups = cut.flat();
      const model = modelOf(shard);
      for (const { selection, at, time, limit } of questions) {
        expect(plain(await model.modules.cray.past(selection, { sequence: at }))).toEqual(
          await folded(
            groups.filter(({ sequence }) => sequence <= at),
            selection,
          ),
        );
        const byThen = lastAt(groups, time);
        expect(plain(await model.modules.cray.past(selection, { time }))).toEqual(
          await folded(
            groups.filter(({ sequence }) => sequence <= byThen),
            selection,
          ),
        );
        for (const xname of xnames) {
          expect(await paged((before) => model.history({ resource: xname, limit, ...before }))).toEqual(
            historyOf(groups, xname),
          );
        }
        expect(await paged((before) => model.requests({ limit, ...before }))).toEqual(requestsOf(groups));
        const later = requestsOf(groups).filter((row) => row.time >= time && row.status === 'accepted');
        const { rows } = await model.requests({ from: time, status: 'accepted', limit: 100 });
        expect(rows).toEqual(later);
      }
    });
    await fc.assert(property, { numRuns: runs / 3 });
  });

  test('who holds what is who asked for it', async () => {
    const command = (commandId: string, actor: string, sequence: number, ...events: Event[]) =>
      groupOf([...events, decided('cray.X')], { commandId, actor, sequence, time: sequence * 1_000 });
    const groups = [
      command('c0', 'admin', 1, aComponent('x0'), aComponent('x1'), aComponent('x2')),
      command('c1', 'alice', 5, reserved('x0', 'c1.1'), reserved('x1', 'c1.1')),
      command('c2', 'bob', 8, { type: 'cray.ComponentLocked', xname: 'x1' }, aCollection('Blue', ['x1'])),
      command('c3', 'carol', 11, { type: 'cray.ReservationRemoved', xname: 'x0', reservationId: 'c1.1' }),
      command('c4', 'carol', 13, reserved('x0', 'c4.4')),
    ];
    await write(opened.database, shard, [groups]);
    const holders = async (query: Omit<HoldersQuery, 'limit'>) => {
      const { rows } = await modelOf(shard).modules.cray.holders({ limit: 10, ...query });
      return rows.map(({ xname, lock, reservation }) => [xname, lock?.by?.actor, reservation?.by?.actor]);
    };
    const [x0, x1] = [
      ['x0', undefined, 'carol'],
      ['x1', 'bob', 'alice'],
    ];
    expect(await holders({})).toEqual([x0, x1]);
    expect(await holders({ after: 'x0' })).toEqual([x1]);
    expect(await holders({ actor: 'bob' })).toEqual([x1]);
    expect(await holders({ actor: 'carol' })).toEqual([x0]);
    expect(await holders({ actor: 'nobody' })).toEqual([]);
    expect(await holders({ group: 'BLUE' })).toEqual([x1]);
    expect(await holders({ role: 'Compute' })).toEqual([x0, x1]);
    expect(await holders({ role: 'Management' })).toEqual([]);
    expect(await holders({ sinceMax: 12_999 })).toEqual([x1]);
    const first = await modelOf(shard).modules.cray.holders({ limit: 1 });
    expect([first.next, first.rows[0]?.reservation]).toMatchObject(['x0', { since: 13_000, reservationId: 'c4.4' }]);
    expect((await modelOf(shard).modules.cray.holders({ limit: 2 })).rows[1]?.lock?.since).toBe(8_000);
    const { rows } = await modelOf(shard).modules.cray.holders({ limit: 2 });
    expect(rows.map(({ lock, reservation }) => [lock?.token, reservation?.token])).toEqual([
      [undefined, 13],
      [8, 6],
    ]);
  });

  test('who asked and why is told, but for the Idempotency-Key', async () => {
    const actor = { name: 'alice', authenticated: true, address: '10.1.0.1', userAgent: 'cli/2' };
    const told = { actor, reason: 'firmware', traceparent: '' };
    const outcome = decided('cray.X', { origin: { ...told, idempotencyKey: 'c0ffee' } });
    await write(opened.database, shard, [[groupOf([aComponent('x0'), outcome])]]);
    const { rows: requests } = await modelOf(shard).requests({ limit: 1 });
    const { rows: history } = await modelOf(shard).history({ resource: 'x0', limit: 1 });
    expect([requests[0]?.origin, history[0]?.decision.origin]).toEqual([told, told]);
  });

  test('rows of two shards in one database do not meet', async () => {
    const put = groupOf([aComponent(xnames[0]!), decided('cray.ComponentsPutRequested')], { commandId: 'c1' });
    await write(opened.database, 'other', []);
    await write(opened.database, 'one', [[put]]);
    await write(opened.database, 'other', []);
    const everything = [{ ids: [], criteria: [] }];
    expect(await answers(modelOf('other'), everything)).toEqual(await answers(new MemoryReadModel(), everything));
    expect(await modelOf('one').present.cray.components(null)).toHaveLength(1);
    expect(await modelOf('one').request('c1')).not.toBeNull();
  });

  test('positions that moved refuse a batch and all of its rows', async () => {
    const store = new PostgresStore({ database: opened.database, shard });
    const start = await store.reset('stale');
    const first = advance(start);
    const second = advance(first);
    const change = atOnce(project(groupOf([aComponent(xnames[0]!), decided('cray.ComponentsPutRequested')])));
    await store.apply([], start, first);
    await store.apply([], first, second);
    const others = [
      start,
      first,
      { ...second, log: 'another' },
      { ...second, read: 1 },
      { ...second, checkpoint: beginning },
    ];
    for (const found of others) {
      await expect(store.apply(change, found, advance(second))).rejects.toMatchObject({ code: 'superseded' });
    }
    expect(await store.load()).toEqual(second);
    expect(await modelOf(shard).present.cray.components(null)).toEqual([]);
  });

  test('a renewal of a reservation that is gone moves no other expiry', async () => {
    const store = new PostgresStore({ database: opened.database, shard });
    let found = await store.reset('stale');
    const reservation = {
      reservationId: 'r2',
      kind: 'service',
      createdAt: 1,
      expiresAt: 2,
      deputyKeyHash: '',
      token: 1,
    } as const;
    const reserved: RowChange = { table: 'component', op: 'reserve', xname: 'x0', reservation };
    const extended = (reservationId: string): RowChange => ({
      table: 'component',
      op: 'extend',
      xname: 'x0',
      reservationId,
      expiresAt: 9,
    });
    const batches = [
      [...atOnce(project(groupOf([aComponent('x0'), decided('')]))), reserved],
      [extended('r1')],
      [extended('r2')],
    ];
    const expiries: unknown[] = [];
    for (const changes of batches) {
      const next = advance(found);
      await store.apply(changes, found, next);
      found = next;
      expiries.push((await modelOf(shard).present.cray.reservations(['x0'])).get('x0')?.expiresAt);
    }
    expect(expiries).toEqual([2, 2, 9]);
  });

  test('a batch that cannot be written leaves positions and rows as they were', async () => {
    const store = new PostgresStore({ database: opened.database, shard });
    const start = await store.reset('stale');
    const impossible = { table: 'component', op: 'reserve', xname: 'x0', reservation: { createdAt: 'never' } };
    const changes = [...atOnce(project(groupOf([aComponent('x0'), decided('')]))), impossible as never];
    await expect(store.apply(changes, start, advance(start))).rejects.toMatchObject({ code: 'failed' });
    expect(await store.load()).toEqual(start);
    expect(await modelOf(shard).present.cray.components(null)).toEqual([]);
  });

  test('rows of an older projection are not built upon, and those of a newer one are left alone', async () => {
    const storeOf = (version: number) =>
      new PostgresStore({
        database: opened.database,
        shard,
        projectionGroup: { ...projectionGroups.status, version } as ProjectionGroup,
      });
    await storeOf(2).reset('stale');
    expect(await storeOf(3).load()).toBeNull();
    await expect(storeOf(1).load()).rejects.toMatchObject({
      code: 'newer',
    });
  });

  test('tables that are gone are damage, and are made again', async () => {
    const store = new PostgresStore({ database: opened.database, shard });
    await opened.database.exec('DROP TABLE holdfast.component');
    const { cray } = modelOf(shard).present;
    await expect(cray.status({ ids: [], criteria: [] })).rejects.toMatchObject({ code: 'unavailable' });
    await store.reset('damaged');
    expect(await cray.status({ ids: [], criteria: [] })).toEqual({ components: [], notFound: [] });
  });

  test('no answer is older than what was promised', async () => {
    const store = new PostgresStore({ database: opened.database, shard });
    const start = await store.reset('stale');
    await store.apply([], start, advance(start));
    const progress = progressOf(shard, { read: 1, stored: 1 });
    const model = new PostgresReadModel({ database: opened.database, status: progress, audit: progress });
    await model.waitFor(1);
    expect(await model.present.cray.components(null)).toEqual([]);
    await store.reset('stale');
    await expect(model.present.cray.components(null)).rejects.toMatchObject({ code: 'being-made' });
  });

  test('100,000 components in one group and 100,000 ids in one query work', async () => {
    const ids = Array.from({ length: 100_000 }, (_, n) => `x${n}c0s0b0n0`);
    const lock = (xname: string): Event => ({ type: 'cray.ComponentLocked', xname });
    const groups = [aComponent, lock].map((make, n) =>
      groupOf([...ids.map(make), decided('cray.LockRequested')], { sequence: n * 100_001 + 1 }),
    );
    const batches = groups.map((one) => [one]);
    await writeProjectionGroup(projectionGroups.status, opened.database, shard, batches);
    const asked = ['x7c7', ...ids];
    const { components, notFound } = await modelOf(shard).present.cray.status({
      ids: asked,
      criteria: [{ field: 'Locked', values: ['true'] }],
    });
    expect(notFound).toEqual(['x7c7']);
    expect(components.map((row) => row.xname)).toEqual(ids);
    expect(components.every((row) => row.locked)).toBe(true);
  });

  test('a request over 10,000 components, more than one statement writes, gives its events back in order', async () => {
    const ids = Array.from({ length: 10_000 }, (_, n) => `x${n}c0s0b0n0`);
    const one = groupOf([...ids.map(aComponent), decided('cray.ComponentsPutRequested')]);
    await write(opened.database, shard, [[one]]);
    expect((await modelOf(shard).request('command'))?.events).toEqual(one.events.map(({ event }) => event));
    expect(
      (await modelOf(shard).modules.cray.past({ ids: [], criteria: [] }, { sequence: one.sequence })).components,
    ).toHaveLength(10_000);
  });
});

/** The rows that both projection groups have of these batches, and none else. */
async function write(database: Database, shard: string, batches: Group[][]): Promise<void> {
  for (const projectionGroup of Object.values(projectionGroups))
    await writeProjectionGroup(projectionGroup, database, shard, batches);
}

async function writeProjectionGroup(
  projectionGroup: ProjectionGroup,
  database: Database,
  shard: string,
  batches: Group[][],
): Promise<void> {
  const store = new PostgresStore({ database, shard, projectionGroup });
  let found = await store.reset('stale');
  for (const groups of batches) {
    const next = advance(found);
    const changes = groups.flatMap((one) => atOnce(store.project(one)));
    await store.apply(changes, found, next);
    found = next;
  }
}

/** What `past` says of a moment, by folding all before it. */
async function folded(groups: Group[], selection: Selection) {
  const memory = new MemoryReadModel();
  for (const one of groups) memory.fold(atOnce(project(one)));
  const last = groups.at(-1);
  return plain({
    sequence: last?.sequence ?? 0,
    time: last?.stamp.time ?? null,
    ...withoutTokens(await memory.present.cray.status(selection)),
  });
}

/** As a past moment is shown: only what is held now has a fencing token. */
function withoutTokens({ components, notFound }: StatusAnswer) {
  const rows = components.map(({ lockToken: _, reservation, ...row }) => {
    if (reservation === null) return { ...row, reservation };
    const { token: __, ...past } = reservation;
    return { ...row, reservation: past };
  });
  return { components: rows, notFound };
}

/** The last group of the greatest time that is not later. */
function lastAt(groups: Group[], time: number): number {
  const before = groups.filter(({ stamp }) => stamp.time <= time);
  const greatest = Math.max(...before.map(({ stamp }) => stamp.time));
  return before.findLast(({ stamp }) => stamp.time === greatest)?.sequence ?? 0;
}

function historyOf(groups: Group[], xname: string) {
  const rows = groups.flatMap((group) =>
    group.events.slice(0, -1).flatMap(({ event, stamp }) => {
      if (!('xname' in event) || event.xname !== xname) return [];
      const { type, xname: _, ...rest } = event;
      const {
        reservationKeyHash: __,
        deputyKeyHash: ___,
        fencingToken: ____,
        ...detail
      } = rest as Record<string, unknown>;
      return [
        {
          sequence: stamp.sequence,
          time: stamp.time,
          type,
          resource: xname,
          detail,
          decision: decisionOf(group),
        },
      ];
    }),
  );
  return plain(rows.reverse());
}

function requestsOf(groups: Group[]) {
  const asked = groups.filter(({ events }) => {
    const { event } = events.at(-1)!;
    return (
      event.type === 'engine.Repeated' || (event.type === 'engine.RequestDecided' && event.command !== 'engine.Tick')
    );
  });
  return asked.reverse().map((group) => {
    const { event } = group.events.at(-1)!;
    const originalSequence = event.type === 'engine.Repeated' ? event.originalSequence : null;
    return { ...decisionOf(group), time: group.stamp.time, originalSequence };
  });
}

function decisionOf({ events, stamp, sequence }: Group): RecordedDecision {
  const { event } = events.at(-1)!;
  const common = { sequence, commandId: stamp.commandId, actor: stamp.actor.replaceAll('\0', '\uFFFD'), origin: null };
  if (event.type !== 'engine.RequestDecided')
    return { ...common, command: '', status: 'repeated', total: null, reason: null };
  const { command, status, total, reason } = event;
  return { ...common, command, status, total, reason };
}

/** All pages of what comes newest first. */
async function paged<Row>(page: (before: { before?: number }) => Promise<{ rows: Row[]; next: number | null }>) {
  const rows: Row[] = [];
  for (let next: number | null | undefined; next !== null; ) {
    const one = await page(next === undefined ? {} : { before: next });
    rows.push(...one.rows);
    next = one.next;
  }
  return rows;
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

function reserved(xname: string, reservationId: string): Event {
  const hashes = { reservationKeyHash: 'rk', deputyKeyHash: 'dk' };
  const lease = { createdAt: reservationId === 'c1.1' ? 5_000 : 13_000, expiresAt: null, durationMs: null };
  return { type: 'cray.ReservationCreated', xname, reservationId, kind: 'service', ...hashes, ...lease };
}

function aCollection(name: string, members: string[]): Event {
  return { type: 'cray.CollectionPut', kind: 'group', name, description: '', members, tags: [], exclusiveGroup: '' };
}

function advance({ read }: Positions): Positions {
  return { log: 'log', read: read + 1, checkpoint: { ...beginning, resume: read + 1 } };
}

function aComponent(xname: string): Event {
  return { type: 'cray.ComponentPut', xname, properties: { ...computeNode, nid: 1 } };
}
