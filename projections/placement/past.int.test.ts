import type { Event } from '@holdfast/events';
import { atOnce } from '@holdfast/events/steps';
import { beginning, type Group } from '@holdfast/log';
import { shardName as shard } from '@holdfast/shard/shard-name';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { classes, consumers, placementEvents, projects, providers } from '../../test/modules/placement/events.js';
import { describeDatabases, progressOf } from '../../test/support/databases.js';
import { decided, groupOf } from '../../test/support/groups.js';
import { MemoryReadModel } from '../../test/support/memory-read-model.js';
import { PostgresReadModel } from '../postgres-read-model.js';
import { PostgresStore } from '../postgres-store.js';
import type { ProjectionGroup } from '../projection-group.js';
import { project, projectionGroups } from '../projection-groups.js';
import type { AllocationHoldersQuery, PastPlacement } from './port.js';

const actors = ['alice', 'bob'];

function numbered(all: readonly Event[][]): Group[] {
  let sequence = 1;
  return all.map((events, n) => {
    const stamp = { sequence, time: 1_000 + n * 10, commandId: `c${n}`, actor: actors[n % 2]! };
    const group = groupOf([...events, decided('placement.X')], stamp);
    sequence = group.sequence + 1;
    return group;
  });
}

function memoryOf(groups: readonly Group[]): MemoryReadModel {
  const memory = new MemoryReadModel();
  for (const group of groups) memory.fold(atOnce(project(group)));
  return memory;
}

/** What `past` says of everything after these groups, by folding them. */
async function folded(groups: readonly Group[], ids: readonly string[]): Promise<PastPlacement> {
  const { placement } = memoryOf(groups).present;
  const last = groups.at(-1);
  const answer: PastPlacement = {
    sequence: last?.sequence ?? 0,
    time: last?.stamp.time ?? null,
    providers: [],
    consumers: [],
    notFound: [],
  };
  for (const id of ids.length === 0 ? [...providers, ...consumers] : ids) {
    const [provider] = await placement.providers({ uuid: id });
    const consumer = await placement.consumer(id);
    if (provider !== undefined) {
      const { uuid, name, parent, generation } = provider;
      const inventories = (await placement.inventories(id))!.inventories.map(({ changedAt: _, ...rest }) => rest);
      const { usages } = (await placement.providerUsages(id))!;
      const { aggregates } = (await placement.aggregates(id))!;
      const { traits } = (await placement.providerTraits(id))!;
      answer.providers.push({ uuid, name, parent, generation, inventories, usages, aggregates, traits });
    }
    if (consumer !== null) {
      const { changedAt: _, ...rest } = consumer;
      const allocations = consumer.allocations.map(({ provider, resources }) => ({ provider, resources }));
      answer.consumers.push({ ...rest, allocations });
    }
    if (provider === undefined && consumer === null && ids.length > 0) answer.notFound.push(id);
  }
  return answer;
}

