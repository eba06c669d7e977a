import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Codec } from '@holdfast/events';
import type { LogRecord, StreamName } from '@holdfast/log';
import { whyFile } from '../files.js';
import { ContainerError, readBlocks } from './container.js';
import { LogDiffers, shown } from './difference.js';
import { ToolError } from './errors.js';
import { sumsOf } from './export.js';
import {
  avroFile,
  type ChainedRow,
  chainOf,
  type FileEntry,
  formatVersion,
  type Manifest,
  manifestFile,
  recordOf,
  rowOf,
  rowTypes,
  sumsFile,
} from './export-format.js';
import { isOfBefore } from './payload-of-before.js';
import type { LogSource } from './source.js';

/** An export as it lies in a directory, its files found to be those that were written. */
export interface Export {
  directory: string;
  manifest: Manifest;
}

/**
 * Reads the manifest, and holds every file against it. The codec then has the log's ids. Throws LogDiffers that names
 * the file and the first row that is not as it was written, ToolError where the directory is no export.
 */
export async function openExport(directory: string, codec: Codec): Promise<Export> {
  const [text, sums] = await Promise.all([contents(directory, manifestFile), contents(directory, sumsFile)]);
  const manifestSha256 = createHash('sha256').update(text).digest('hex');
  const sha256Of = sumsIn(sums.toString('latin1'));
  const found = {} as Record<StreamName, { sha256: string }>;
  if (sha256Of(manifestFile) !== manifestSha256) {
    const expected = `its SHA-256 in ${sumsFile}, ${shown(sha256Of(manifestFile))}`;
    throw new LogDiffers({ where: manifestFile, subject: `or ${sumsFile}`, expected, found: shown(manifestSha256) });
  }
  const manifest = parseManifest(directory, text.toString('utf8'));
  // Records get the ids that the log has for them, whatever they are elsewhere: it says so itself. SPEC rule 13.
  codec.adopt(manifest.recorded ?? []);
  for (const stream of ['commands', 'events'] as const) {
    found[stream] = { sha256: await hashOf(join(directory, avroFile(stream))) };
    if (found[stream].sha256 !== manifest.files[stream].sha256)
      throw await firstDamage(directory, manifest, stream, codec);
  }
  const expected = sumsOf(found, manifestSha256);
  if (!sums.equals(Buffer.from(expected))) {
    throw new LogDiffers({ where: sumsFile, expected: shown(expected), found: shown(sums.toString('latin1')) });
  }
  return { directory, manifest };
}

/** The records of an export, framed by a codec. Rows are checked as they are read: throws LogDiffers. */
export function exportSource({ directory, manifest }: Export, codec: Codec): LogSource {
  const range = ({ rows, head }: FileEntry) => ({ start: head - rows, head });
  const ranges = { events: range(manifest.files.events), commands: range(manifest.files.commands) };
  const read = async function* (stream: StreamName, position: number): AsyncGenerator<LogRecord[]> {
    for await (const rows of checkedRows(directory, manifest, stream, codec)) {
      const wanted = rows.filter((row) => row.position >= position);
      if (wanted.length > 0) yield wanted.map((row) => recordOf(stream, codec, row));
    }
  };
  return { shard: manifest.shard, ranges, read };
}

