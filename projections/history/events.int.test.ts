import { type Event, resourceOf } from '@holdfast/events';
import { atOnce } from '@holdfast/events/steps';
import { beginning, type Group } from '@holdfast/log';
import { shardName as shard } from '@holdfast/shard/shard-name';
import fc from 'fast-check';
import { beforeAll, expect, test, vi } from 'vitest';
import { describeDatabases, progressOf } from '../../test/support/databases.js';
import { asEvent } from '../../test/support/example.js';
import { decided, groupOf } from '../../test/support/groups.js';
import { exampleTable } from '../../test/support/with-example-rows.js';
import type { EventPage, EventsQuery } from '../audit-port.js';
import { PostgresReadModel } from '../postgres-read-model.js';
import { PostgresStore } from '../postgres-store.js';
import { projectionGroups } from '../projection-groups.js';
import { historyRows, States } from './project.js';
import { insertHistory } from './rows.js';

vi.mock('../../events/modules.js', async (original) => {
  return (await import('../../test/support/with-example.js')).withExample(original);
});
vi.mock('../modules.js', async (original) => {
  return (await import('../../test/support/with-example-rows.js')).withExampleRows(original);
});

const instruments = ['x0', 'x1'];
const claim = (instrument: string): Event =>
  asEvent({ type: 'example.Claimed', instrument, claim: 'claim', durationMs: 1, expiresAt: 1 });
/** On no resource. */
const heard: Event = { type: 'engine.TickerHeard', ticker: 'ticker', boot: '', position: 1, settled: 1 };

const event: fc.Arbitrary<Event> = fc.oneof(fc.constantFrom(...instruments).map(claim), fc.constant(heard));
const origin = (name: string, authenticated: boolean) => ({
  actor: { name, authenticated, address: '', userAgent: '' },
  reason: '',
  idempotencyKey: '',
  traceparent: '',
});
const outcome: fc.Arbitrary<Event> = fc.constantFrom<Event>(
  decided('example.ClaimRequested'),
  decided('example.ClaimRequested', { status: 'refused', origin: origin('alice', false) }),
  { type: 'engine.Repeated', originalSequence: 1, digest: 'd', origin: origin('bob', true) },
);
const log: fc.Arbitrary<Group[]> = fc
  .array(fc.tuple(fc.array(event, { maxLength: 5 }), outcome), { maxLength: 6 })
  .map((groups) => {
    let sequence = 1;
    return groups.map(([events, last], n) => {
      const actor = last.type === 'engine.Repeated' ? 'bob' : 'anonymous';
      const group = groupOf([...events, last], { sequence, time: n * 10, actor, commandId: `c${n}` });
      sequence = group.sequence + 1;
      return group;
    });
  });

