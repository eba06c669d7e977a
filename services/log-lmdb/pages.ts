import { readSync } from 'node:fs';
import { headerBytes, type MetaPage, PageError, readMetas, readTree, type Tree } from './meta-page.js';

/*
 * The pages of LMDB's trees, as mdb.c of lmdb-js 3 has them. LMDB follows what stands in them without a look: with a
 * wrong offset it reads something else, a wrong length takes it outside of the file's map, which ends the process
 * (SIGSEGV), and only a page number that is too high is an error. So they are looked at before it does.
 *
 * A page begins with its own number (8 bytes), a transaction (8), a pad (2), flags (2), and then, counted from behind
 * this header, where the offsets of its nodes end (2) and where the nodes begin (2); the offsets follow. A page for one
 * large value has how many pages it takes (4) in place of these two. A node has low and high half of its data's length,
 * flags, the length of its key (2 each), the key, and the data; in a branch the first three are the number of the page
 * below.
 */
const branch = 0x01;
const leaf = 0x02;
const overflow = 0x04;
const kinds = 0x3f;
const nodeBytes = 8;
/** Flags of a node: its data is the number of a page for it alone; its data tells of a tree. */
const bigData = 0x01;
const subTree = 0x02;
const treeBytes = 48;
/** Deeper than any that fits a file. */
const depthMax = 32;

/** How much is looked at: with `bounded`, in a large file, of trees of many pages their branches and both ends. */
export type Looked = 'all' | 'bounded';
/** Pages of leaves below one branch of a large tree that are looked at, from each end, where it is bounded. */
const boundedLeaves = 4;
/**
 * Files of fewer pages are looked at as a whole: after a clean end, after one that was not, and after several of those
 * in a row.
 */
export const boundedFromPages = [25_000, 250_000, Number.POSITIVE_INFINITY] as const;

/**
 * Looks at the pages that the trees of the file lead to; true where it was at all of them. `uncleanEnds`: how many
 * there were in a row, as damage may have been why. Throws PageError.
 */
export function checkPages(descriptor: number, looked: Looked, uncleanEnds = 0): boolean {
  const metas = readMetas(descriptor);
  if (metas === null) return true;
  const { newest } = metas;
  const all = looked === 'all' || newest.pages < boundedFromPages[Math.min(uncleanEnds, 2)]!;
  new Walk(descriptor, newest, all).trees();
  return all;
}

/** Keys of one of the file's databases, as LMDB has them. */
export interface KeyRange {
  database: string;
  from: Buffer;
  to: Buffer;
}

/** Looks at most, where the file is written meanwhile, as a page may then be another's. */
const looksMax = 8;

/** Looks at the pages that LMDB comes to where it reads these keys. Throws PageError. */
export function checkPagesOf(descriptor: number, keys: KeyRange): void {
  for (let looks = 0; looks < looksMax; looks++) {
    const metas = readMetas(descriptor);
    if (metas === null) return;
    try {
      new Walk(descriptor, metas.newest, true, keys).main();
      return;
    } catch (error) {
      if (!(error instanceof PageError)) throw error;
      if (readMetas(descriptor)?.newest.transaction === metas.newest.transaction) throw error;
    }
  }
}

/**
 * A page of each level that is looked at. Kept, as each read of the log comes here, and V8 looks for garbage where many
 * are made.
 */
const levels: Buffer[] = [];
const header = Buffer.alloc(headerBytes);

class Walk {
  #level = 0;

  constructor(
    private readonly descriptor: number,
    private readonly meta: MetaPage,
    private readonly all: boolean,
    private readonly keys: KeyRange | null = null,
  ) {}

  trees(): void {
    this.#tree(this.meta.free, 0);
    this.main();
  }

  main(): void {
    this.#tree(this.meta.main, 1);
  }

