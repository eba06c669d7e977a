import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { localCodec } from '@holdfast/events';
import { nodeRuntime, type ShardLog, silentLogger } from '@holdfast/log';
import { openLmdbLog } from '@holdfast/log-lmdb';
import { type Database, openPglite, openPostgres, PostgresReadModel, rebuild } from '@holdfast/projections';
import { databaseRows, makeShard, shardName } from '@holdfast/shard';
import { testModules } from '../modules.js';
import { generateData } from '../support/generated-data.js';
import { startPostgres } from '../support/postgres.js';
import { repeat } from './measure.js';
import type { Question } from './module.js';
import { heading, line } from './table.js';

const usage = `npm run bench:audit -- [options]

Rebuilds every projection of a long log, and asks for histories, past moments, holders and requests.

  --events N       events of the log (default 1000000)
  --components N   components of the inventory (default 10000)
  --data DIR       a directory that npm run generate-log has filled, instead of a new log
  --postgres       on a PostgreSQL server too, which is started for it
  --help`;

const say = (text: string) => void process.stdout.write(`${text}\n`);
const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
const bounds = { countMax: 200, elapsedMsMax: 10_000 };

/** How long it took, and how much of that this process computed: on a busy machine the second says more. */
async function timed(work: () => Promise<unknown>): Promise<string> {
  const [began, used] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(used);
  return `${seconds(performance.now() - began)} (${seconds((user + system) / 1_000)} of CPU in this process)`;
}

interface Sizes {
  events: number;
  components: number;
}

async function measure(name: string, log: ShardLog, database: Database, { components }: Sizes): Promise<void> {
  const given = { log, codec: localCodec(), runtime: nodeRuntime, logger: silentLogger };
  const shard = await makeShard({
    ...{ ...given, recorded: true, snapshots: null },
    roles: ['projector'],
    // It decides nothing.
    ...{ domains: [], modules: {}, secretFingerprint: '' },
    rows: async () => databaseRows(database),
  });
  const { status, audit } = shard.projecting!;
  try {
    const head = await log.head('events');
    const atStart = await timed(async () => {
      await shard.run();
      await Promise.all([status.waitFor(head, 600_000), audit.waitFor(head, 600_000)]);
    });
    say(`\n${name}: both projection groups from nothing at a start: ${atStart}`);
    for (const projection of ['status', 'history'] as const) {
      const taken = await timed(() => rebuild({ ...given, database, names: [projection] }));
      say(`${name}: rebuild of the projection group of ${projection}: ${taken}`);
    }
    say(`${name}: rebuild of everything: ${await timed(() => rebuild({ ...given, database }))}`);
    const model = new PostgresReadModel({ database, status, audit });
    await model.waitFor(head, 60_000);
    await ask(name, model, components);
  } finally {
    await shard.close();
  }
}

async function ask(name: string, model: PostgresReadModel, components: number): Promise<void> {
  const questions: Question[] = [];
  for (const { bench } of testModules) questions.push(...(await bench.questions(model, components)));
  questions.push(
    ['requests, 100', () => model.requests({ limit: 100 })],
    ['requests of an actor, refused, 100', () => model.requests({ actor: 'boot', status: 'refused', limit: 100 })],
  );
  say(heading(name));
  for (const [what, question] of questions) say(line({ what, sample: await repeat(bounds, question) }));
}

async function bench(): Promise<void> {
  const { values } = parseArgs({
    options: {
      events: { type: 'string', default: '1000000' },
      components: { type: 'string', default: '10000' },
      data: { type: 'string' },
      postgres: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return say(usage);
  const sizes = { events: Number(values.events), components: Number(values.components) };
  say(`Node ${process.version}, ${cpus().length} cores: ${cpus()[0]?.model ?? 'unknown'}`);
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-audit-'));
  try {
    const data = values.data ?? join(directory, 'data');
    if (values.data === undefined) await generateData(data, { ...sizes, seed: 1 });
    const log = await openLmdbLog({ directory: join(data, 'log'), shard: shardName, runtime: nodeRuntime });
    try {
      say(`A log of ${(await log.head('events')).toLocaleString('en')} events`);
      if (values.postgres) await onServer(log, sizes);
      await onDatabase('embedded', log, await openPglite(join(directory, 'read-model'), silentLogger), sizes);
    } finally {
      await log.close();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function onServer(log: ShardLog, sizes: Sizes): Promise<void> {
  const server = await startPostgres();
  try {
    await onDatabase('PostgreSQL', log, await openPostgres(await server.database(), silentLogger), sizes);
  } finally {
    await server.remove();
  }
}

async function onDatabase(name: string, log: ShardLog, database: Database, sizes: Sizes): Promise<void> {
  try {
    await measure(name, log, database, sizes);
  } finally {
    await database.close();
  }
}

try {
  await bench();
} catch (error) {
  process.stderr.write(`bench:audit: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
