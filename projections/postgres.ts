import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Logger } from '@holdfast/log';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { asking, type Database, type DatabaseError, databaseError, type Queryable } from './database.js';
import { projectionLimits } from './limits.js';
import { migrate } from './migrate.js';
import { Ping } from './ping.js';

/**
 * A Postgres server. One that is away is no failure: its tables are then migrated when it is back. Rejects with
 * DatabaseError where waiting does not help, e.g. when a newer Holdfast was here before.
 */
export async function openPostgres(url: string, logger: Logger): Promise<Database> {
  const database = new PostgresDatabase(url, logger);
  try {
    await database.prepare();
  } catch (error) {
    const { code, message } = databaseError(error);
    if (code !== 'away' && code !== 'full') {
      await database.close();
      throw error;
    }
    logger.warn({ reason: message }, 'the Postgres server is away: going on without it until it is back');
  }
  return database;
}

class PostgresDatabase implements Database {
  readonly embedded = false;
  #pool: pg.Pool;
  #ping: Ping;
  /** Connections of the pool that are in use. */
  #busy = new Set<pg.PoolClient>();
  #prepared: Promise<void> | null = null;

  constructor(
    url: string,
    private readonly logger: Logger,
  ) {
    const { connectMsMax, connectionsMax } = projectionLimits;
    this.#pool = new pg.Pool({
      connectionString: url,
      connectionTimeoutMillis: connectMsMax,
      max: connectionsMax,
      application_name: 'holdfast',
    });
    this.#pool.on('acquire', (client) => this.#busy.add(client));
    this.#pool.on('release', (_error, client) => this.#busy.delete(client));
    this.#ping = new Ping(url);
    // An idle connection that breaks must not end the process: whoever queries next hears of it.
    this.#pool.on('error', (error) => logger.warn({ reason: error.message }, 'lost a connection to Postgres'));
  }

  /** Migrates, once. */
  prepare(): Promise<void> {
    this.#prepared ??= this.#migrate(false)
      .catch((error: DatabaseError) => {
        if (error.code !== 'damaged') throw error;
        this.logger.warn({ reason: error.message }, 'the read model is damaged: making it anew');
        return this.#migrate(true);
      })
      .catch((error: unknown) => {
        this.#prepared = null;
        throw error;
      });
    return this.#prepared;
  }

  async query<Row>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    await this.prepare();
    return asking(async () => (await this.#pool.query(sql, [...values])).rows as Row[]);
  }

  async exec(sql: string): Promise<void> {
    await this.query(sql);
  }

  async copy(into: string, rows: readonly Buffer[]): Promise<void> {
    await this.prepare();
    await this.#transaction((client) =>
      asking(() => pipeline(Readable.from(rows), client.query(copyFrom(`COPY ${into} FROM STDIN`)))),
    );
  }

  async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    await this.prepare();
    return this.#transaction((client) => work(queryable(client)));
  }

  /** A transaction holds the lock, as a connection of the pool has no other bounds. It does nothing else. */
  async exclusively<T>(name: string, work: () => Promise<T>): Promise<T | null> {
    await this.prepare();
    return this.#transaction(async (client) => {
      await asking(() => client.query('SET LOCAL idle_in_transaction_session_timeout = 0'));
      const lock = 'SELECT pg_try_advisory_xact_lock(hashtext($1)) AS locked';
      const { rows } = await asking(() => client.query<{ locked: boolean }>(lock, [`holdfast ${name}`]));
      return rows[0]?.locked ? work() : null;
    });
  }

  renew(): Promise<void> {
    return this.#migrate(true);
  }

  ping(ms: number): Promise<void> {
    return this.#ping.ask(ms);
  }

  interrupt(): void {
    // The types hide it: a client of a pool is a client. One with a query under way is cut off, and its query fails.
    for (const client of this.#busy) void (client as unknown as pg.Client).end().catch(() => {});
  }

  async close(): Promise<void> {
    this.#ping.close();
    await this.#pool.end();
  }

  #migrate(anew: boolean): Promise<void> {
    return this.#transaction(async (client) => {
      // Two processes may start at once.
      await asking(() => client.query(`SELECT pg_advisory_xact_lock(hashtext('holdfast migrations'))`));
      await migrate((sql) => asking(() => client.query(sql)), this.logger, { anew });
    });
  }

  async #transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await asking(() => this.#pool.connect());
    let broken: Error | undefined;
    // Without a listener, a connection that breaks between two statements would end the process.
    const onError = (error: Error) => {
      broken = error;
    };
    client.on('error', onError);
    try {
      await asking(() => client.query('BEGIN'));
      const result = await work(client);
      await asking(() => client.query('COMMIT'));
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((failure: Error) => {
        broken ??= failure;
      });
      throw error;
    } finally {
      client.off('error', onError);
      // A connection in doubt is not used again.
      client.release(broken);
    }
  }
}

function queryable(client: pg.PoolClient): Queryable {
  const query = <Row>(sql: string, values: readonly unknown[] = []) =>
    asking(async () => (await client.query(sql, [...values])).rows as Row[]);
  return {
    query,
    exec: async (sql) => {
      await query(sql);
    },
  };
}
