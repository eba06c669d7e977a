import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Codec } from '@holdfast/events';
import { beginning, type KnownLog, LogError, lostLog, requireHeld, type ShardLog } from '@holdfast/log';
import { type Database, DatabaseError, knownOnServer, knownToRows, type MayDrop } from '@holdfast/projections';
import { hasEmbeddedLog, type LogSettings } from './log.js';
import { readNote } from './log-note.js';
import { embeddedReadModel } from './read-model.js';
import { hasSecret, secretIn } from './secret.js';

/*
 * New topics and new log files are made by a first start alone. Whatever a log leaves behind besides itself is asked
 * before: the note beside it, snapshots, the read model, the secret. None of it is changed here. SPEC rule 6.
 */

export interface FirstStart extends Pick<LogSettings, 'data' | 'kafka'> {
  postgres: string | null;
  secretFile: string | null;
}

/** Throws LogError `lost` where something knows of a log, though there is none, or an empty one. */
export async function requireFirstStart(settings: FirstStart, shard: string): Promise<void> {
  const { data, kafka } = settings;
  if (kafka !== null && data !== null && hasEmbeddedLog(data)) throw embeddedThere(data, shard);
  const found = kafka === null ? 'there is no log in the directory' : 'its topics do not exist, or are empty';
  for (const known of await traces(settings, shard)) throw lostLog(known, found);
}

/**
 * Whoever has it may be on the way to Kafka, mean to begin anew, or have lost the topics that it went to: it is told
 * all three.
 */
function embeddedThere(data: string, shard: string): LogError {
  const message = `shard ${shard}: the topics on Kafka do not exist, or are empty, and ${data} holds an embedded log that was served until now. Nothing was made. To go on with it on Kafka, bring it there with holdfast export and holdfast import (docs/cli.md, "Moving a site to Kafka"). To begin a new log, give another --data. If it went to Kafka before, its topics are lost: put them back (docs/operations.md, "When the log is lost")`;
  return new LogError('lost', message);
}

/** The same for who begins an empty log on Kafka, and opens no read model. */
export async function requireNoRows(postgres: string, shard: string): Promise<void> {
  for (const known of await rowsOnServer(postgres, shard)) throw lostLog(known, 'the log that is there is empty');
}

/** What knows of a log. */
async function traces({ data, kafka, postgres, secretFile }: FirstStart, shard: string): Promise<KnownLog[]> {
  const rows = postgres === null ? [] : await rowsOnServer(postgres, shard);
  if (data === null) return rows;
  const note = await readNote(data);
  const unknown = (by: string): KnownLog => ({ by, shard, log: '', read: 0, checkpoint: beginning });
  const traces = [...(note === null || note.read === 0 ? [] : [note]), ...rows];
  traces.push(...(await snapshotFiles(data, shard)).map((file) => unknown(`the snapshot ${file}`)));
  const readModel = embeddedReadModel(data);
  // An empty one may be a disk of its own, made ready for it.
  if (existsSync(join(readModel, 'PG_VERSION'))) traces.push(unknown(`the read model in ${readModel}`));
  // Of its own making: an embedded log is made before it. On Kafka one is often copied there first.
  if (kafka === null && secretFile === null && note === null && hasSecret(data)) {
    traces.push(
      unknown(`${secretIn(data)}, made with a log (one of your own for a first start is given with --secret-file),`),
    );
  }
  return traces;
}

async function rowsOnServer(url: string, shard: string): Promise<KnownLog[]> {
  try {
    return (await knownOnServer(url)).filter((known) => known.shard === shard && known.read > 0);
  } catch (cause) {
    const why = (cause as Error).message;
    const message = `shard ${shard}: there is no log, and whether the read model knows of one cannot be asked (${why}): nothing is made. Start Postgres first`;
    throw new LogError('lost', message, { cause });
  }
}

/** Files of snapshots of a shard. */
async function snapshotFiles(data: string, shard: string): Promise<string[]> {
  const directory = join(data, 'snapshots');
  const files = await readdir(directory).catch(() => []);
  return files
    .filter((file) => file.startsWith(`${shard}.`) && !file.endsWith('.part'))
    .map((file) => join(directory, file));
}

/** Throws LogError `lost` where the log does not hold what the note in the data directory knows. */
export async function requireNoted(log: ShardLog, codec: Codec, data: string | null): Promise<void> {
  const note = data === null ? null : await readNote(data);
  if (note !== null) await requireHeld(log, codec, note);
}

/** The same of rows, where they can be asked. */
export async function requireRowsHeld(log: ShardLog, codec: Codec, database: Database): Promise<void> {
  for (const each of await rowsKnown(log, database)) await requireHeld(log, codec, each);
}

/**
 * What rows know of this log, where they can be asked: a database that is unavailable is asked by its projector once it
 * is back.
 */
export async function rowsKnown(log: ShardLog, database: Database): Promise<KnownLog[]> {
  const known = await knownToRows(async (sql) => ({ rows: await database.query(sql) })).catch((error: unknown) => {
    // What is damaged is seen to by who writes it.
    if (error instanceof DatabaseError) return [];
    throw error;
  });
  return known.filter(({ shard }) => shard === log.shard);
}

/** Rows may go where the log holds what they and the note know. */
export function mayDropFor(log: ShardLog, codec: Codec, data: string | null): MayDrop {
  return async (rows) => {
    const note = data === null ? null : await readNote(data);
    const all = [...rows.filter(({ shard }) => shard === log.shard), ...(note === null ? [] : [note])];
    for (const known of all) await requireHeld(log, codec, known);
    return all.some(({ read }) => read > 0);
  };
}