/** Every row of a file, in lists of a block. Throws LogDiffers at the first that does not follow. */
async function* checkedRows(
  directory: string,
  { files }: Manifest,
  stream: StreamName,
  codec: Codec,
): AsyncGenerator<ChainedRow[]> {
  const file = avroFile(stream);
  const { rows: count, head, chain: lastChain } = files[stream];
  let next = head - count;
  let chain = '';
  const about = () => ({ where: file, position: next });
  try {
    for await (const { rows } of readBlocks(join(directory, file), rowTypes[stream])) {
      for (const row of rows as ChainedRow[]) {
        if (row.position !== next)
          throw new LogDiffers({ ...about(), expected: `position ${next}`, found: `${row.position}` });
        const { chain: own, ...rest } = row;
        const expected = chainOf(stream, chain, rest);
        if (own !== expected) {
          throw new LogDiffers({ ...rowAbout(about(), row), expected: 'a row that its chain fits', found: 'another' });
        }
        checkColumns(stream, codec, row, about());
        chain = own;
        next++;
      }
      yield rows as ChainedRow[];
    }
  } catch (error) {
    if (!(error instanceof ContainerError)) throw error;
    const found = `byte ${error.offset} begins a block of which ${error.message}`;
    throw new LogDiffers({ ...about(), expected: 'rows from here on', found });
  }
  if (next !== head)
    throw new LogDiffers({ ...about(), expected: `rows up to position ${head - 1}`, found: 'the end of the file' });
  if (chain !== lastChain)
    throw new LogDiffers({ where: file, expected: `a last row with the chain ${lastChain}`, found: chain });
}

/** The columns follow from the record's bytes, where those have a schema. */
function checkColumns(
  stream: StreamName,
  codec: Codec,
  row: ChainedRow,
  about: { where: string; position: number },
): void {
  if (row.fingerprint === '') return;
  let derived: Record<string, unknown>;
  try {
    derived = { ...rowOf(stream, codec, recordOf(stream, codec, row), false) };
  } catch (error) {
    throw new LogDiffers({
      ...rowAbout(about, row),
      expected: 'a record that can be read',
      found: (error as Error).message,
    });
  }
  for (const [name, expected] of Object.entries(derived)) {
    const found = (row as unknown as Record<string, unknown>)[name];
    if (name === 'body' || expected === found) continue;
    if (name === 'payload' && isOfBefore(String(expected), String(found), row.fingerprint)) continue;
    throw new LogDiffers({
      ...rowAbout(about, row),
      expected: `${name} ${shown(expected)}, as its bytes say`,
      found: shown(found),
    });
  }
}

function rowAbout(about: { where: string; position: number }, row: ChainedRow) {
  return { ...about, subject: row.type, sequence: 'sequence' in row ? row.sequence : null };
}

/** Why a file has another hash: its header, a row, or what is between them. */
async function firstDamage(
  directory: string,
  manifest: Manifest,
  stream: StreamName,
  codec: Codec,
): Promise<LogDiffers> {
  const file = avroFile(stream);
  const { headerBytes, headerSha256, sha256 } = manifest.files[stream];
  const header = createHash('sha256');
  await pipeline(createReadStream(join(directory, file), { end: headerBytes - 1 }), header);
  if (header.digest('hex') !== headerSha256) {
    return new LogDiffers({
      where: file,
      subject: 'header',
      expected: `its first ${headerBytes} bytes as they were written`,
      found: 'others',
    });
  }
  try {
    for await (const _ of checkedRows(directory, manifest, stream, codec));
  } catch (error) {
    if (error instanceof LogDiffers) return error;
    throw error;
  }
  return new LogDiffers({
    where: file,
    subject: 'between its rows',
    expected: `the SHA-256 ${sha256}`,
    found: 'another, and every row as it was written',
  });
}

function parseManifest(directory: string, text: string): Manifest {
  const manifest = JSON.parse(text) as Partial<Manifest>;
  if (manifest.format !== 'holdfast-export')
    throw new ToolError(`${directory} is no export: ${manifestFile} says ${shown(manifest.format)}`);
  if (manifest.version === formatVersion) return manifest as Manifest;
  throw new ToolError(
    `${directory} is an export of version ${shown(manifest.version)}; this program reads version ${formatVersion}`,
  );
}

function sumsIn(text: string): (name: string) => string | undefined {
  const lines = text.split('\n').map((line) => line.split('  ', 2));
  return (name) => lines.find(([, file]) => file === name)?.[0];
}

async function contents(directory: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(directory, name));
  } catch (error) {
    throw new ToolError(`${directory} is no export: ${name} cannot be read: ${whyFile(error)}`);
  }
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file), hash);
  } catch (error) {
    throw new ToolError(`${file} cannot be read: ${whyFile(error)}`);
  }
  return hash.digest('hex');
}
