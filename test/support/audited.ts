import { randomUUID } from 'node:crypto';
import type { LogSettings } from '@holdfast/cli/log';
import { afterEach } from 'vitest';
import { kafkaMissing, sharedKafka } from './kafka.js';
import { postgresMissing, startPostgres } from './postgres.js';
import { ServedProcess, scratch } from './service.js';

/* Services in processes of their own that tests of the audit ask, each ended after its test. */

export interface Place {
  /** Options of every process, and of commands on the log. */
  args: string[];
  log: LogSettings;
}

export interface AuditedBackend {
  name: string;
  missing: string | null;
  /** Whether the log admits other processes beside the one that serves. */
  shared: boolean;
  place(): Promise<Place>;
}

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function directory(): Promise<string> {
  const { directory, remove } = await scratch();
  closers.push(remove);
  return directory;
}

const embedded: AuditedBackend = {
  name: 'embedded, in a directory',
  missing: null,
  shared: false,
  async place() {
    const data = await directory();
    return { args: ['--data', data], log: { data, kafka: null } };
  },
};

const cluster: AuditedBackend = {
  name: 'on Kafka, a registry and a PostgreSQL server',
  missing: kafkaMissing() ?? postgresMissing(),
  shared: true,
  async place() {
    const [{ brokers, registry }, server, data] = await Promise.all([sharedKafka(), startPostgres(), directory()]);
    closers.push(() => server.remove());
    const name = randomUUID();
    const topics = { commands: `commands-${name}`, events: `events-${name}` };
    const kafka = { brokers: [brokers], shards: 1, topics, registry: { url: registry! } };
    const reach = ['--kafka', brokers, '--registry', registry!, '--data', data, '--postgres', await server.database()];
    const args = [...reach, '--commands-topic', topics.commands, '--events-topic', topics.events];
    return { args, log: { data, kafka } };
  },
};

export const auditedBackends: readonly AuditedBackend[] = [embedded, cluster];

export async function serveAudited({ args }: Place): Promise<ServedProcess> {
  const process = new ServedProcess(args);
  closers.push(() => process.kill());
  return process.ready();
}
