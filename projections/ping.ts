import pg from 'pg';
import { asking } from './database.js';

/**
 * Asks a Postgres server whether it answers, on a connection of its own, so that neither long statements nor a full
 * pool count.
 */
export class Ping {
  #client: pg.Client | null = null;

  constructor(private readonly url: string) {}

  /** Rejects with DatabaseError. Not to be called again before it settled. */
  async ask(ms: number): Promise<void> {
    try {
      await asking(async () => {
        this.#client ??= await this.#connect(ms);
        await this.#client.query({ text: 'SELECT 1', query_timeout: ms } as pg.QueryConfig);
      });
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Does not wait for a server that hangs. */
  close(): void {
    const client = this.#client;
    this.#client = null;
    void client?.end().catch(() => {});
  }

  async #connect(ms: number): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.url,
      connectionTimeoutMillis: ms,
      application_name: 'holdfast ping',
    });
    // One that breaks between two questions is found broken by the next.
    client.on('error', () => {});
    try {
      await client.connect();
    } catch (error) {
      void client.end().catch(() => {});
      throw error;
    }
    return client;
  }
}
