import type { EventDecoder, KnownLog, LogError, Logger, Runtime, ShardLog } from '@holdfast/log';
import { type Database, type ProjectionStore, Projections, Projector } from '@holdfast/projections';

/** What is made from the log to answer questions with. */
export interface Rows {
  /** What they know of the log; nothing where they cannot be asked. */
  known(): Promise<KnownLog[]>;
  /** What keeps them in step with the log. */
  projecting(parts: ProjectingParts): Projecting;
}

export interface ProjectingParts {
  log: ShardLog;
  codec: EventDecoder;
  runtime: Runtime;
  logger: Logger;
  turn?: () => Promise<void>;
  onLost(error: LogError): void;
}

export interface Projecting {
  /** Of what is there now, which reads wait for. */
  readonly status: Projector;
  /** Of what has been; the same one where both are kept together. */
  readonly audit: Projector;
  /** Why nothing more will be read, or null. */
  readonly stopped: Error | null;
  /** Position in `events` that the rows of the status have come to. */
  readonly read: number;
  start(): void;
  close(): Promise<void>;
}

export interface RowsOptions {
  known?(): Promise<KnownLog[]>;
  /** See ProjectorOptions. */
  heldPositionsMax?: number;
}

export interface DatabaseRows extends Rows {
  database: Database;
}

/** Rows in a database, in projection groups. */
export function databaseRows(database: Database, { known = async () => [], ...held }: RowsOptions = {}): DatabaseRows {
  return { database, known, projecting: (parts) => new Projections({ ...parts, ...held, database }) };
}

/** Rows in one store, all together. */
export function storedRows(store: ProjectionStore, { known = async () => [], ...held }: RowsOptions = {}): Rows {
  return { known, projecting: (parts) => oneProjector(new Projector({ ...parts, ...held, store })) };
}

function oneProjector(projector: Projector): Projecting {
  return {
    status: projector,
    audit: projector,
    get stopped() {
      return projector.stopped;
    },
    get read() {
      return projector.read;
    },
    start: () => projector.start(),
    close: () => projector.close(),
  };
}
