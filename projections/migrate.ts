import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from '@holdfast/log';
import Postgrator from 'postgrator';
import { DatabaseError, databaseError } from './database.js';
import { knownToRows, type MayDrop, type RawQuery } from './held-history.js';

/**
 * Brings the tables to the newest version, in the order of `migrations/`. As a migration may drop rows, `mayDrop` is
 * asked before one on tables that are there. Call it within a transaction: then a failure leaves everything as it was.
 * Throws DatabaseError: `newer` where a newer Holdfast was here before, `damaged` where the tables come from other
 * migrations than ours.
 */
export async function migrate(rawQuery: RawQuery, logger: Logger, mayDrop: MayDrop): Promise<void> {
  const { postgrator, ours, theirs } = await versionsOf(rawQuery);
  if (theirs > 0 && theirs < ours) await mayDrop(await knownToRows(rawQuery));
  const applied = await postgrator.migrate().catch((cause: Error) => {
    if (!/checksum/i.test(cause.message)) throw databaseError(cause);
    throw new DatabaseError('damaged', cause.message, { cause });
  });
  for (const { version, name } of applied) logger.info({ version, name }, 'migrated the read model');
}

/** Throws DatabaseError `newer` where a newer Holdfast was there before. Changes nothing. */
export async function requireNotNewer(rawQuery: RawQuery): Promise<void> {
  await versionsOf(rawQuery);
}

async function versionsOf(rawQuery: RawQuery) {
  const postgrator = new Postgrator({
    driver: 'pg',
    schemaTable: 'holdfast.schema_version',
    migrationPattern: join(escapeGlob(migrationsFolder()), '*.sql'),
    newline: 'LF',
    execQuery: rawQuery,
  });
  await postgrator.getMigrations();
  const [ours, theirs] = [await postgrator.getMaxVersion(), await postgrator.getDatabaseVersion()];
  if (theirs > ours) {
    const why = `the read model has version ${theirs}, and this Holdfast knows only ${ours}: start the newer one, or give it another database`;
    throw new DatabaseError('newer', why);
  }
  return { postgrator, ours, theirs };
}

/** Beside the sources, also for what was built of them. */
export function migrationsFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'migrations'))) folder = dirname(folder);
  return join(folder, 'migrations');
}

function escapeGlob(path: string): string {
  return path.replaceAll(/[*?[\]{}()!+@]/g, '[$&]');
}
