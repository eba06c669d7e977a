import type { Steps } from '@holdfast/events/steps';
import type { Group } from '@holdfast/log';
import {
  DatabaseError,
  type Positions,
  type Present,
  ProjectionError,
  type ProjectionStore,
  type Projector,
  type RowChange,
  StoreError,
} from '@holdfast/projections';
import { MemoryReadModel } from '../support/memory-read-model.js';
import type { SimProcess, World } from './world.js';

/** A Postgres: it outlives the processes that use it, and several may. */
export class SimDatabase {
  readonly rows = new MemoryReadModel();
  /** Nothing goes wrong any more. */
  calm = false;
  /** When rows of a log were last dropped, to be made anew. */
  madeAnewAt = 0;
  /** Every commit fails: its disk is full. */
  full = false;

  constructor(readonly world: World) {}

  /** How far its rows have come. */
  get read(): number {
    return this.rows.read;
  }

  calmDown(): void {
    this.calm = true;
    this.full = false;
  }
}

/** A projector's way to the database, where a commit may be lost, or its answer. */
export class SimStore implements ProjectionStore {
  constructor(
    private readonly database: SimDatabase,
    private readonly process: SimProcess,
  ) {}

  project(group: Group): Steps<RowChange[]> {
    return this.database.rows.project(group);
  }

  load(): Promise<Positions | null> {
    return this.#transaction('load', () => this.database.rows.load());
  }

  apply(changes: RowChange[], found: Positions, next: Positions): Promise<void> {
    return this.#transaction('commit', () => this.database.rows.apply(changes, found, next));
  }

  reset(): Promise<Positions> {
    return this.#transaction('reset', () => {
      // One that nobody has written to yet loses nothing.
      if (this.database.read > 0) this.database.madeAnewAt = this.database.world.now;
      return this.database.rows.reset();
    });
  }

  /** Runs in the database whether or not the process lives to hear of it. */
  #transaction<T>(what: string, work: () => Promise<T>): Promise<T> {
    const { database, process } = this;
    const { world } = database;
    const { random } = world;
    return new Promise((resolve, reject) => {
      if (!process.lives(what)) return;
      const later = (then: () => void) => process.after(random.int(0, 2), `the answer to ${what}`, then);
      const fail = (why: string) => later(() => reject(new DatabaseError('unavailable', why)));
      if (database.full) {
        world.fault('database full', process.name);
        fail('no space left');
        return;
      }
      const luck = database.calm ? 1 : random.next();
      if (luck < 0.01) {
        world.fault('commit lost', process.name, what);
        fail('the connection broke');
        return;
      }
      world.after(random.int(0, 3), () => {
        work().then(
          (result) => {
            if (luck < 0.02) {
              world.fault('commit answer lost', process.name, what);
              fail('the connection broke');
            } else later(() => resolve(result));
          },
          (error: Error) => {
            if (error instanceof StoreError) world.fault('two projectors of one database met', process.name);
            later(() => reject(error));
          },
        );
      });
    });
  }
}

/** The queries of one process: as the read model in Postgres, never older than what was waited for. */
export class SimReadModel {
  #promised = 0;
  #moments = new WeakMap<object, number>();

  constructor(
    private readonly database: SimDatabase,
    private readonly projector: Projector,
    private readonly process: SimProcess,
  ) {}

  get read(): number {
    return this.projector.read;
  }

  /** The position at which the rows of an answer were. */
  momentOf(answer: object): number {
    return this.#moments.get(answer)!;
  }

  async waitFor(position: number, timeoutMs?: number): Promise<void> {
    await this.projector.waitFor(position, timeoutMs);
    if (this.projector.read < position) throw beingMade();
    this.#promised = Math.max(this.#promised, this.projector.stored);
  }

  async ask<T extends object>(query: (present: Present) => Promise<T>): Promise<T> {
    const promised = this.#promised;
    const { rows, world } = this.database;
    // Both within one turn, as one statement of a database reads one moment.
    const [positions, answer] = await this.process.ask(world.random.int(0, 3), 'a query', () =>
      Promise.all([rows.load(), query(rows.present)]),
    );
    const read = positions?.read ?? 0;
    if (read < promised) throw beingMade();
    this.#moments.set(answer, read);
    return answer;
  }
}

function beingMade(): ProjectionError {
  return new ProjectionError('unavailable', 'the read model is being made anew');
}
