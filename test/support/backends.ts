import { randomUUID } from 'node:crypto';
import type { ServiceSettings } from '@holdfast/cli/service';
import { kafkaMissing, sharedKafka } from './kafka.js';
import { postgresMissing, startPostgres } from './postgres.js';
import { scratch } from './service.js';

/** A way to run that end-to-end tests must pass on. */
export interface Backend {
  name: string;
  /** Why it cannot be tried here, or null. */
  missing: string | null;
  /** True where append times come from the runtime's clock, which a test may speed up. */
  ownClock: boolean;
  /** Settings of a new, empty service, and how to be rid of what they name. */
  prepare(): Promise<{ settings: Partial<ServiceSettings>; remove(): Promise<void> }>;
}

const embedded: Backend = {
  name: 'embedded, in memory',
  missing: null,
  ownClock: true,
  prepare: async () => ({ settings: {}, remove: async () => {} }),
};

/** As an operator runs it: the log in a directory, and the read model beside it. */
const directory: Backend = {
  name: 'embedded, in a directory',
  missing: null,
  ownClock: true,
  async prepare() {
    const { directory, remove } = await scratch();
    return { settings: { data: directory }, remove };
  },
};

const cluster: Backend = {
  name: 'on Kafka, a registry and a PostgreSQL server',
  missing: kafkaMissing() ?? postgresMissing(),
  ownClock: false,
  async prepare() {
    const [{ brokers, registry }, server, data] = await Promise.all([sharedKafka(), startPostgres(), scratch()]);
    const name = randomUUID();
    const kafka = {
      brokers: [brokers],
      shards: 1,
      registry: { url: registry! },
      topics: { commands: `commands-${name}`, events: `events-${name}` },
    };
    const remove = async () => {
      await data.remove();
      await server.remove();
    };
    return { settings: { kafka, postgres: await server.database(), data: data.directory }, remove };
  },
};

/** Where everything must hold. */
export const backends: Backend[] = [embedded, cluster];
/** Where the recorded answers are replayed: also on what is written to disk. */
export const allBackends: Backend[] = [embedded, directory, cluster];
