import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type KnownLog, LogError, type Logger } from '@holdfast/log';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { asking, type Database, type DatabaseError, databaseError, type Queryable } from './database.js';
import { knownToRows, type MayDrop, nobodyKnows, type RawQuery, setTablesAside } from './held-history.js';
import { HouseKeeper } from './house/keeper.js';
import { projectionLimits } from './limits.js';
import { migrate, requireNotNewer } from './migrate.js';
import { Ping } from './ping.js';

/**
 * A Postgres server. One that is unavailable is no failure: its tables are then migrated when it is back. Rejects with
 * DatabaseError where waiting does not help, e.g. when a newer Holdfast was here before, and LogError where `mayDrop`
 * does. What is damaged is set aside, never dropped: a server may be the last to hold the history of a log.
 */
export async function openPostgres(url: string, logger: Logger, mayDrop: MayDrop = nobodyKnows): Promise<Database> {
  const database = new PostgresDatabase(url, logger, mayDrop);
  try {
    await database.prepare();
  } catch (error) {
    const { code, message } = error instanceof LogError ? error : databaseError(error);
    if (code !== 'unavailable' && code !== 'full') {
      await database.close();
      throw error;
    }
    logger.warn({ reason: message }, 'the Postgres server is away: going on without it until it is back');
  }
  return database;
}

/** Whether a start would find a server there that it can use. Changes nothing. Rejects with DatabaseError. */
export async function checkPostgres(url: string): Promise<void> {
  await onServer(url, async (client) => {
    const { rows } = await client.query<{ may: boolean; database: string }>(
      `SELECT current_database() AS database, has_database_privilege(current_database(), 'CREATE')
         OR to_regnamespace('holdfast') IS NOT NULL AS may`,
    );
    const { may, database } = rows[0]!;
    if (!may) throw new Error(`this user may not make a schema in ${database}: GRANT CREATE ON DATABASE ${database}`);
    await requireNotNewer(raw(client));
  });
}

/** What the rows on a server know of logs. Changes nothing there. */
export async function knownOnServer(url: string): Promise<KnownLog[]> {
  return onServer(url, (client) => knownToRows(raw(client)));
}

/** Puts the tables on a server beside; gives the schema that has them now, or null where there were none. */
export async function setServerTablesAside(url: string, why: 'lost'): Promise<string | null> {
  return onServer(url, (client) => setTablesAside(raw(client), why));
}

async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const { connectMsMax } = projectionLimits;
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectMsMax });
  client.on('error', () => {});
  return asking(async () => {
    await client.connect();
    return work(client).finally(() => client.end());
  });
}

class PostgresDatabase implements Database {
  readonly embedded = false;
  readonly house: HouseKeeper;
  /** Only whoever changes rows looks after them. */
  #housekeeping: Promise<void> | null = null;
  #pool: pg.Pool;
  #ping: Ping;
  /** Connections of the pool that are in use. */
  #busy = new Set<pg.PoolClient>();
  #prepared: Promise<void> | null = null;

  constructor(
    url: string,
    private readonly logger: Logger,
    private readonly mayDrop: MayDrop,
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
    this.house = new HouseKeeper(projectionLimits.house, logger, () => {});
    // An idle connection that breaks must not end the process: whoever queries next hears of it.
    this.#pool.on('error', (error) => logger.warn({ reason: error.message }, 'lost a connection to Postgres'));
  }

  /** Migrates, once. */
  prepare(): Promise<void> {
    this.#prepared ??= this.#migrate(false)
      .catch((error: DatabaseError) => {
        if (error.code !== 'damaged') throw error;
        this.logger.warn({ reason: error.message }, 'the read model is damaged: making it anew');
        return this.renew();
      })
      .catch((error: unknown) => {
        this.#prepared = null;
        throw error;
      });
    return this.#prepared;
  }

  async query<Row>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    await this.prepare();
    return asking(async () => this.#noted<Row>(sql, await this.#pool.query(sql, [...values])));
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
    return this.#transaction((client) => work(this.#queryable(client)));
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

  async renew(): Promise<void> {
    // In a transaction of its own, as it fails where the positions themselves are damaged.
    const known = await this.#transaction((client) => knownToRows(raw(client))).catch((error: DatabaseError) => {
      if (error.code !== 'damaged') throw error;
      return [];
    });
    await this.mayDrop(known);
    await this.#migrate(true);
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
    await this.#housekeeping;
    await this.house.end();
    await this.#pool.end();
  }

  #noted<Row>(sql: string, { command, rowCount, rows }: pg.QueryResult): Row[] {
    if (command !== 'SELECT' && rowCount !== null && rowCount > 0) this.#note(sql, rowCount);
    return rows as Row[];
  }

  #note(sql: string, rows: number): void {
    this.house.note(sql, rows);
    this.#housekeeping ??= this.#keepHouse();
  }

  async #keepHouse(): Promise<void> {
    const exec = (sql: string) => this.exec(sql);
    const query: Queryable['query'] = (sql, values) => this.query(sql, values);
    const free = async () => Number.POSITIVE_INFINITY;
    await this.house.begin({ alone: false, idle: true, free, exec, query }).catch((error: unknown) => {
      this.logger.info({ reason: String(error) }, 'the statistics of the Postgres server are left to it');
    });
  }

  #queryable(client: pg.PoolClient): Queryable {
    const query = <Row>(sql: string, values: readonly unknown[] = []) =>
      asking(async () => this.#noted<Row>(sql, await client.query(sql, [...values])));
    return {
      query,
      exec: async (sql) => {
        await query(sql);
      },
    };
  }

  #migrate(aside: boolean): Promise<void> {
    return this.#transaction(async (client) => {
      // Two processes may start at once.
      await asking(() => client.query(`SELECT pg_advisory_xact_lock(hashtext('holdfast migrations'))`));
      if (aside) await this.#setAside(raw(client));
      await migrate(raw(client), this.logger, this.mayDrop);
    });
  }

  /** Throws DatabaseError `newer`: what a newer Holdfast has migrated looks damaged to an older one that still runs. */
  async #setAside(rawQuery: RawQuery): Promise<void> {
    await rawQuery('SAVEPOINT look');
    await requireNotNewer(rawQuery).catch(async (error: DatabaseError) => {
      if (error.code !== 'damaged') throw error;
      await rawQuery('ROLLBACK TO SAVEPOINT look');
    });
    const kept = await setTablesAside(rawQuery, 'damaged');
    if (kept === null) return;
    this.logger.warn({ schema: kept }, 'the damaged tables were set aside: drop them once nobody needs them');
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

function raw(client: pg.ClientBase): RawQuery {
  return (sql) => asking(() => client.query(sql));
}
