import type { CollectionKind, Criterion, Selection } from '@holdfast/events/cray/messages';
import type {
  AllocationHolderPage,
  AllocationHoldersQuery,
  AuditModel,
  EventPage,
  EventsQuery,
  HistoryPage,
  HistoryQuery,
  HolderPage,
  HoldersQuery,
  PastMoment,
  PastPlacement,
  PastStatus,
  PlacementAtQuery,
  RequestPage,
  RequestsQuery,
} from './audit-port.js';
import { type Database, DatabaseError } from './database.js';
import type { FamilyName } from './family.js';
import { queryEvents } from './history/events.js';
import { queryPlacementAt } from './history/past-placement.js';
import { queryHistory, queryStatusAt } from './history/query.js';
import { queryAllocationHolders } from './holders/allocations.js';
import { queryHolders } from './holders/query.js';
import { queryCollections, queryComponents, queryMemberships } from './inventory/query.js';
import type { Moment } from './moment.js';
import type { PlacementModel } from './placement/port.js';
import { placementOfTables } from './placement/tables.js';
import {
  type CollectionRow,
  type InventoryRow,
  type MembershipRow,
  ProjectionError,
  type ReadModel,
  type RequestRow,
  type ReservationRow,
  type StatusAnswer,
} from './port.js';
import { queryRequest, queryRequests } from './requests/query.js';
import { queryReservations, queryStatus } from './status/query.js';

/** What the read model asks of the projector that keeps the rows of a family; see Projector. */
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
 * less than was promised before. `waitFor` waits for the status family; queries of the audit family wait for that by themselves.
 */
export class PostgresReadModel implements ReadModel, AuditModel {
  readonly placement: PlacementModel = placementOfTables((query) => this.#present(query));
  #database: Database;
  #progress: Record<FamilyName, Progress>;
  #promised: Record<FamilyName, number> = { status: 0, audit: 0 };
  /** The last position that was waited for. */
  #position = 0;

  constructor({ database, ...progress }: { database: Database; status: Progress; audit: Progress }) {
    this.#database = database;
    this.#progress = progress;
  }

  get read(): number {
    return this.#progress.status.read;
  }

  async waitFor(position: number, timeoutMs?: number): Promise<void> {
    await this.#waitFor('status', position, timeoutMs);
    this.#position = Math.max(this.#position, position);
  }

  status(selection: Selection): Promise<StatusAnswer> {
    return this.#present((database, shard) => queryStatus(database, shard, selection));
  }

  reservations(xnames: string[]): Promise<Map<string, ReservationRow>> {
    return this.#present((database, shard) => queryReservations(database, shard, xnames));
  }

  components(ids: string[] | null, criteria: Criterion[] = []): Promise<InventoryRow[]> {
    return this.#present((database, shard) => queryComponents(database, shard, ids, criteria));
  }

  memberships(ids: string[] | null, criteria: Criterion[] = []): Promise<MembershipRow[]> {
    return this.#present((database, shard) => queryMemberships(database, shard, ids, criteria));
  }

  collections(kind: CollectionKind): Promise<CollectionRow[]> {
    return this.#present((database, shard) => queryCollections(database, shard, kind));
  }

  request(commandId: string): Promise<RequestRow | null> {
    return this.#audited((database, shard) => queryRequest(database, shard, commandId));
  }

  history(query: HistoryQuery): Promise<HistoryPage> {
    return this.#audited((database, shard) => queryHistory(database, shard, query));
  }

  statusAt(selection: Selection, moment: PastMoment): Promise<PastStatus> {
    return this.#audited((database, shard) => queryStatusAt(database, shard, selection, moment));
  }

  holders(query: HoldersQuery): Promise<HolderPage> {
    return this.#audited((database, shard) => queryHolders(database, shard, query), ['status', 'audit']);
  }

  placementAt(query: PlacementAtQuery, moment: PastMoment): Promise<PastPlacement> {
    return this.#audited((database, shard) => queryPlacementAt(database, shard, query, moment));
  }

  allocationHolders(query: AllocationHoldersQuery): Promise<AllocationHolderPage> {
    const ask: Query<AllocationHolderPage> = (database, shard) => queryAllocationHolders(database, shard, query);
    return this.#audited(ask, ['status', 'audit']);
  }

  requests(query: RequestsQuery): Promise<RequestPage> {
    return this.#audited((database, shard) => queryRequests(database, shard, query));
  }

  events(query: EventsQuery): Promise<EventPage> {
    return this.#audited((database, shard) => queryEvents(database, shard, query));
  }

  async #waitFor(family: FamilyName, position: number, timeoutMs?: number): Promise<void> {
    const progress = this.#progress[family];
    await progress.waitFor(position, timeoutMs);
    if (progress.read < position) throw beingMade();
    // The rows of `stored` are those of all that was read since: only that is ever written late.
    this.#promised[family] = Math.max(this.#promised[family], progress.stored);
  }

  #present<T>(query: Query<T>): Promise<T> {
    return this.#answer(query, ['status']);
  }

  async #audited<T>(query: Query<T>, families: readonly FamilyName[] = ['audit']): Promise<T> {
    await this.#waitFor('audit', this.#position);
    return this.#answer(query, families);
  }

  async #answer<T>(query: Query<T>, families: readonly FamilyName[]): Promise<T> {
    const promised = { ...this.#promised };
    let moment: Moment<T>;
    try {
      moment = await query(this.#database, this.#progress.status.shard);
    } catch (error) {
      throw this.#refusal(error, families);
    }
    const { answer, read } = moment;
    if (families.some((family) => (read[family] ?? -1) < promised[family])) throw beingMade();
    return answer;
  }

  /** What is away or damaged comes back by itself; any other failure is a bug and stays what it is. */
  #refusal(error: unknown, families: readonly FamilyName[]): unknown {
    if (!(error instanceof DatabaseError) || error.code === 'failed') return error;
    if (error.code === 'damaged') for (const family of families) this.#progress[family].distrust();
    return new ProjectionError('unavailable', 'the read model is away', { cause: error });
  }
}

type Query<T> = (database: Database, shard: string) => Promise<Moment<T>>;

function beingMade(): ProjectionError {
  return new ProjectionError('being-made', 'the read model is being made anew');
}
