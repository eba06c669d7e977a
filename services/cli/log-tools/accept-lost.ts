import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Codec } from '@holdfast/events';
import { LogError, nodeRuntime, requireHeld, type ShardLog, silentLogger } from '@holdfast/log';
import { beginCommandLog, openSnapshotFiles, readSnapshotHead } from '@holdfast/processor';
import { knownOnServer, move, setDirectoryAside, setServerTablesAside, timeInName } from '@holdfast/projections';
import { snapshotsOf } from '@holdfast/shard';
import { forgetLog, noteFile, readNote } from '../log-note.js';
import { requireRowsHeld } from '../lost-log.js';
import { embeddedReadModel, openReadModel } from '../read-model.js';
import { ToolError } from './errors.js';
import { logSource } from './source.js';
import { LogWalk } from './walk.js';

/** Where something is kept that was made from a log. */
export interface DerivedStore {
  shard: string;
  /** Data directory, or null. */
  data: string | null;
  /** URL of the read model's server, or null for the one in the directory. */
  postgres: string | null;
}

/** Throws ToolError where the log holds all that was made from it; `opened` is null where there is no log. */
export async function requireLost(opened: { log: ShardLog; codec: Codec } | null, kept: DerivedStore): Promise<void> {
  if (opened === null) return;
  const { log, codec } = opened;
  try {
    await requireAllHeld(log, codec, kept);
  } catch (error) {
    if (error instanceof LogError && error.code === 'lost') return;
    throw error;
  }
  if (await lacksCommands(log)) return;
  throw new ToolError('nothing is lost: the log holds all that was made from it. Leave out --accept-lost-log');
}

async function requireAllHeld(log: ShardLog, codec: Codec, { shard, data, postgres }: DerivedStore): Promise<void> {
  if (postgres !== null) {
    const rows = (await knownOnServer(postgres)).filter((known) => known.shard === shard);
    for (const known of rows) await requireHeld(log, codec, known);
  }
  if (data === null) return;
  const note = await readNote(data);
  if (note !== null) await requireHeld(log, codec, note);
  for (const whose of snapshotsOf(shard)) {
    if (!existsSync(join(data, 'snapshots'))) break;
    const store = await openSnapshotFiles(join(data, 'snapshots'), whose);
    for (const name of await store.list()) {
      const head = await readSnapshotHead(store.read(name));
      if (head === null) continue;
      const { log: identity, checkpoint } = head;
      await requireHeld(log, codec, { by: name, shard, log: identity, read: checkpoint.resume, checkpoint });
    }
  }
  if (postgres !== null || !existsSync(embeddedReadModel(data))) return;
  const database = await openReadModel({ postgres, data }, silentLogger, async () => false);
  try {
    await requireRowsHeld(log, codec, database);
  } finally {
    await database.close();
  }
}

/** The log of commands was made anew, and its beginning is missing. */
async function lacksCommands(log: ShardLog): Promise<boolean> {
  return (await log.head('events')) > 0 && (await log.head('commands')) === 0;
}

/**
 * Renames all that was made from a log that is lost, so that nothing takes it for what the present log says, and
 * nothing of it is gone. Gives where each is now.
 */
export async function setAside({ shard, data, postgres }: DerivedStore): Promise<string[]> {
  const aside: string[] = [];
  if (postgres !== null) {
    const schema = await setServerTablesAside(postgres, 'lost');
    if (schema !== null) aside.push(`the tables of the read model: schema ${schema} in the same database`);
  }
  if (data === null) return aside;
  const name = `lost-${timeInName()}`;
  const readModel = embeddedReadModel(data);
  const [snapshots, note, boot] = [join(data, 'snapshots'), noteFile(data), `${readModel}.boot`];
  if (existsSync(snapshots)) aside.push(await setDirectoryAside(snapshots, name));
  if (existsSync(note)) {
    await rename(note, `${note}.${name}`);
    aside.push(`${note}.${name}`);
  }
  if (postgres === null && existsSync(readModel)) {
    const rows = await setDirectoryAside(readModel, name);
    aside.push(rows);
    // It says that the system was not started since: the rows can be read.
    if (existsSync(boot)) await move(boot, `${rows}.boot`);
  }
  await forgetLog(data, shard);
  return aside;
}

/** Begins a new log of commands where the one before is lost and the events are there. Gives whether it did. */
export async function beginLostCommands(log: ShardLog, codec: Codec): Promise<boolean> {
  if (!(await lacksCommands(log))) return false;
  const walk = new LogWalk(await logSource(log), codec);
  for await (const { events } of walk.groups()) {
    for (const { event } of events) {
      if (event.type !== 'engine.ShardOpened') continue;
      const { domains, secretFingerprint } = event;
      await beginCommandLog(log, codec, nodeRuntime, { domains, secretFingerprint });
      return true;
    }
  }
  return false;
}
