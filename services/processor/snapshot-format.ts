import { createHash } from 'node:crypto';
import type { Restorer } from '@holdfast/core';
import { utf8 } from '@holdfast/events/bytes';
import type { Checkpoint } from '@holdfast/log';

/** Somebody's state at a place in the log, made from accepted groups only. SPEC rule 8. */
export interface Snapshot<State> {
  checkpoint: Checkpoint;
  state: State;
}

/** The form that a state has in a snapshot. `ShardDecider` is one. */
export interface StateForm<State> {
  /** A snapshot is of use only where all versions are alike. */
  snapshotVersions: Readonly<Record<string, number>>;
  /** Those that a snapshot may lack. Default: none. */
  mayLack?: readonly string[];
  save(state: State): Iterable<unknown>;
  /** `versions`: those of the snapshot. */
  restorer(versions?: Readonly<Record<string, number>>): Restorer<State>;
}

/** The first line. The others are pieces of the state, and a last one says how many there are and what they hash to. */
export interface SnapshotHead {
  format: string;
  versions: Readonly<Record<string, number>>;
  shard: string;
  /** Of the log that it was made from. See `logIdentity`. */
  log: string;
  checkpoint: Checkpoint;
}

interface SnapshotFoot {
  lines: number;
  /** Of all bytes before this line. */
  sha256: string;
}

/**
 * The second is of a log that has a level: who knows no levels passes over it, and finds in the log what to say of
 * that.
 */
const formats = ['holdfast-snapshot-1', 'holdfast-snapshot-2'] as const;
const lineFeed = 0x0a;

/** A snapshot that cannot be used; the message says why. */
export class SnapshotError extends Error {}

/** The bytes of a snapshot: lines of JSON. `turn` lets the event loop turn between pieces of some 64 KB. */
export async function* formatSnapshot<State>(
  { snapshotVersions: versions, save }: StateForm<State>,
  { shard, log }: Pick<SnapshotHead, 'shard' | 'log'>,
  { checkpoint, state }: Snapshot<State>,
  turn: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  const format = checkpoint.form === undefined ? formats[0] : formats[1];
  const head: SnapshotHead = { format, versions, shard, log, checkpoint };
  let lines = 1;
  let text = `${JSON.stringify(head)}\n`;
  for (const piece of save(state)) {
    text += `${JSON.stringify(piece)}\n`;
    lines++;
    if (text.length < 65_536) continue;
    const bytes = utf8(text);
    hash.update(bytes);
    yield bytes;
    text = '';
    await turn();
  }
  hash.update(text);
  const foot: SnapshotFoot = { lines, sha256: hash.digest('base64url') };
  yield Buffer.from(`${text}${JSON.stringify(foot)}\n`);
}

/**
 * The snapshot that these bytes hold. Throws SnapshotError where they are damaged, in part, of another shard, or in a
 * form that this version does not know.
 */
export async function parseSnapshot<State>(
  form: StateForm<State>,
  shard: string,
  pieces: AsyncIterable<Uint8Array>,
): Promise<Snapshot<State> & { log: string }> {
  const hash = createHash('sha256');
  let head: SnapshotHead | null = null;
  /** The line before, as only the last one is not a piece. */
  let held: Buffer | null = null;
  let lines = 0;
  let restoring: Restorer<State> | null = null;
  for await (const line of linesOf(pieces)) {
    if (held !== null) {
      hash.update(held);
      const value = json(held);
      if (restoring === null) {
        head = usable(value, form, shard);
        restoring = form.restorer(head.versions);
      } else restoring.take(value);
      lines++;
    }
    held = line;
  }
  const foot = held === null ? null : (json(held) as SnapshotFoot);
  if (head === null || restoring === null || foot?.lines !== lines || foot.sha256 !== hash.digest('base64url')) {
    throw new SnapshotError('it is damaged, or only a part of it is there');
  }
  return { checkpoint: head.checkpoint, log: head.log, state: restoring.state() };
}

/** What a snapshot says of itself, in whatever form its state is; null where even that cannot be read. */
export async function readSnapshotHead(pieces: AsyncIterable<Uint8Array>): Promise<SnapshotHead | null> {
  try {
    for await (const line of linesOf(pieces)) {
      const head = json(line) as SnapshotHead;
      return isKnown(head?.format) ? head : null;
    }
  } catch {
    // Damaged: it says nothing.
  }
  return null;
}

function usable(
  value: unknown,
  { snapshotVersions, mayLack = [] }: Pick<StateForm<unknown>, 'snapshotVersions' | 'mayLack'>,
  shard: string,
): SnapshotHead {
  const head = value as SnapshotHead;
  if (!isKnown(head?.format)) {
    throw new SnapshotError(`its format is ${head?.format}, and ${formats.join(' and ')} are known here`);
  }
  const needed = Object.entries(snapshotVersions).filter(([name]) => name in head.versions || !mayLack.includes(name));
  const [theirs, ours] = [Object.entries(head.versions), needed].map((each) => JSON.stringify(each.sort()));
  if (theirs !== ours) throw new SnapshotError(`its forms are ${theirs}, and ${ours} are known here`);
  if (head.shard !== shard) throw new SnapshotError(`it is of shard ${head.shard}`);
  return head;
}

function isKnown(format: string): boolean {
  return (formats as readonly string[]).includes(format);
}

function json(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString());
  } catch (cause) {
    throw new SnapshotError('it is damaged: a line is not JSON', { cause });
  }
}

/** With their line feeds. */
async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    rest = rest.length === 0 ? Buffer.from(piece) : Buffer.concat([rest, piece]);
    let from = 0;
    for (let end = rest.indexOf(lineFeed); end >= 0; end = rest.indexOf(lineFeed, from)) {
      yield rest.subarray(from, end + 1);
      from = end + 1;
    }
    rest = rest.subarray(from);
  }
  if (rest.length > 0) yield rest;
}
