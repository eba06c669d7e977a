import { type Event, type RequestDecided, resourceOf } from '@holdfast/events';
import { messageSets } from '@holdfast/events/modules';
import { atOnce } from '@holdfast/events/steps';
import { beginning } from '@holdfast/log';
import { shardName as shard } from '@holdfast/shard/shard-name';
import { beforeAll, expect, test } from 'vitest';
import { describeDatabases, progressOf } from '../../test/support/databases.js';
import { decided, groupOf } from '../../test/support/groups.js';
import { PostgresReadModel } from '../postgres-read-model.js';
import { PostgresStore } from '../postgres-store.js';
import { projectionGroups } from '../projection-groups.js';

const [first, second] = messageSets
  .filter(({ name }) => name !== 'engine')
  .map(({ name, samples }) => {
    const event = (Object.values(samples.events) as Event[]).find(resourceOf)!;
    return { name, event, id: resourceOf(event)!.id };
  }) as [Sample, Sample];
interface Sample {
  name: string;
  /** One on a resource. */
  event: Event;
  id: string;
}
const modules = ['engine', first.name];
/** What a text of an outcome may hold, and what would be a member of it were it no text. */
const text = (command: string) => `a\u0000b","command":"${command}","x":"`;

const outcome = (command: string, name: string, other: string): RequestDecided =>
  decided(command, {
    status: 'failed',
    reason: text(other),
    origin: {
      actor: { name, authenticated: true, address: '', userAgent: text(other) },
      reason: '',
      idempotencyKey: '',
      traceparent: '',
    },
  });
const repeated = (originalSequence: number): Event => ({
  type: 'engine.Repeated',
  originalSequence,
  digest: '',
  origin: null,
});
/** By actor; sequences are from 1 on. */
const session: [actor: string, events: Event[]][] = [
  ['alice', [first.event, outcome(`${first.name}.Y`, 'alice', `${second.name}.X`)]],
  ['nova', [first.event, second.event, outcome(`${second.name}.Y`, 'nova', `${first.name}.X`)]],
  ['alice', [repeated(2)]],
  ['nova', [repeated(5)]],
  ['nova', [decided('', { status: 'failed' })]],
  ['alice', [decided('engine.Tick')]],
];

describeDatabases('only what is of some modules', (opened) => {
  let audit: PostgresReadModel;
  beforeAll(async () => {
    const { database } = opened;
    let sequence = 1;
    const groups = session.map(([actor, events], n) => {
      const group = groupOf(events, { sequence, time: n, commandId: `c${n}`, actor });
      sequence += events.length;
      return group;
    });
    const store = new PostgresStore({ database, shard, projectionGroup: projectionGroups.audit });
    const next = { log: 'log', read: 1, checkpoint: { ...beginning, resume: 1 } };
    await store.apply(
      groups.flatMap((group) => atOnce(store.project(group))),
      await store.reset('stale'),
      next,
    );
    const progress = progressOf(shard, { read: Number.MAX_SAFE_INTEGER });
    audit = new PostgresReadModel({ database, status: progress, audit: progress });
  });
  const sequences = (rows: { sequence: number }[]) => rows.map(({ sequence }) => sequence);

  test('requests are those on its commands, whatever their texts say, and their repeats', async () => {
    const { rows } = await audit.requests({ limit: 10 });
    expect(sequences(rows)).toEqual([8, 7, 6, 5, 2]);
    expect(sequences((await audit.requests({ limit: 10, modules })).rows)).toEqual([6, 2]);
    expect(sequences((await audit.requests({ limit: 10, modules: [second.name] })).rows)).toEqual([7, 5]);
    const page = await audit.requests({ limit: 1, modules });
    expect([sequences(page.rows), page.next]).toEqual([[6], 6]);
    expect((await audit.requests({ limit: 1, modules, before: 6 })).next).toBe(null);
  });

  test('events are those of its types, and outcomes of its commands', async () => {
    const events = async (more: object) => sequences((await audit.events({ after: 0, limit: 10, ...more })).rows);
    expect(await events({})).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await events({ modules })).toEqual([1, 2, 3, 6, 9]);
    expect(await events({ modules, resource: first.id })).toEqual([1, 3]);
    expect(await events({ modules, resource: second.id })).toEqual([]);
    const page = await audit.events({ after: 3, limit: 1, modules });
    expect([sequences(page.rows), page.through, page.last]).toEqual([[6], 6, 9]);
  });

  test('a history tells by nobody’s name who asked for what is not shown', async () => {
    const history = async (more: object) =>
      sequences((await audit.history({ resource: first.id, limit: 10, ...more })).rows);
    expect(await history({ modules })).toEqual([3, 1]);
    expect(await history({ actor: 'nova' })).toEqual([3]);
    expect(await history({ modules, actor: 'nova' })).toEqual([]);
    expect(await history({ modules, actor: 'alice' })).toEqual([1]);
  });

  test('a history of one module has nothing of another whose resource has the same id', async () => {
    const history = async (more: object) =>
      sequences((await audit.history({ resource: first.id, limit: 10, ...more })).rows);
    expect(await history({ module: first.name })).toEqual([3, 1]);
    expect(await history({ module: first.name, actor: 'nova' })).toEqual([3]);
    expect(await history({ module: second.name })).toEqual([]);
  });
});
