import type { Checkpoint, KnownLog } from '@holdfast/log';

/*
 * Rows are made from the log and can be made again, but where the log is lost they are what is left of its history. So
 * whatever would drop or change tables as a whole (damage, a migration) first asks whether the log holds what they were
 * made from.
 */

/**
 * Gets what the rows know of logs; none where that cannot be read. Throws LogError `lost` where the log does not hold
 * it. True where that is sure, so that rows may go; false where nobody knows: then they are set aside.
 */
export type MayDrop = (known: readonly KnownLog[]) => Promise<boolean>;

/** Of who has no log at hand. */
export const nobodyKnows: MayDrop = async () => false;

/** One statement, as the drivers take it; the rows of its last result. */
// biome-ignore lint/suspicious/noExplicitAny: as Postgrator has it.
export type RawQuery = (sql: string) => Promise<{ rows: any[] }>;

/** What the rows of a database know, in whatever version its tables are. */
export async function knownToRows(rawQuery: RawQuery): Promise<KnownLog[]> {
  const [{ there }] = (await rawQuery(`SELECT to_regclass('holdfast.watermark') IS NOT NULL AS there`)).rows as [
    { there: boolean },
  ];
  if (!there) return [];
  const sql = 'SELECT shard, log, read::text, checkpoint::text FROM holdfast.watermark ORDER BY read DESC';
  const rows: { shard: string; log: string; read: string; checkpoint: string }[] = (await rawQuery(sql)).rows;
  return rows.map(({ shard, log, read, checkpoint }) => ({
    ...{ by: 'the read model', shard, log },
    read: Number(read),
    checkpoint: JSON.parse(checkpoint) as Checkpoint,
  }));
}

/** Puts our tables beside, under a name with the time; gives it, or null where there are none. */
export async function setTablesAside(rawQuery: RawQuery, why: 'damaged' | 'lost'): Promise<string | null> {
  const { rows } = await rawQuery(`SELECT FROM pg_namespace WHERE nspname = 'holdfast'`);
  if (rows.length === 0) return null;
  const aside = `holdfast_${why}_${timeInName()}`;
  await rawQuery(`ALTER SCHEMA holdfast RENAME TO ${aside}`);
  return aside;
}

/** For the names of what is kept, e.g. `20261128t083512345`: in lower case, as an identifier is in SQL. */
export function timeInName(now = new Date()): string {
  return now
    .toISOString()
    .replaceAll(/[-:.Z]/g, '')
    .toLowerCase();
}
