import { existsSync, readFileSync } from 'node:fs';
import { groupHash } from '@holdfast/events';
import type { Group } from '@holdfast/log';
import { whyFile } from '../files.js';
import { LogDiffers, shown } from './difference.js';
import { ToolError } from './errors.js';
import type { LogWalk } from './walk.js';

/**
 * What a log is known again by, to be kept where nobody who can change the log can change it. As every group carries
 * the hash of the one before, the last hash stands for all that was accepted before it.
 */
export interface Seal {
  shard: string;
  /** Names the log by its first event, whatever registry's ids it is framed with; empty for a log without events. */
  log: string;
  /** In `events`, after the last accepted group. */
  position: number;
  epoch: number;
  /** Of the last event of that group; 0 before the first. */
  sequence: number;
  hash: string;
  /** Its log time, RFC 3339; null before the first group. */
  time: string | null;
}

/** The seal of a log up to the group `last`, which the walk gave. */
export function sealOf({ reader, first }: LogWalk, last: Group | null): Seal {
  return {
    shard: reader.shard,
    log: first === null ? '' : groupHash('', [first]),
    position: last?.end ?? 0,
    epoch: last?.stamp.epoch ?? 0,
    sequence: last?.sequence ?? 0,
    hash: last?.hash ?? '',
    time: last === null ? null : new Date(last.stamp.time).toISOString(),
  };
}

/** From a file, or the text itself. Throws ToolError that names the field which is wrong. */
export function readSeal(fileOrText: string): Seal {
  const isFile = existsSync(fileOrText);
  const from = isFile ? `--from ${fileOrText}` : '--from';
  const text = isFile ? contents(fileOrText, from) : fileOrText;
  let seal: Partial<Seal> | null;
  try {
    seal = JSON.parse(text) as Partial<Seal> | null;
  } catch {
    throw new ToolError(
      isFile ? `${from} is not a seal: it is not valid JSON` : `--from ${shown(text)} is neither a file nor a seal`,
    );
  }
  for (const field of ['shard', 'log', 'hash'] as const) {
    if (typeof seal?.[field] !== 'string') throw new ToolError(`${from} is not a seal: ${field} must be a text`);
  }
  for (const field of ['position', 'epoch', 'sequence'] as const) {
    if (!Number.isInteger(seal?.[field])) throw new ToolError(`${from} is not a seal: ${field} must be a whole number`);
  }
  return seal as Seal;
}

function contents(file: string, from: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ToolError(`${from} cannot be read: ${whyFile(error)}`);
  }
}

/** Holds a log against a seal while it is walked. */
export class SealCheck {
  #met: boolean;

  constructor(private readonly seal: Seal) {
    this.#met = seal.sequence === 0;
  }

  /** Throws LogDiffers at the group at which the log leaves what was sealed. */
  group(walk: LogWalk, group: Group): void {
    if (this.#met || group.sequence < this.seal.sequence) return;
    this.#met = true;
    const now = sealOf(walk, group);
    for (const field of ['shard', 'log', 'sequence', 'hash', 'epoch', 'position'] as const) {
      if (now[field] === this.seal[field]) continue;
      const subject = `sealed at sequence ${this.seal.sequence}`;
      throw new LogDiffers({
        where: 'seal',
        position: group.end - 1,
        sequence: group.sequence,
        subject,
        expected: `${field} ${shown(this.seal[field])}`,
        found: shown(now[field]),
      });
    }
  }

  /** Throws LogDiffers where the log ended before. */
  end({ reader }: LogWalk): void {
    if (this.#met) return;
    throw new LogDiffers({
      where: 'seal',
      position: reader.position,
      expected: `a log that reaches sequence ${this.seal.sequence}`,
      found: `its end at sequence ${reader.sequence}`,
    });
  }
}
