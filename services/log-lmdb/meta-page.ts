import { fstatSync, readSync } from 'node:fs';

/*
 * The first two pages of an LMDB file, as mdb.c of lmdb-js 3 has them on a 64-bit little-endian machine. Each write
 * transaction writes page (its number modulo 2); the newer of the two is where everything begins. They are read here
 * through a descriptor, as what LMDB sees through its map can be stale where several hosts or processes stand between.
 */
const magic = 0xbeefc0de;
const dataVersion = 2;
/** Flag of a page header. */
const metaPage = 0x08;
/** Bytes of a page header, which the meta follows. */
export const headerBytes = 24;
const metaBytes = 144;
const databaseBytes = 48;
const pageBytesMin = 512;
const pageBytesMax = 65_536;

/** Where a tree begins. */
export interface Tree {
  depth: number;
  /** Page number; null: empty. */
  root: number | null;
}

export interface MetaPage {
  pageBytes: number;
  /** Pages from here on were never used. */
  pages: number;
  /** Of the write transaction that made it: each has the next. */
  transaction: number;
  /** The pages that are free, by the transaction that freed them. */
  free: Tree;
  /** The databases by name. */
  main: Tree;
}

export interface Metas {
  newest: MetaPage;
  /** Both as they are: equal as long as nobody commits. */
  pages: [Buffer, Buffer];
}

/** What is wrong with a page. */
export class PageError extends Error {
  constructor(
    readonly page: number,
    /** What was found, and what was expected. */
    readonly why: string,
  ) {
    super(`page ${page} of the log file ${why}`);
  }
}

/** Both pages are heads of an LMDB file, and not of two transactions of which one follows the other. */
export class TwinError extends PageError {}

/** Null for a file that is still empty. Throws PageError. */
export function readMetas(descriptor: number): Metas | null {
  const { size } = fstatSync(descriptor);
  if (size === 0) return null;
  const first = readMeta(descriptor, 0, 0);
  const second = readMeta(descriptor, 1, first.meta.pageBytes);
  const [a, b] = [first.meta, second.meta];
  if (b.pageBytes !== a.pageBytes)
    throw new PageError(1, `gives pages of ${b.pageBytes} bytes, and page 0 of ${a.pageBytes}`);
  const newest = b.transaction > a.transaction ? b : a;
  const [low, high] = [Math.min(a.transaction, b.transaction), Math.max(a.transaction, b.transaction)];
  // Each transaction writes the one that the one before did not; both are 0 before the first.
  if (high - low > 1 || (high > 0 && (a.transaction % 2 !== 0 || b.transaction % 2 !== 1)))
    throw new TwinError(
      high === b.transaction ? 1 : 0,
      `is of transaction ${high}, and its twin of ${low}: they must follow`,
    );
  return { newest, pages: [first.bytes, second.bytes] };
}

function readMeta(descriptor: number, page: number, offset: number): { meta: MetaPage; bytes: Buffer } {
  const bytes = Buffer.allocUnsafe(headerBytes + metaBytes);
  const read = readSync(descriptor, bytes, 0, bytes.length, offset);
  if (read < bytes.length) throw new PageError(page, `is cut short: the file ends at byte ${offset + read}`);
  if ((bytes.readUInt16LE(18) & metaPage) === 0 || bytes.readUInt32LE(24) !== magic) {
    throw new PageError(page, 'is not the head of an LMDB file');
  }
  const version = bytes.readUInt32LE(28) & 0xffff;
  if (version !== dataVersion) throw new PageError(page, `has LMDB format ${version}; ${dataVersion} was expected`);
  const trees = headerBytes + 24;
  const pageBytes = bytes.readUInt32LE(trees);
  if (pageBytes < pageBytesMin || pageBytes > pageBytesMax || (pageBytes & (pageBytes - 1)) !== 0) {
    throw new PageError(page, `gives pages of ${pageBytes} bytes`);
  }
  const after = trees + 2 * databaseBytes;
  const meta = {
    pageBytes,
    pages: Number(bytes.readBigUInt64LE(after)) + 1,
    transaction: Number(bytes.readBigUInt64LE(after + 8)),
    free: readTree(bytes, trees),
    main: readTree(bytes, trees + databaseBytes),
  };
  return { meta, bytes };
}

/** Of the 48 bytes that tell of a database. */
export function readTree(bytes: Buffer, at: number): Tree {
  const root = bytes.readBigUInt64LE(at + 40);
  return { depth: bytes.readUInt16LE(at + 6), root: root === 0xffff_ffff_ffff_ffffn ? null : Number(root) };
}

/**
 * Before LMDB maps the file: touching a page that is not there would end the process (SIGBUS). The file's last pages
 * are in use or were once written, as every version has left it, with room beyond them. Throws PageError.
 */
export function checkFile(descriptor: number): void {
  const metas = readMetas(descriptor);
  if (metas === null) return;
  const { pages, pageBytes } = metas.newest;
  const { size } = fstatSync(descriptor);
  if (size >= pages * pageBytes) return;
  const first = Math.floor(size / pageBytes);
  throw new PageError(first, `is not there: the file ends at byte ${size}, and ${pages * pageBytes} were expected`);
}
