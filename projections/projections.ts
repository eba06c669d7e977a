import type { EventDecoder, LogError, Logger, Runtime, ShardLog } from '@holdfast/log';
import type { Database } from './database.js';
import { families } from './families.js';
import type { Family, FamilyName, ProjectionName } from './family.js';
import { projectionLimits } from './limits.js';
import { PostgresStore } from './postgres-store.js';
import { dropLeftovers, type RebuildProgress, rebuildFamilies } from './rebuild.js';
import { Projector } from './runner.js';

export interface ProjectionsOptions {
  log: ShardLog;
  codec: EventDecoder;
  database: Database;
  runtime: Runtime;
  logger: Logger;
  /** See ProjectorOptions; of the status family. */
  heldPositionsMax?: number;
  /** Is told how far a rebuild has come that began by itself. */
  onRebuild?: (progress: RebuildProgress) => void;
  /** See ProjectorOptions. */
  onLost?: (error: LogError) => void;
}

export interface RebuildRequest {
  /** Default: all. Those of a family are made together. */
  names?: readonly ProjectionName[];
  onProgress?: (progress: RebuildProgress) => void;
  signal?: AbortSignal;
}

/** Every projection's name, for who asks for a rebuild. */
export const projectionNames = Object.values(families).flatMap(({ projections }) => projections);

/** The projectors of one shard, one for each family. */
export class Projections {
  readonly status: Projector;
  readonly audit: Projector;
  #options: ProjectionsOptions;
  /** How far the last rebuild came that began by itself. */
  #refilled: Record<FamilyName, number> = { status: 0, audit: 0 };

  constructor(options: ProjectionsOptions) {
    this.#options = options;
    const { log, codec, runtime, logger, heldPositionsMax, onLost } = options;
    const held = heldPositionsMax === undefined ? {} : { heldPositionsMax };
    const common = { log, codec, runtime, logger, ...held, ...(onLost === undefined ? {} : { onLost }) };
    this.status = new Projector({ ...common, store: this.#store('status') });
    this.audit = new Projector({ ...common, store: this.#store('audit'), pauseMs: projectionLimits.auditPauseMs });
  }

  /** Why nothing more will be read, or null. */
  get stopped(): Error | null {
    return this.status.stopped ?? this.audit.stopped;
  }

  /** Position in `events` that the rows of the status family are at, or a rebuild of them where they are made anew. */
  get read(): number {
    return Math.max(this.status.read, this.#refilled.status);
  }

  start(): void {
    for (const family of Object.values(families)) void this.#tidy(family);
    this.status.start();
    this.audit.start();
  }

  async close(): Promise<void> {
    await Promise.all([this.status.close(), this.audit.close()]);
  }

  /**
   * Makes rows anew from the log while the old ones are read. Rejects as `rebuildFamilies` does, and then the old rows stay. End
   * it with its signal before `close`.
   */
  rebuild(request: RebuildRequest = {}): Promise<void> {
    return rebuild({ ...this.#options, ...request });
  }

  #store(name: FamilyName): PostgresStore {
    const { database, log, onRebuild } = this.#options;
    const family = families[name];
    const onProgress = (progress: RebuildProgress) => {
      this.#refilled[name] = progress.read;
      onRebuild?.(progress);
    };
    const refill = (signal: AbortSignal) => rebuildFamilies([family], { ...this.#options, onProgress, signal });
    const onRenewed = () => (name === 'status' ? this.audit : this.status).recheck();
    return new PostgresStore({ database, shard: log.shard, family, refill, onRenewed });
  }

  /** A database that is away has them dropped by the next rebuild. */
  async #tidy(family: Family): Promise<void> {
    const { database, logger } = this.#options;
    await dropLeftovers(family, database).catch((error: Error) => {
      logger.info({ family: family.name, reason: error.message }, 'what a rebuild may have left was not dropped');
    });
  }
}

/** As Projections.rebuild, for a process that does not project. */
export async function rebuild(
  options: Pick<ProjectionsOptions, 'log' | 'codec' | 'database' | 'runtime'> & RebuildRequest,
): Promise<void> {
  const { names = projectionNames, ...given } = options;
  const chosen = Object.values(families).filter(({ projections }) => projections.some((name) => names.includes(name)));
  await rebuildFamilies(chosen, given);
}
