import { silentLogger } from '@holdfast/log';
import { type Database, openPglite, openPostgres } from '@holdfast/projections';
import { afterAll, beforeAll, describe } from 'vitest';
import { type PostgresServer, postgresMissing, startPostgres } from './postgres.js';

/** A database to test projections on, and why there is none, or null. */
export interface TestBackend {
  /** Begins with `embedded` or `server`, and says where it is skipped. */
  name: string;
  missing: string | null;
  open(): Promise<TestDatabase>;
}

export interface TestDatabase {
  database: Database;
  remove(): Promise<void>;
}

const missing = postgresMissing();

/** The embedded Postgres in memory, and a server of its own: both must do the same. */
export const databaseBackends: readonly TestBackend[] = [
  { name: 'embedded', missing: null, open: async () => removable(await openPglite('memory', silentLogger)) },
  { name: `server${missing === null ? '' : `: ${missing}`}`, missing, open: onServer },
];

/** Describes what must hold on each of them. `opened` has the database once tests run. */
export function describeDatabases(
  what: string,
  tests: (opened: Readonly<Pick<TestDatabase, 'database'>>) => void,
): void {
  for (const { name, missing, open } of databaseBackends) {
    describe.skipIf(missing !== null)(`${what} (${name})`, () => {
      const opened = {} as TestDatabase;
      beforeAll(async () => {
        Object.assign(opened, await open());
      });
      afterAll(() => opened.remove?.());
      tests(opened);
    });
  }
}

/** What a projector says of rows that are as they are: nobody waits for them. */
export function progressOf(shard: string, { read = 0, stored = 0 } = {}) {
  return { shard, read, stored, waitFor: async () => {}, distrust() {} };
}

async function onServer(): Promise<TestDatabase> {
  const server = await startPostgres();
  return removable(await openPostgres(await server.database(), silentLogger), server);
}

function removable(database: Database, server?: PostgresServer): TestDatabase {
  return {
    database,
    async remove() {
      await database.close();
      await server?.remove();
    },
  };
}
