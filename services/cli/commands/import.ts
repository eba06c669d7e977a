import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { localCodec, shardSecret } from '@holdfast/events';
import { nodeRuntime } from '@holdfast/log';
import { placeOf } from '../log.js';
import { ToolError } from '../log-tools/errors.js';
import { manifestFile } from '../log-tools/export-format.js';
import { importLog, requireEmpty, setSnapshotsAside } from '../log-tools/import.js';
import { openExport } from '../log-tools/read-export.js';
import { hasSecret, keepSecret, loadSecret, readSecret, secretIn } from '../secret.js';
import { logSettings, type ServeOptions } from '../settings.js';
import { counted } from '../tables.js';
import { untilFinished } from '../unfinished.js';
import { filesLike, type ImportCommandOptions } from './import-files.js';
import { ProgressLine, withOpened } from './log.js';
import { clientOf, say } from './server.js';
import { verifyExport } from './verify.js';

/** `import`: of an inventory into a server, or of an exported log into a new one. */
export async function importWhat(what: string, options: ImportCommandOptions & ServeOptions): Promise<void> {
  const isExport = (await stat(what).catch(() => null))?.isDirectory() ?? false;
  if (!isExport) await importFile(what, options);
  else if (existsSync(join(what, manifestFile))) await importExport(what, options);
  else throw new ToolError(`${what} is no export: it has no ${manifestFile}`);
}

async function importFile(file: string, options: ImportCommandOptions): Promise<void> {
  await (await filesLike(file, options.module)).load(clientOf(options), file, say);
}

async function importExport(directory: string, options: ServeOptions): Promise<void> {
  const settings = logSettings(options);
  if (settings.data === null) throw new ToolError('--data memory would forget what is imported: give a directory');
  const exported = await openExport(directory, localCodec());
  await requireSecret(options, settings.data, exported.manifest.secretFingerprint);
  await withOpened(settings, 'create', async ({ log, codec }) => {
    await requireEmpty(log, exported.manifest.shard);
    await verifyExport(directory, null);
    const aside = await setSnapshotsAside(settings.data!, nodeRuntime);
    if (aside !== null) say(`Snapshots of what was served from there before are now in ${aside}.`);
    const told = new ProgressLine('importing', exported.manifest.files.events.head);
    const work = () => importLog({ exported, log, codec, runtime: nodeRuntime, onProgress: told.at });
    const { events, commands, seal } = await untilFinished(
      settings.data!,
      `the import into ${placeOf(settings)}`,
      work,
    ).finally(() => told.done());
    if (options.secretFile !== undefined) await keepSecret(options.secretFile, settings.data!);
    say(
      `imported ${counted(events, 'event')} and ${counted(commands, 'undecided command')}; read back up to sequence ${seal.sequence}, hash ${seal.hash}`,
    );
  });
}

/** With another secret nothing would start, and without this one no key that was given out would work. SPEC rule 1. */
export async function requireSecret({ secretFile }: ServeOptions, data: string, fingerprint: string): Promise<void> {
  const file = secretFile ?? join(data, 'secret');
  if (!existsSync(file)) {
    throw new ToolError(
      `${file} does not exist: copy the key secret of the exported service there, or name it with --secret-file`,
    );
  }
  const own = shardSecret(await loadSecret(data, file)).fingerprint;
  if (own !== fingerprint) {
    throw new ToolError(
      `${file} is not the key secret of the exported service (fingerprint ${fingerprint}, this one has ${own})`,
    );
  }
  // A start that is not told of the file would take what is there.
  const there = secretIn(data);
  if (secretFile === undefined || !hasSecret(data)) return;
  const other = shardSecret(await readSecret(there)).fingerprint;
  if (other === fingerprint) return;
  throw new ToolError(
    `${there} is another secret (fingerprint ${other}) than ${secretFile}, and a start would take it: put it elsewhere`,
  );
}
