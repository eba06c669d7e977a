import { join } from 'node:path';
import type { Logger } from '@holdfast/log';
import { type Database, type MayDrop, openPglite, openPostgres } from '@holdfast/projections';

/** Where the read model is: the URL of a Postgres server, or a data directory, or (both null) nowhere but in memory. */
export interface ReadModelPlace {
  postgres: string | null;
  data: string | null;
}

/** Throws LogError where `mayDrop` does. */
export function openReadModel(place: ReadModelPlace, logger: Logger, mayDrop: MayDrop): Promise<Database> {
  if (place.postgres !== null) return openPostgres(place.postgres, logger, mayDrop);
  return openPglite(place.data === null ? 'memory' : embeddedReadModel(place.data), logger, mayDrop);
}

/** The embedded one of a data directory. */
export function embeddedReadModel(data: string): string {
  return join(data, 'read-model');
}
