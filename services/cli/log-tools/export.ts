import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Codec, loadCatalogue } from '@holdfast/events';
import { type Group, makeDirectories, type StreamName } from '@holdfast/log';
import { foldingDecider } from '@holdfast/shard';
import avsc from 'avsc';
import { whyFile } from '../files.js';
import { headerOf } from './container.js';
import { ToolError } from './errors.js';
import {
  avroFile,
  type ChainedRow,
  chainOf,
  type FileEntry,
  formatVersion,
  type Manifest,
  manifestFile,
  rowOf,
  rowSchemas,
  sumsFile,
} from './export-format.js';
import { folded } from './fold.js';
import { heldCommandLog } from './redecide.js';
import { sealOf } from './seal.js';
import type { LogSource } from './source.js';
import { LogForms, type StreamForms } from './strays.js';
import { LogWalk } from './walk.js';

/** Bytes of rows that are deflated together: what one damaged byte can make unreadable. */
const blockBytes = 64 * 1024;
/** As of the log: an import needs all that it holds, and so it holds what is for nobody else. */
const mode = 0o600;

/** Is told what is done, and the position in `events` that was reached. */
type ExportProgress = (what: 'reading' | 'writing', position: number) => void;

/**
 * Writes an export into a new or empty directory. The log is checked as every reader checks it: throws LogDiffers where
 * it contradicts itself. What was written is removed again when it fails.
 */
export async function exportLog(
  source: LogSource,
  codec: Codec,
  directory: string,
  onProgress: ExportProgress,
): Promise<Manifest> {
  const cannot = (error: unknown) => {
    throw new ToolError(`--out ${directory}: it cannot be made or read: ${whyFile(error)}`);
  };
  await makeDirectories(directory).catch(cannot);
  const there = (await readdir(directory).catch(cannot)) as string[];
  if (there.length > 0) throw new ToolError(`--out ${directory}: the directory is not empty`);
  try {
    const forms = new LogForms();
    const state = await finalState(source, codec, forms, onProgress);
    if (state.domains.length === 0) throw new ToolError('the log holds nothing yet: there is nothing to export');
    const fingerprints = new Set<string>();
    const write = (stream: StreamName) =>
      writeStream({ source, codec, forms: forms[stream], directory, stream, fingerprints, onProgress });
    const files = { events: await write('events'), commands: await write('commands') };
    const schemas = loadCatalogue().filter(({ fingerprint }) => fingerprints.has(fingerprint));
    const manifest: Manifest = {
      ...{ format: 'holdfast-export', version: formatVersion, shard: source.shard, ...state, files },
      schemas: Object.fromEntries(schemas.map(({ fingerprint, schema }) => [fingerprint, schema])),
    };
    const text = `${JSON.stringify(manifest, null, 2)}\n`;
    await writeFile(join(directory, manifestFile), text, { flush: true, mode });
    await writeFile(join(directory, sumsFile), sumsOf(files, createHash('sha256').update(text).digest('hex')), {
      ...{ flush: true, mode },
    });
    return manifest;
  } catch (error) {
    for (const name of [avroFile('events'), avroFile('commands'), manifestFile, sumsFile])
      await rm(join(directory, name), { force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (!['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EACCES', 'EPERM'].includes(code ?? '')) throw error;
    throw new ToolError(
      `--out ${directory}: it cannot be written there (${code}), and nothing of the export is left: free space or let this user write, or give another place`,
    );
  }
}

/** The text of SHA256SUMS. */
export function sumsOf(files: Record<StreamName, { sha256: string }>, manifestSha256: string): string {
  const lines = [
    [files.commands.sha256, avroFile('commands')],
    [files.events.sha256, avroFile('events')],
    [manifestSha256, manifestFile],
  ];
  return lines.map(([sum, name]) => `${sum}  ${name}\n`).join('');
}

/** What is known once all was read; `forms` learns what ids mean at each position. */
async function finalState(source: LogSource, codec: Codec, forms: LogForms, onProgress: ExportProgress) {
  const decider = foldingDecider();
  const walk = new LogWalk(source, codec);
  let state = decider.initial;
  let last: Group | null = null;
  for await (const group of walk.groups()) {
    const { commandLog } = state;
    state = folded(decider, state, group);
    forms.group(group, walk.reader.form, state.commandLog !== commandLog);
    last = group;
    onProgress('reading', group.end);
  }
  const commandLog = await heldCommandLog(source, codec);
  const { domains, secretFingerprint } = state;
  const undecidedFrom =
    state.commandLog === commandLog ? walk.reader.commandPosition + 1 : source.ranges.commands.start;
  const { schemas } = walk.reader.form;
  const recorded = schemas.length === 0 ? {} : { recorded: schemas };
  return { domains, secretFingerprint, commandLog, undecidedFrom, seal: sealOf(walk, last), ...recorded };
}

async function writeStream({
  source,
  codec,
  forms,
  directory,
  stream,
  fingerprints,
  onProgress,
}: {
  source: LogSource;
  codec: Codec;
  forms: StreamForms;
  directory: string;
  stream: StreamName;
  /** Is given those that occur. */
  fingerprints: Set<string>;
  onProgress: ExportProgress;
}): Promise<FileEntry> {
  const { start, head } = source.ranges[stream];
  const entry = { rows: 0, first: null as number | null, last: null as number | null, head, chain: '' };
  async function* rows(): AsyncGenerator<ChainedRow> {
    for await (const records of source.read(stream, start)) {
      for (const record of records) {
        const row = rowOf(stream, codec, record, forms.isStray(record));
        if (row.fingerprint !== '') fingerprints.add(row.fingerprint);
        entry.chain = chainOf(stream, entry.chain, row);
        entry.first ??= row.position;
        entry.last = row.position;
        entry.rows++;
        yield { ...row, chain: entry.chain };
      }
      if (stream === 'events') onProgress('writing', records.at(-1)!.position);
    }
  }
  const file = join(directory, avroFile(stream));
  const hash = createHash('sha256');
  const encoder = new avsc.streams.BlockEncoder(rowSchemas[stream], {
    codec: 'deflate',
    blockSize: blockBytes,
    writeHeader: true,
  });
  const hashed = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  };
  await pipeline(Readable.from(rows()), encoder, hashed, createWriteStream(file, { flush: true, mode }));
  const header = await headerOf(file);
  return {
    ...entry,
    bytes: (await stat(file)).size,
    headerBytes: header.length,
    headerSha256: createHash('sha256').update(header).digest('hex'),
    sha256: hash.digest('hex'),
  };
}
