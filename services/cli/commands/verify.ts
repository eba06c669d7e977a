import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { localCodec, shardSecret } from '@holdfast/events';
import { silentLogger } from '@holdfast/log';
import { exitCodes } from '../exit-codes.js';
import { LogDiffers } from '../log-tools/difference.js';
import { exportSource, openExport } from '../log-tools/read-export.js';
import { readSeal, type Seal } from '../log-tools/seal.js';
import { type LogSource, logSource } from '../log-tools/source.js';
import { type Verified, type VerifyOptions, verifyLog } from '../log-tools/verify.js';
import { mayDropFor, requireRowsHeld } from '../lost-log.js';
import { embeddedReadModel, openReadModel } from '../read-model.js';
import { loadSecret, secretGiven } from '../secret.js';
import type { ServeOptions } from '../settings.js';
import { counted } from '../tables.js';
import type { ModuleRows } from '../view.js';
import { readRows } from '../views.js';
import { type OpenedLog, ProgressLine, withLog } from './log.js';
import { complain, say } from './server.js';

export type VerifyCommandOptions = ServeOptions & { from?: string; export?: string; json?: boolean };

/** `verify`. */
export async function verify(options: VerifyCommandOptions): Promise<void> {
  const seal = options.from === undefined ? null : readSeal(options.from);
  try {
    const found =
      options.export === undefined
        ? await withLog(options, (opened) => verifyOpened(opened, options, seal))
        : await verifyExport(options.export, seal);
    say(options.json ? JSON.stringify({ verified: true, ...found }, null, 2) : inWords(found));
  } catch (error) {
    if (!(error instanceof LogDiffers)) throw error;
    if (options.json) say(JSON.stringify({ verified: false, difference: error.difference }, null, 2));
    complain(`not verified: ${error.message}`);
    process.exitCode = exitCodes.refused;
  }
}

async function verifyOpened(opened: OpenedLog, options: VerifyCommandOptions, seal: Seal | null): Promise<Verified> {
  const { log, codec, settings } = opened;
  // The rows first: the log then holds all that they are made from.
  const rows = await rowsOf(opened, options);
  return verifySource({
    source: await logSource(log),
    codec,
    seals: seal === null ? [] : [seal],
    rows,
    secret: await secretAtHand(settings.data, options),
  });
}

/** Verifies an export's files, and what they hold as a log. Throws LogDiffers. */
export async function verifyExport(directory: string, seal: Seal | null): Promise<Verified> {
  const codec = localCodec();
  const exported = await openExport(directory, codec);
  const seals = [exported.manifest.seal, ...(seal === null ? [] : [seal])];
  return verifySource({ source: exportSource(exported, codec), codec, seals, rows: null, secret: null });
}

async function verifySource(options: Omit<VerifyOptions, 'onProgress'> & { source: LogSource }): Promise<Verified> {
  const told = new ProgressLine('verifying', options.source.ranges.events.head);
  try {
    return await verifyLog({ ...options, onProgress: told.at });
  } finally {
    told.done();
  }
}

async function rowsOf({ log, codec }: OpenedLog, options: VerifyCommandOptions): Promise<ModuleRows[] | null> {
  const { postgres, kafka, data } = options;
  if (postgres === undefined && (kafka !== undefined || !existsSync(embeddedReadModel(data)))) return null;
  const database = await openReadModel(
    { postgres: postgres ?? null, data },
    silentLogger,
    mayDropFor(log, codec, data),
  );
  try {
    await requireRowsHeld(log, codec, database);
    return await readRows(database, log.shard);
  } finally {
    await database.close();
  }
}

/** The secret where it is at hand: deciding anew then makes the hashes of keys anew too. */
async function secretAtHand(data: string | null, { secretFile }: VerifyCommandOptions) {
  const file = secretFile ?? (data === null ? null : join(data, 'secret'));
  if (file === null || (secretFile === undefined && !existsSync(file))) return null;
  return shardSecret(await (secretFile === undefined ? loadSecret('.', file) : secretGiven(file)));
}

/** None where there are none. */
function strayWords({ strays }: Verified): string[] {
  return (['events', 'commands'] as const).flatMap((stream) => {
    const { count, first } = strays[stream];
    if (count === 0) return [];
    const more = count > first.length ? ', ...' : '';
    return `  ${counted(count, 'record')} of ${stream} that nobody of this log wrote, passed over: position ${first.join(', ')}${more}`;
  });
}

function inWords(found: Verified): string {
  const { events, commands, seal, rows } = found;
  const anew = `${counted(found.decidedAnew, 'command')} decided anew with the recorded outcome (of those from position ${commands.start} on), ${found.undecided.toLocaleString('en')} after the last group`;
  const dropped = `${found.voided.toLocaleString('en')} void, ${counted(found.duplicates, 'duplicate')}, ${found.incomplete.toLocaleString('en')} of an incomplete group`;
  return [
    `verified: ${counted(events.head - events.start, 'event')} in ${counted(found.groups, 'group')} (${dropped})`,
    `  ${anew}${found.withSecret ? '' : '; without the key secret, so hashes of keys are taken as recorded'}`,
    ...strayWords(found),
    rows === null
      ? '  the read model was not compared'
      : `  ${counted(rows, 'row')} of the read model are as the log says`,
    `  the log ends at sequence ${seal.sequence}, epoch ${seal.epoch}, hash ${seal.hash}`,
  ].join('\n');
}
