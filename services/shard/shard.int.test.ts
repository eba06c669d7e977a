import { domains, modulesWith } from '@holdfast/core';
import { givensOf, localCodec, shardSecret } from '@holdfast/events';
import { messageSets } from '@holdfast/events/modules';
import { beginning, LogError, MemoryLog, nodeRuntime, silentLogger } from '@holdfast/log';
import { engineHeader, type Submission } from '@holdfast/processor';
import { knownToRows, openPglite } from '@holdfast/projections';
import { afterEach, expect, test } from 'vitest';
import type { ShardOptions } from './options.js';
import { databaseRows, type Rows } from './rows.js';
import { makeShard, startShard } from './shard.js';

const runtime = nodeRuntime;
const secret = shardSecret(Buffer.alloc(32, 1));
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const logNamed = (shard: string, exclusive = true) => new MemoryLog({ shard, runtime, exclusive });

/** All that a process does of a shard, but for rows. */
function optionsFor<R extends Rows>(log: MemoryLog, given: Partial<ShardOptions<R>> = {}): ShardOptions<R> {
  return {
    ...{ log, codec: localCodec(), recorded: false, runtime, logger: silentLogger, snapshots: null, rows: null },
    roles: ['api', 'processor'],
    ...{ domains, modules: modulesWith(givensOf(secret)), secretFingerprint: secret.fingerprint },
    ...given,
  };
}

async function started<R extends Rows>(options: ShardOptions<R>) {
  const shard = await startShard(options);
  closers.push(() => shard.close());
  return shard;
}

/** Every command that there is, as requests of a domain of its module. */
function requests(within = 'default'): Submission[] {
  return messageSets
    .filter(({ name }) => name !== 'engine')
    .flatMap(({ name, samples }) =>
      Object.values(samples.commands).map((command, n) => {
        const domain = `${name}/${within}`;
        return { ...engineHeader(`${name} ${n}`), domain, command, key: domain, urgent: false };
      }),
    );
}

test('two shards in one process, with rows in one database, know nothing of one another', async () => {
  const database = await openPglite('memory', silentLogger);
  closers.push(() => database.close());
  const logs = [logNamed('one'), logNamed('two')] as const;
  const roles = ['api', 'processor', 'projector'] as const;
  const rows = async () => databaseRows(database);
  const [one, two] = await Promise.all(logs.map((log) => started(optionsFor(log, { roles, rows }))));

  // The same ids: what a shard remembers of its requests is its own.
  const [first] = requests();
  for (const request of requests()) await one!.gateway!.submit(request);
  const again = await two!.gateway!.submit(first!);
  expect(again.events.at(-1)!.event).toMatchObject({ type: 'engine.RequestDecided' });
  expect(one!.processor!.state.begun).not.toEqual([]);
  expect(two!.processor!.state.begun.length).toBeLessThanOrEqual(1);
  expect(one!.processor!.state.begun).toEqual(expect.arrayContaining(two!.processor!.state.begun as string[]));
  expect(one!.feed.reader.hash).not.toBe(two!.feed.reader.hash);

  for (const shard of [one!, two!]) await shard.served({ readModel: shard.projecting!.status, msMax: 30_000 });
  await two!.close();
  await one!.gateway!.barrier();
  const known = await knownToRows(async (sql) => ({ rows: await database.query(sql) }));
  expect(new Set(known.map(({ shard }) => shard))).toEqual(new Set(['one', 'two']));
  expect(one!.stopped).toEqual([]);
});

test('one process asks and another decides', async () => {
  const log = logNamed('shared', false);
  const deciding = await started(optionsFor(log, { roles: ['processor'] }));
  const asking = await started(optionsFor(log, { roles: ['api'] }));
  expect([deciding.gateway, asking.processor, deciding.projecting]).toEqual([null, null, null]);
  const group = await asking.gateway!.submit(requests()[0]!);
  expect(deciding.processor!.state.commandLog).not.toBe('');
  expect(asking.openedWith()).toBe(secret.fingerprint);
  expect(group.stamp.shard).toBe('shared');
});

test('what names a domain that has no state is refused, also where the shard was opened with it', async () => {
  const all = [...domains, ...requests('east').map(({ domain }) => domain)];
  const { gateway } = await started(optionsFor(logNamed('s'), { domains: all }));
  for (const request of requests('east')) {
    const { events } = await gateway!.submit(request);
    const reason = `the shard has no domain ${request.domain} for ${request.command.type}`;
    expect(events.map(({ event }) => event)).toMatchObject([{ status: 'refused', reason }]);
  }
});

test('nothing is begun where rows know of a log that is not there', async () => {
  const log = logNamed('s');
  const known = async () => [{ by: 'the rows', shard: 's', log: '', read: 7, checkpoint: beginning }];
  const rows = async (): Promise<Rows> => ({ known, projecting: () => expect.fail('it projects') });
  await expect(startShard(optionsFor(log, { rows }))).rejects.toMatchObject({ code: 'lost' });
  expect(await log.head('commands')).toBe(0);
});

test('nothing is begun where it must not be, and only a log that is empty is asked for', async () => {
  const log = logNamed('s');
  const mayBegin = async () => {
    throw new LogError('lost', 'there was another');
  };
  await expect(startShard(optionsFor(log, { mayBegin }))).rejects.toThrow('there was another');
  expect(await log.head('commands')).toBe(0);
  await (await started(optionsFor(log))).close();
  await started(optionsFor(log, { mayBegin }));
});

test('parts that are made do not run', async () => {
  const log = logNamed('s');
  const shard = await makeShard(optionsFor(log));
  expect(await log.head('commands')).toBe(0);
  expect(shard.processor!.role).toBe('starting');
  await shard.run();
  closers.push(() => shard.close());
  await shard.gateway!.barrier();
  expect(shard.processor!.role).toBe('owner');
});
