import type { Event } from '@holdfast/events';
import type { BuiltInModule } from './modules.js';

/**
 * What every module answers of the rows as they are now, by its name. Every call reads one moment; nothing here decides
 * anything.
 */
export type Present = { readonly [M in BuiltInModule as M['name']]: ReturnType<M['present']['queries']> };

/** What the read model answers. */
export interface ReadModel {
  /** The `events` position up to which the projection has read. */
  readonly read: number;
  /**
   * Resolves once the projection has read up to `position`. Rejects with ProjectionError `behind` after `timeoutMs`
   * (2,000 by default).
   */
  waitFor(position: number, timeoutMs?: number): Promise<void>;
  readonly present: Present;
  /** What was decided on a request, or null. Waits as the calls of AuditModel do. */
  request(commandId: string): Promise<RequestRow | null>;
  /** The same of what is known, without a wait. */
  readonly eventually: Pick<ReadModel, 'request'>;
}

/** A decided request: enough to give its answer again. */
export interface RequestRow {
  commandId: string;
  actor: string;
  /** Sequence of the outcome. */
  sequence: number;
  /** Log time, milliseconds since 1970. */
  decidedAt: number;
  /** The whole group, the outcome last. */
  events: Event[];
}

/**
 * `behind`: it did not read as far in time. `unavailable`: the database is unavailable. `being-made`: rows are being
 * made anew. `stopped`: the log is lost or damaged, or says what this version does not know, so nothing more will be
 * read.
 */
export type ProjectionErrorCode = 'behind' | 'unavailable' | 'being-made' | 'stopped';

export class ProjectionError extends Error {
  constructor(
    readonly code: ProjectionErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ProjectionError';
  }
}
