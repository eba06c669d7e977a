import { type FileHandle, open } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';
import avsc from 'avsc';

/*
 * Reads an Avro object container file block by block. The library's own reader says of a damaged file only that it is;
 * here the place is wanted. https://avro.apache.org/docs/1.11.1/specification/#object-container-files
 */

const headerType = avsc.Type.forSchema({
  type: 'record',
  name: 'Header',
  fields: [
    { name: 'magic', type: { type: 'fixed', name: 'Magic', size: 4 } },
    { name: 'meta', type: { type: 'map', values: 'bytes' } },
    { name: 'sync', type: { type: 'fixed', name: 'Sync', size: 16 } },
  ],
});
const long = avsc.Type.forSchema('long');

const syncBytes = 16;
/** Longest header: its schema is a few kilobytes. */
const headerBytesMax = 256 * 1024;
/** Two numbers of at most ten bytes each. */
const blockHeadBytesMax = 20;
/** Largest block inflated: one record of the largest size, as JSON too. */
const inflatedBytesMax = 512 * 1024 * 1024;

export interface Block {
  /** Where it begins in the file. */
  offset: number;
  rows: unknown[];
}

/** A place in a file that cannot be read. */
export class ContainerError extends Error {
  constructor(
    readonly offset: number,
    message: string,
  ) {
    super(message);
  }
}

/** The bytes before the first block. Throws ContainerError. */
export async function headerOf(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    return await readAt(file, 0, (await readHeader(file)).end);
  } finally {
    await file.close();
  }
}

/**
 * The blocks after the header, which must be sound, decoded with a type. Throws ContainerError at the first that is
 * not.
 */
export async function* readBlocks(path: string, type: avsc.Type): AsyncGenerator<Block> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const { end, sync } = await readHeader(file);
    for (let offset = end; offset < size; ) {
      const block = await readBlock(file, offset, size, sync);
      yield { offset, rows: rowsOf(block, type, offset) };
      offset = block.end;
    }
  } finally {
    await file.close();
  }
}

async function readHeader(file: FileHandle): Promise<{ end: number; sync: Buffer }> {
  const bytes = await readAt(file, 0, headerBytesMax);
  try {
    const { value, offset } = headerType.decode(bytes);
    if (offset < 0) throw new Error('it ends early');
    return { end: offset, sync: Buffer.from(value.sync) };
  } catch (error) {
    throw new ContainerError(0, `the header cannot be read: ${(error as Error).message}`);
  }
}

async function readBlock(file: FileHandle, offset: number, size: number, sync: Buffer) {
  const head = await readAt(file, offset, blockHeadBytesMax);
  const count = long.decode(head);
  const length = count.offset < 0 ? count : long.decode(head, count.offset);
  const begin = offset + length.offset;
  const end = begin + length.value + syncBytes;
  const fits = count.offset > 0 && length.offset > 0 && count.value > 0 && length.value >= 0 && end <= size;
  if (!fits) throw new ContainerError(offset, 'its count or size does not fit the file');
  const bytes = await readAt(file, begin, length.value + syncBytes);
  if (!bytes.subarray(length.value).equals(sync)) throw new ContainerError(offset, 'it does not end with the marker');
  return { count: count.value as number, data: bytes.subarray(0, length.value), end };
}

function rowsOf({ count, data }: { count: number; data: Buffer }, type: avsc.Type, offset: number): unknown[] {
  const rows: unknown[] = [];
  try {
    const inflated = inflateRawSync(data, { maxOutputLength: inflatedBytesMax });
    let at = 0;
    while (rows.length < count) {
      const row = type.decode(inflated, at);
      if (row.offset < 0) throw new Error(`it has ${rows.length} of ${count} rows`);
      rows.push(row.value);
      at = row.offset;
    }
    if (at < inflated.length) throw new Error(`it has more than ${count} rows`);
    return rows;
  } catch (error) {
    throw new ContainerError(offset, `its rows cannot be read: ${(error as Error).message}`);
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(Math.min(length, Math.max(0, (await file.stat()).size - position)));
  const { bytesRead } = await file.read(bytes, 0, bytes.length, position);
  return bytes.subarray(0, bytesRead);
}
