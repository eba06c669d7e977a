import type { EventDecoder, LogError, Logger, Runtime, ShardLog } from '@holdfast/log';
import type { Database } from './database.js';
import { projectionLimits } from './limits.js';
import { PostgresStore } from './postgres-store.js';
import type { ProjectionGroup, ProjectionGroupName, ProjectionName } from './projection-group.js';
import { projectionGroups } from './projection-groups.js';
import { dropLeftovers, type RebuildProgress, rebuildProjectionGroups } from './rebuild.js';
import { Projector } from './runner.js';

export interface ProjectionsOptions {
  log: ShardLog;
  codec: EventDecoder;
  database: Database;
  runtime: Runtime;
  logger: Logger;
  /** See ProjectorOptions; of the status projection group. */
  heldPositionsMax?: number;
  /** Is told how far a rebuild has come that began by itself. */
  onRebuild?: (progress: RebuildProgress) => void;
  /** See ProjectorOptions. */
  onLost?: (error: LogError) => void;
}

export interface RebuildRequest {
  /** Default: all. Those of a projection group are made together. */
  names?: readonly ProjectionName[];
  onProgress?: (progress: RebuildProgress) => void;
  signal?: AbortSignal;
}

/** Every projection's name, for who asks for a rebuild. */
export const projectionNames = Object.values(projectionGroups).flatMap(({ projections }) => projections);

/** The projectors of one shard, one for each projection group. */
export class Projections {
  readonly status: Projector;
  readonly audit: Projector;
  #options: ProjectionsOptions;
  /** How far the last rebuild came that began by itself. */
  #rebuilt: Record<ProjectionGroupName, number> = { status: 0, audit: 0 };

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

  /**
   * Position in `events` that the rows of the status projection group are at, or a rebuild of them where they are made
   * anew.
   */
  get read(): number {
    return Math.max(this.status.read, this.#rebuilt.status);
  }

  start(): void {
    for (const projectionGroup of Object.values(projectionGroups)) void this.#tidy(projectionGroup);
    this.status.start();
    this.audit.start();
  }

  async close(): Promise<void> {
    await Promise.all([this.status.close(), this.audit.close()]);
  }

  /**
   * Makes rows anew from the log while the old ones are read. Rejects as `rebuildProjectionGroups` does, and then the
   * old rows stay. End it with its signal before `close`.
   */
  rebuild(request: RebuildRequest = {}): Promise<void> {
    return rebuild({ ...this.#options, ...request });
  }

  #store(name: ProjectionGroupName): PostgresStore {
    const { database, log, onRebuild } = this.#options;
    const projectionGroup = projectionGroups[name];
    const onProgress = (progress: RebuildProgress) => {
      this.#rebuilt[name] = progress.read;
      onRebuild?.(progress);
    };
    const rebuild = (signal: AbortSignal) =>
      rebuildProjectionGroups([projectionGroup], { ...this.#options, onProgress, signal });
    const onRenewed = () => (name === 'status' ? this.audit : this.status).recheck();
    return new PostgresStore({ database, shard: log.shard, projectionGroup, rebuild, onRenewed });
  }

  /** A database that is unavailable has them dropped by the next rebuild. */
  async #tidy(projectionGroup: ProjectionGroup): Promise<void> {
    const { database, logger } = this.#options;
    await dropLeftovers(projectionGroup, database).catch((error: Error) => {
      logger.info(
        { family: projectionGroup.name, reason: error.message },
        'what a rebuild may have left was not dropped',
      );
    });
  }
}

/** As Projections.rebuild, for a process that does not project. */
export async function rebuild(
  options: Pick<ProjectionsOptions, 'log' | 'codec' | 'database' | 'runtime'> & RebuildRequest,
): Promise<void> {
  const { names = projectionNames, ...given } = options;
  const chosen = Object.values(projectionGroups).filter(({ projections }) =>
    projections.some((name) => names.includes(name)),
  );
  await rebuildProjectionGroups(chosen, given);
}
