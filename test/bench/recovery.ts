import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { KafkaLogSettings } from '@holdfast/cli/log';
import { openLog } from '@holdfast/cli/log';
import type { ServiceRole } from '@holdfast/cli/service';
import { nodeRuntime, type ShardLog, type StreamName, silentLogger } from '@holdfast/log';
import { openLmdbLog } from '@holdfast/log-lmdb';
import { shardName } from '@holdfast/shard/shard-name';
import { generateData } from '../support/generated-data.js';
import { startKafka } from '../support/kafka.js';
import { startPostgres } from '../support/postgres.js';
import { ServedProcess } from '../support/service.js';

const usage = `npm run bench:recovery -- [options]

Makes a long log, lets the service read it once, kills it, and measures how long a start takes that finds snapshots.

  --events N       events of the log (default 5000000)
  --components N   components of the inventory (default 100000)
  --data DIR       a directory that npm run generate-log has filled, instead of a new log
  --kafka          processes for processor, projector and api on Kafka and PostgreSQL, instead of one that embeds all
  --starts N       how often to kill and start (default 3)`;

const say = (text: string) => void process.stdout.write(`${text}\n`);
const whole = (count: number) => count.toLocaleString('en');
const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

interface Site {
  /** The arguments of each process. */
  processes: { name: string; args: string[] }[];
  remove(): Promise<void>;
}

/** Starts all processes at once, and gives how long each took until it was ready. */
async function start({ processes }: Site): Promise<{ served: ServedProcess[]; readyMs: number[] }> {
  const served = processes.map(({ args }) => new ServedProcess(args));
  const began = performance.now();
  let told = '';
  const progress = setInterval(() => {
    const line = served.map(({ output }) => output.trimEnd().split('\n').at(-1)).join(' | ');
    if (line !== told) process.stderr.write(`${line}\n`);
    told = line;
  }, 5_000);
  try {
    return {
      served,
      readyMs: await Promise.all(served.map((one) => one.ready().then(() => performance.now() - began))),
    };
  } finally {
    clearInterval(progress);
  }
}

async function measure(site: Site, starts: number): Promise<void> {
  const tell = (what: string, readyMs: number[]) =>
    say(`${what}: ${readyMs.map((ms, n) => `${site.processes[n]!.name} ${seconds(ms)}`).join(', ')}`);
  let { served, readyMs } = await start(site);
  tell('first start, which reads all', readyMs);
  // What was read last may still be on its way to the disk.
  await sleep(5_000);
  for (let n = 0; n < starts; n++) {
    await Promise.all(served.map((one) => one.kill()));
    ({ served, readyMs } = await start(site));
    tell('start after kill -9', readyMs);
  }
  await Promise.all(served.map((one) => one.kill()));
}

async function embedded(data: string): Promise<Site> {
  return { processes: [{ name: 'all in one', args: ['--data', data] }], remove: async () => {} };
}

/** The same log in Kafka. Without a registry, as the ids of schemas stand in the records. */
async function cluster(data: string): Promise<Site> {
  const [kafka, postgres] = [await startKafka(), await startPostgres()];
  const topics = { commands: 'commands', events: 'events' };
  const settings: KafkaLogSettings = { brokers: [kafka.brokers], shards: 1, topics, registry: null };
  const target = await openLog({ data: null, kafka: settings }, nodeRuntime, silentLogger);
  const source = await openLmdbLog({ directory: join(data, 'log'), shard: shardName, runtime: nodeRuntime });
  for (const stream of ['commands', 'events'] as const) await copy(stream, source, target);
  await Promise.all([source.close(), target.close()]);
  const url = await postgres.database();
  const reach = ['--kafka', kafka.brokers, '--commands-topic', 'commands', '--events-topic', 'events'];
  const directories: string[] = [];
  const argsOf = async (role: ServiceRole) => {
    // Each on a machine of its own: nothing is shared but the secret.
    const own = await mkdtemp(join(tmpdir(), `holdfast-recovery-${role}-`));
    directories.push(own);
    await cp(join(data, 'secret'), join(own, 'secret'));
    return { name: role, args: [...reach, '--postgres', url, '--data', own, '--role', role] };
  };
  return {
    processes: await Promise.all((['processor', 'projector', 'api'] as const).map(argsOf)),
    async remove() {
      await Promise.all([kafka.remove(), postgres.remove()]);
      for (const directory of directories) await rm(directory, { recursive: true });
    },
  };
}

async function copy(stream: StreamName, source: ShardLog, target: ShardLog): Promise<void> {
  const head = await source.head(stream);
  const tail = source.tail(stream, 0);
  const began = performance.now();
  for (let at = 0; at < head; ) {
    const records = [];
    while (at < head && records.length < 20_000) {
      const some = (await tail.next())!;
      at += some.length;
      for (const record of some) records.push(record);
    }
    await target.append(stream, records);
  }
  tail.close();
  say(`${whole(head)} ${stream} put into Kafka in ${seconds(performance.now() - began)}`);
}

async function recovery(): Promise<void> {
  const { values } = parseArgs({
    options: {
      events: { type: 'string', default: '5000000' },
      components: { type: 'string', default: '100000' },
      data: { type: 'string' },
      kafka: { type: 'boolean', default: false },
      starts: { type: 'string', default: '3' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return say(usage);
  const own = values.data === undefined ? await mkdtemp(join(tmpdir(), 'holdfast-recovery-')) : null;
  const data = values.data ?? own!;
  try {
    if (own !== null) {
      const sizes = { events: Number(values.events), components: Number(values.components), seed: 1 };
      const made = await generateData(own, sizes, (events) => process.stderr.write(`${whole(events)} events made\n`));
      say(`a log of ${whole(made.events)} events and ${whole(made.commands)} commands`);
    }
    const site = await (values.kafka ? cluster(data) : embedded(data));
    await measure(site, Number(values.starts)).finally(() => site.remove());
  } finally {
    if (own !== null) await rm(own, { recursive: true });
  }
}

try {
  await recovery();
} catch (error) {
  process.stderr.write(`bench:recovery: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