describeDatabases('the events in Postgres', (opened) => {
  beforeAll(() => opened.database.exec(exampleTable));

  async function modelWith(groups: Group[]): Promise<PostgresReadModel> {
    for (const projectionGroup of Object.values(projectionGroups)) {
      const store = new PostgresStore({ database: opened.database, shard, projectionGroup });
      const found = await store.reset('stale');
      const next = { log: 'log', read: 1, checkpoint: { ...beginning, resume: 1 } };
      await store.apply(
        groups.flatMap((group) => atOnce(store.project(group))),
        found,
        next,
      );
    }
    const progress = progressOf(shard);
    return new PostgresReadModel({ database: opened.database, status: progress, audit: progress });
  }

  test('pages of any size are what the groups hold, whole groups up to any sequence', async () => {
    const asked = fc.record({
      after: fc.nat(12),
      until: fc.option(fc.nat(20), { nil: undefined }),
      resource: fc.option(fc.constantFrom(...instruments), { nil: undefined }),
      limit: fc.integer({ min: 1, max: 4 }),
    });
    const property = fc.asyncProperty(
      log,
      fc.array(asked, { minLength: 3, maxLength: 3 }),
      async (groups, questions) => {
        const model = await modelWith(groups);
        for (const { after, until = Number.MAX_SAFE_INTEGER, resource, limit } of questions) {
          const counted = groups.filter(({ sequence }) => sequence <= until);
          const expected = counted
            .flatMap(({ events }) => events)
            .filter(({ event, stamp }) => stamp.sequence > after && [undefined, idOf(event)].includes(resource))
            .map(({ event, stamp }) => [stamp.sequence, event.type, idOf(event), stamp.time, stamp.commandId]);
          const pages = await all(model, {
            after,
            until,
            ...(resource === undefined ? {} : { resource }),
            limit,
          });
          const rows = pages.flatMap((page) => page.rows);
          expect(rows.map((row) => [row.sequence, row.type, row.resource, row.time, row.decision.commandId])).toEqual(
            expected,
          );
          const last = counted.at(-1)?.sequence ?? 0;
          expect([pages.at(-1)?.last, pages.at(-1)?.through]).toEqual([last, Math.max(last, after)]);
        }
      },
    );
    await fc.assert(property, { numRuns: 40 });
  });

  test('a span and an actor mean the same of a history and of requests as of the groups', async () => {
    const sequence = fc.option(fc.nat(14), { nil: undefined });
    const span = fc.record({
      after: sequence,
      before: sequence,
      from: sequence,
      to: sequence,
      of: fc.constantFrom(undefined, 'alice', 'bob', 'anonymous'),
    });
    const property = fc.asyncProperty(log, span, async (groups, { after, before, from, to, of }) => {
      const model = await modelWith(groups);
      const given = { after, before, from: from && from * 5, to: to && to * 5, actor: of };
      const query = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      const fits = (at: number, group: Group) =>
        at > (after ?? 0) &&
        at < (before ?? 99) &&
        group.stamp.time >= (given.from ?? 0) &&
        group.stamp.time < (given.to ?? 999) &&
        (of === undefined || of === callerOf(group));
      const requests = groups.filter((group) => fits(group.sequence, group)).map((group) => group.sequence);
      expect((await model.requests({ ...query, limit: 100 })).rows.map((row) => row.sequence)).toEqual(
        requests.reverse(),
      );
      const history = groups.flatMap((group) =>
        group.events.flatMap(({ event, stamp }) =>
          idOf(event) === 'x0' && fits(stamp.sequence, group) ? [stamp.sequence] : [],
        ),
      );
      const asked = { ...query, resource: 'x0', limit: 100 };
      expect((await model.history(asked)).rows.map((row) => row.sequence)).toEqual(history.reverse());
      expect((await model.history({ ...asked, types: ['example.Returned', 'example.ClaimExpired'] })).rows).toEqual([]);
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test('rows that were written ahead of their group are not shown', async () => {
    const model = await modelWith([groupOf([claim('x0'), decided('example.ClaimRequested')])]);
    const next = groupOf([claim('x1'), decided('example.ClaimRequested')], { sequence: 3 });
    const [change] = atOnce(projectionGroups.audit.project(next));
    if (change?.table !== 'decision') throw new Error('a group is a decision');
    await insertHistory(opened.database, { schema: 'holdfast', shard }, historyRows(change, new States()));
    for (const on of [{}, { resource: 'x1' }]) {
      const { rows, last } = await model.events({ after: 2, limit: 10, ...on });
      expect([rows, last]).toEqual([[], 2]);
    }
  });
});

const idOf = (event: Event) => resourceOf(event)?.id ?? null;

function callerOf({ events, stamp }: Group): string {
  const { event } = events.at(-1)!;
  return ('origin' in event && event.origin?.actor.name) || stamp.actor;
}

async function all(model: PostgresReadModel, query: EventsQuery): Promise<EventPage[]> {
  const pages: EventPage[] = [];
  for (let { after } = query; ; after = pages.at(-1)!.through) {
    const page = await model.events({ ...query, after });
    pages.push(page);
    if (page.through >= page.last) return pages;
  }
}