describeDatabases('the audit of placement in Postgres', (opened) => {
  async function modelWith(groups: readonly Group[], size: number): Promise<PostgresReadModel> {
    for (const projectionGroup of Object.values<ProjectionGroup>(projectionGroups)) {
      const store = new PostgresStore({ database: opened.database, shard, projectionGroup });
      let found = await store.reset('stale');
      for (let n = 0; n < groups.length; n += size) {
        const next = { log: 'log', read: found.read + 1, checkpoint: { ...beginning, resume: found.read + 1 } };
        const changes = groups.slice(n, n + size).flatMap((group) => atOnce(store.project(group)));
        await store.apply(changes, found, next);
        found = next;
      }
    }
    const progress = progressOf(shard);
    return new PostgresReadModel({ database: opened.database, status: progress, audit: progress });
  }

  test('a past moment is what a fold of the log up to it gives', async () => {
    const ids = fc.uniqueArray(fc.constantFrom(...providers, ...consumers, 'nobody'));
    const asked = fc.array(fc.record({ at: fc.nat(60), ids }), { minLength: 3, maxLength: 3 });
    const property = fc.asyncProperty(
      placementEvents,
      fc.integer({ min: 1, max: 9 }),
      asked,
      async (all, size, questions) => {
        const groups = numbered(all);
        const model = await modelWith(groups, size);
        for (const { at, ids } of questions) {
          const before = groups.filter(({ sequence }) => sequence <= at);
          for (const moment of [{ sequence: at }, { time: before.at(-1)?.stamp.time ?? 0 }]) {
            const [found, expected] = [await model.modules.placement.past({ ids }, moment), await folded(before, ids)];
            expect(byId(found)).toEqual(byId(expected));
          }
        }
      },
    );
    await fc.assert(property, { numRuns: 50 });
  });

  test('who has what allocated, by every filter and in pages of any size, is what the consumers say', async () => {
    const query = fc.record(
      {
        provider: fc.constantFrom(...providers),
        resourceClass: fc.constantFrom(...classes),
        projectId: fc.constantFrom(...projects),
        actor: fc.constantFrom(...actors),
        sinceMax: fc.integer({ min: 1_000, max: 1_300 }),
      },
      { requiredKeys: [] },
    );
    const queries = fc.array(query, { minLength: 4, maxLength: 4 });
    const property = fc.asyncProperty(
      placementEvents,
      queries,
      fc.integer({ min: 1, max: 3 }),
      async (all, asked, limit) => {
        const groups = numbered(all);
        const model = await modelWith(groups, 5);
        for (const one of asked) {
          const rows: unknown[] = [];
          for (let after: string | null | undefined; after !== null; ) {
            const from = after === undefined ? {} : { after };
            const page = await model.modules.placement.holders({ ...one, limit, ...from });
            rows.push(...page.rows.map(({ by, ...row }) => ({ ...row, actor: by?.actor })));
            after = page.next;
          }
          expect(rows).toEqual(await holdersOf(groups, one));
        }
      },
    );
    await fc.assert(property, { numRuns: 40 });
  });

  test('histories of providers, consumers and classes have every event on them, refusals too', async () => {
    const property = fc.asyncProperty(placementEvents, async (all) => {
      const groups = numbered(all);
      const model = await modelWith(groups, 4);
      for (const resource of ['p0', 'c0', 'CUSTOM_TAPE', 'CUSTOM_FAST']) {
        const { rows } = await model.history({ resource, limit: 1_000 });
        const expected = groups.flatMap(({ events }) =>
          events.filter(({ event }) => idOf(event) === resource).map(({ event, stamp }) => [stamp.sequence, event]),
        );
        expect(rows.map(({ sequence, type, detail }) => [sequence, { type, ...detail }]).reverse()).toEqual(expected);
      }
      const last = groups.at(-1)!;
      expect((await model.request(last.stamp.commandId))?.events).toEqual(last.events.map(({ event }) => event));
    });
    await fc.assert(property, { numRuns: 25 });
  });

  test('rows that are made at once say the same of every moment', async () => {
    const property = fc.asyncProperty(placementEvents, fc.nat(60), async (all, at) => {
      const groups = numbered(all);
      const model = await modelWith([], 1);
      const bulkLoad = projectionGroups.audit.bulkLoad(opened.database, { schema: 'holdfast', shard });
      for (const group of groups) await bulkLoad.take(atOnce(projectionGroups.audit.project(group)));
      await bulkLoad.finish();
      const before = groups.filter(({ sequence }) => sequence <= at);
      const past = await model.modules.placement.past({ ids: [] }, { sequence: at });
      expect(byId(past)).toEqual(byId(await folded(before, [])));
    });
    await fc.assert(property, { numRuns: 25 });
  });
});

function byId({ providers, consumers, ...rest }: PastPlacement) {
  const order = (a: { uuid: string }, b: { uuid: string }) => (a.uuid < b.uuid ? -1 : 1);
  return { ...rest, providers: [...providers].sort(order), consumers: [...consumers].sort(order) };
}

async function holdersOf(groups: readonly Group[], query: Omit<AllocationHoldersQuery, 'limit'>) {
  const { placement } = memoryOf(groups).present;
  const found = await Promise.all(consumers.map((id) => placement.consumer(id)));
  return found.flatMap((one) => {
    if (one === null) return [];
    const { uuid: consumer, projectId, userId, consumerType, changedAt: since } = one;
    const allocations = one.allocations.map(({ provider, resources }) => ({ provider, resources }));
    const actor = actors[((since - 1_000) / 10) % 2]!;
    const of = allocations.filter(({ provider }) => query.provider === undefined || provider === query.provider);
    const fits =
      of.some(({ resources }) =>
        resources.some((has) => query.resourceClass === undefined || has.resourceClass === query.resourceClass),
      ) &&
      (query.projectId ?? projectId) === projectId &&
      (query.actor ?? actor) === actor &&
      since <= (query.sinceMax ?? since);
    return fits ? [{ consumer, projectId, userId, consumerType, allocations, since, actor }] : [];
  });
}

function idOf(event: Event): string | null {
  switch (event.type) {
    case 'placement.ConsumerPut':
    case 'placement.ConsumerDeleted':
      return event.consumer;
    case 'placement.RequestRefused':
      return event.subject.id;
    default:
      return 'provider' in event ? event.provider : 'name' in event ? event.name : null;
  }
}
