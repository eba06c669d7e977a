import type { CollectionKind, Selection } from '@holdfast/events';
import { type Database, DatabaseError } from './database.js';
import { queryCollections, queryComponents } from './inventory/query.js';
import type { Moment } from './moment.js';
import {
  type CollectionRow,
  type InventoryRow,
  ProjectionError,
  type ReadModel,
  type RequestRow,
  type ReservationRow,
  type StatusAnswer,
} from './port.js';
import { queryRequest } from './requests/query.js';
import { queryReservations, queryStatus } from './status/query.js';

/** What the read model asks of the projector that keeps its rows; see Projector. */
export interface Progress {
  readonly shard: string;
  readonly read: number;
  readonly stored: number;
  waitFor(position: number, timeoutMs?: number): Promise<void>;
  distrust(): void;
}

/**
 * Queries on the rows of one shard. An answer is never older than what `waitFor` promised, also when the rows are being made
 * anew between the two: each query reads how far its rows are, and rejects with ProjectionError `unavailable` where that is
 * less than was promised before.
 */
export class PostgresReadModel implements ReadModel {
  #database: Database;
  #projector: Progress;
  #promised = 0;

  constructor({ database, projector }: { database: Database; projector: Progress }) {
    this.#database = database;
    this.#projector = projector;
  }

  get read(): number {
    return this.#projector.read;
  }

  async waitFor(position: number, timeoutMs?: number): Promise<void> {
    await this.#projector.waitFor(position, timeoutMs);
    if (this.#projector.read < position) throw beingMade();
    // The rows of `stored` are those of all that was read since: only that is ever written late.
    this.#promised = Math.max(this.#promised, this.#projector.stored);
  }

  status(selection: Selection): Promise<StatusAnswer> {
    return this.#answer((database, shard) => queryStatus(database, shard, selection));
  }

  reservations(xnames: string[]): Promise<Map<string, ReservationRow>> {
    return this.#answer((database, shard) => queryReservations(database, shard, xnames));
  }

  components(ids: string[] | null): Promise<InventoryRow[]> {
    return this.#answer((database, shard) => queryComponents(database, shard, ids));
  }

  collections(kind: CollectionKind): Promise<CollectionRow[]> {
    return this.#answer((database, shard) => queryCollections(database, shard, kind));
  }

  request(commandId: string): Promise<RequestRow | null> {
    return this.#answer((database, shard) => queryRequest(database, shard, commandId));
  }

  async #answer<T>(query: (database: Database, shard: string) => Promise<Moment<T>>): Promise<T> {
    const promised = this.#promised;
    let moment: Moment<T>;
    try {
      moment = await query(this.#database, this.#projector.shard);
    } catch (error) {
      throw this.#refusal(error);
    }
    if (moment.read < promised) throw beingMade();
    return moment.answer;
  }

  /** What is away or damaged comes back by itself; any other failure is a bug and stays what it is. */
  #refusal(error: unknown): unknown {
    if (!(error instanceof DatabaseError) || error.code === 'failed') return error;
    if (error.code === 'damaged') this.#projector.distrust();
    return new ProjectionError('unavailable', 'the read model is away', { cause: error });
  }
}

function beingMade(): ProjectionError {
  return new ProjectionError('unavailable', 'the read model is being made anew');
}
