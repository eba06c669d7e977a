import type { AuditModel, AuditQueries, ModuleAudits } from './audit-port.js';
import { type Database, DatabaseError, type Queryable } from './database.js';
import { modules } from './every-module.js';
import { queryEvents } from './history/events.js';
import { queryHistory } from './history/query.js';
import type { Ask, ProjectionModule } from './module.js';
import type { ReadAnswer } from './moment.js';
import { type Present, ProjectionError, type ReadModel } from './port.js';
import type { ProjectionGroupName } from './projection-group.js';
import { queryRequest, queryRequests } from './requests/query.js';

/** What the read model asks of the projector that keeps the rows of a projection group; see Projector. */
export interface ProjectionProgress {
  readonly shard: string;
  readonly read: number;
  readonly stored: number;
  waitFor(position: number, timeoutMs?: number): Promise<void>;
  distrust(): void;
}

/**
 * Queries on the rows of one shard. An answer is never older than what `waitFor` promised, also when the rows are being
 * made anew between the two: each query reads how far its rows are, and rejects with ProjectionError `being-made`
 * where that is less than was promised before. `waitFor` waits for the status projection group; queries of the audit
 * projection group wait for that by themselves, but for those of `eventually`.
 */
export class PostgresReadModel implements ReadModel, AuditModel {
  readonly present: Present;
  readonly request: Audited['request'];
  readonly history: Audited['history'];
  readonly requests: Audited['requests'];
  readonly events: Audited['events'];
  readonly modules: ModuleAudits;
  readonly eventually: Audited;
  #database: Database;
  #progress: Record<ProjectionGroupName, ProjectionProgress>;
  #promised: Record<ProjectionGroupName, number> = { status: 0, audit: 0 };
  /** The last position that was waited for. */
  #position = 0;

  constructor({
    database,
    ...progress
  }: { database: Database; status: ProjectionProgress; audit: ProjectionProgress }) {
    this.#database = database;
    this.#progress = progress;
    const now: Ask = (query) => this.#answer(query, ['status']);
    this.present = byName(({ present }) => present.queries(now)) as Present;
    this.eventually = audited((query, projectionGroups) => this.#answer(query, projectionGroups));
    const waiting = audited(async (query, projectionGroups) => {
      await this.#waitFor('audit', this.#position);
      return this.#answer(query, projectionGroups);
    });
    this.request = waiting.request;
    this.history = waiting.history;
    this.requests = waiting.requests;
    this.events = waiting.events;
    this.modules = waiting.modules;
  }

  get read(): number {
    return this.#progress.status.read;
  }

  async waitFor(position: number, timeoutMs?: number): Promise<void> {
    await this.#waitFor('status', position, timeoutMs);
    this.#position = Math.max(this.#position, position);
  }

  async #waitFor(projectionGroup: ProjectionGroupName, position: number, timeoutMs?: number): Promise<void> {
    const progress = this.#progress[projectionGroup];
    await progress.waitFor(position, timeoutMs);
    if (progress.read < position) throw beingMade();
    // The rows of `stored` are those of all that was read since: only that is ever written late.
    this.#promised[projectionGroup] = Math.max(this.#promised[projectionGroup], progress.stored);
  }

  async #answer<T>(query: Query<T>, projectionGroups: readonly ProjectionGroupName[]): Promise<T> {
    const promised = { ...this.#promised };
    let moment: ReadAnswer<T>;
    try {
      moment = await query(this.#database, this.#progress.status.shard);
    } catch (error) {
      throw this.#refusal(error, projectionGroups);
    }
    const { answer, read } = moment;
    if (projectionGroups.some((projectionGroup) => (read[projectionGroup] ?? -1) < promised[projectionGroup]))
      throw beingMade();
    return answer;
  }

  /** What is unavailable or damaged comes back by itself; any other failure is a bug and stays what it is. */
  #refusal(error: unknown, projectionGroups: readonly ProjectionGroupName[]): unknown {
    if (!(error instanceof DatabaseError) || error.code === 'failed') return error;
    if (error.code === 'damaged')
      for (const projectionGroup of projectionGroups) this.#progress[projectionGroup].distrust();
    return new ProjectionError('unavailable', 'the read model is away', { cause: error });
  }
}

type Query<T> = (database: Queryable, shard: string) => Promise<ReadAnswer<T>>;
type Audited = AuditQueries & Pick<ReadModel, 'request'>;

/** What is answered from rows of the audit projection group. */
function audited(ask: <T>(query: Query<T>, projectionGroups: readonly ProjectionGroupName[]) => Promise<T>): Audited {
  const past: Ask = (query) => ask(query, ['audit']);
  const held: Ask = (query) => ask(query, ['status', 'audit']);
  return {
    request: (commandId) => past((database, shard) => queryRequest(database, shard, commandId)),
    history: (query) => past((database, shard) => queryHistory(database, shard, query)),
    requests: (query) => past((database, shard) => queryRequests(database, shard, query)),
    events: (query) => past((database, shard) => queryEvents(database, shard, query)),
    modules: byName(({ audit }) => audit.queries({ past, held })) as ModuleAudits,
  };
}

/** What is made of each module, by its name. */
function byName(make: (module: ProjectionModule) => object): object {
  return Object.fromEntries(modules.map((module) => [module.name, make(module)]));
}

function beingMade(): ProjectionError {
  return new ProjectionError('being-made', 'the read model is being made anew');
}