  #tree({ root, depth }: Tree, from: number, keys: KeyRange | null = null): void {
    if (root === null) return;
    if (depth < 1 || depth > depthMax) throw new PageError(from, `tells of a tree of depth ${depth}`);
    this.#page(root, depth, from, keys);
  }

  #page(number: number, depth: number, from: number, keys: KeyRange | null): void {
    const page = this.#read(number, from, this.#pageOf(this.#level++));
    const kind = page.readUInt16LE(18) & kinds;
    const expected = depth > 1 ? branch : leaf;
    if (kind !== expected)
      throw new PageError(
        number,
        `has flags ${kind}, and ${expected} (a ${depth > 1 ? 'branch' : 'leaf'}) was expected`,
      );
    const nodes = this.#nodes(number, page);
    const middle = (n: number) => depth === 2 && n >= boundedLeaves && n < nodes.length - boundedLeaves;
    const [first, last] = keys === null ? [0, nodes.length - 1] : around(page, nodes, keys);
    for (const [n, at] of nodes.entries()) {
      if (depth === 1) this.#leafNode(number, page, at);
      else if (n >= first && n <= last && (this.all || !middle(n))) {
        this.#page(page.readUIntLE(at, 6), depth - 1, number, keys);
      }
    }
    this.#level--;
  }

  #pageOf(level: number): Buffer {
    const { pageBytes } = this.meta;
    if (levels[level]?.length !== pageBytes) levels[level] = Buffer.alloc(pageBytes);
    return levels[level]!;
  }

  /** Where each node begins. */
  #nodes(number: number, page: Buffer): number[] {
    const [lower, upper] = [page.readUInt16LE(20), page.readUInt16LE(22)];
    const room = page.length - headerBytes;
    if (lower % 2 !== 0 || lower > upper || upper > room || lower === 0) {
      throw new PageError(number, `says that its nodes are between ${lower} and ${upper}, of ${room} bytes`);
    }
    const nodes: number[] = [];
    for (let n = 0; n < lower / 2; n++) {
      const at = page.readUInt16LE(headerBytes + 2 * n);
      const whole = at >= upper && at + nodeBytes <= room;
      const end = whole ? headerBytes + at + nodeBytes + page.readUInt16LE(headerBytes + at + 6) : Number.NaN;
      if (!(end <= page.length)) throw new PageError(number, `has node ${n} at ${at}, outside of it`);
      nodes.push(headerBytes + at);
    }
    return nodes;
  }

  #leafNode(number: number, page: Buffer, at: number): void {
    const bytes = page.readUInt32LE(at);
    const flags = page.readUInt16LE(at + 4);
    const data = at + nodeBytes + page.readUInt16LE(at + 6);
    const here = flags & bigData ? 8 : bytes;
    if (data + here > page.length) throw new PageError(number, `has a value of ${bytes} bytes, which goes beyond it`);
    if (flags & bigData) this.#large(Number(page.readBigUInt64LE(data)), bytes, number);
    if ((flags & subTree) === 0) return;
    if (bytes !== treeBytes)
      throw new PageError(number, `tells of a tree in ${bytes} bytes; ${treeBytes} were expected`);
    // lmdb-js ends a name with a zero.
    const wanted = this.keys === null || compareKey(page, at, Buffer.from(`${this.keys.database}\0`)) === 0;
    if (wanted) this.#tree(readTree(page, data), number, this.keys);
  }

  /** A value that has pages of its own. */
  #large(number: number, bytes: number, from: number): void {
    const page = this.#read(number, from, header);
    const kind = page.readUInt16LE(18) & kinds;
    if (kind !== overflow)
      throw new PageError(number, `has flags ${kind}, and ${overflow} (a large value) was expected`);
    const [pages, needed] = [page.readUInt32LE(20), Math.ceil((headerBytes + bytes) / this.meta.pageBytes)];
    if (pages < needed || number + pages > this.meta.pages) {
      throw new PageError(number, `has ${pages} pages for a value of ${bytes} bytes; ${needed} were expected`);
    }
  }

  /** The beginning of a page, as much as fits. */
  #read(number: number, from: number, page: Buffer): Buffer {
    if (number < 2 || number >= this.meta.pages) {
      throw new PageError(from, `leads to page ${number}, and pages 2 to ${this.meta.pages - 1} are in use`);
    }
    const read = readSync(this.descriptor, page, 0, page.length, number * this.meta.pageBytes);
    if (read < page.length) throw new PageError(number, 'is not there: the file is shorter');
    const told = Number(page.readBigUInt64LE(0));
    if (told !== number) throw new PageError(number, `says that it is page ${told}`);
    return page;
  }
}

/** The first and the last node of a branch that lead to these keys. */
function around(page: Buffer, nodes: readonly number[], { from, to }: KeyRange): [first: number, last: number] {
  return [nodeOf(page, nodes, from), nodeOf(page, nodes, to)];
}

/** The last whose key is not above this one; the first one's is left out, and below all. */
function nodeOf(page: Buffer, nodes: readonly number[], key: Buffer): number {
  let [low, high] = [0, nodes.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (compareKey(page, nodes[middle]!, key) <= 0) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Of the key of the node that begins there, with another: below 0 where it comes before that. */
function compareKey(page: Buffer, at: number, key: Buffer): number {
  const start = at + nodeBytes;
  return page.compare(key, 0, key.length, start, start + page.readUInt16LE(at + 6));
}
