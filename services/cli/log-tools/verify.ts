import type { ShardState } from '@holdfast/core';
import type { Codec, ShardSecret } from '@holdfast/events';
import type { Group, PositionRange, StreamName } from '@holdfast/log';
import type { ModuleRows } from '../view.js';
import { LogDiffers } from './difference.js';
import { folded } from './fold.js';
import { heldCommandLog, Redecider } from './redecide.js';
import { type Seal, SealCheck, sealOf } from './seal.js';
import type { LogSource } from './source.js';
import { LogForms, type Strays, strayCommands } from './strays.js';
import { LogWalk } from './walk.js';

export interface VerifyOptions {
  source: LogSource;
  codec: Codec;
  /** What the log must still contain. */
  seals: readonly Seal[];
  /** The read model's rows, taken before the source; null: not compared. */
  rows: readonly ModuleRows[] | null;
  /** Null: what was recorded of what follows from it is taken for right. */
  secret: ShardSecret | null;
  /** Is told the position in `events` now and then. */
  onProgress(position: number): void;
}

/** What was found in a log that is whole. */
export interface Verified {
  events: PositionRange;
  commands: PositionRange;
  groups: number;
  /** Records that no reader counts: of owners that had lost the shard, and appended twice. */
  voided: number;
  duplicates: number;
  /**
   * Records that no writer of this log wrote. They count for no reader; a command among them has an outcome that says
   * so.
   */
  strays: Record<StreamName, Strays>;
  /** Events at the end whose group is not complete (yet). */
  incomplete: number;
  /** Commands decided anew, with the recorded outcome. */
  decidedAnew: number;
  /** Commands behind the last group, decided by none that counts, silent ticks among them. */
  undecided: number;
  /** Rows of the read model that were compared; null: it was not compared. */
  rows: number | null;
  /** Whether hashes of keys were made anew too. */
  withSecret: boolean;
  seal: Seal;
}

/**
 * Reads a whole log and holds it against everything that it can be held against. Throws LogDiffers at the first
 * difference.
 */
export async function verifyLog(options: VerifyOptions): Promise<Verified> {
  const { source, codec, rows, secret, onProgress } = options;
  const walk = new LogWalk(source, codec);
  const redecider = new Redecider(source, codec, await heldCommandLog(source, codec), secret);
  const seals = options.seals.map((seal) => new SealCheck(seal));
  const forms = new LogForms();
  const { decider } = redecider;
  let state = decider.initial;
  let last: Group | null = null;
  let groups = 0;
  let left = rows ?? [];
  const compare = (before: ShardState, end: number) => {
    for (const one of left) if (end > one.read) one.compare(before);
    left = left.filter(({ read }) => end <= read);
  };
  try {
    for await (const group of walk.groups()) {
      if (left.length > 0) compare(state, group.end);
      await redecider.check(group, state);
      const { commandLog } = state;
      state = folded(decider, state, group);
      forms.group(group, walk.reader.form, state.commandLog !== commandLog);
      if (secret !== null) checkSecret(state, secret.fingerprint, group);
      for (const seal of seals) seal.group(walk, group);
      last = group;
      groups++;
      if (groups % 1_000 === 0) onProgress(group.end);
    }
  } finally {
    await redecider.close();
  }
  compare(state, Number.POSITIVE_INFINITY);
  for (const seal of seals) seal.end(walk);
  const { commands, events } = source.ranges;
  const { reader } = walk;
  const decidedTo = state.commandLog === redecider.commandLog ? reader.commandPosition + 1 : commands.start;
  return {
    ...{ events, commands, groups, voided: reader.voided, duplicates: reader.duplicates, incomplete: reader.held },
    strays: { events: walk.strays, commands: await strayCommands(source, forms.commands) },
    decidedAnew: redecider.decidedAnew,
    undecided: commands.head - Math.max(decidedTo, commands.start),
    rows: rows?.reduce((sum, { count }) => sum + count, 0) ?? null,
    withSecret: secret !== null,
    seal: sealOf(walk, last),
  };
}

function checkSecret({ secretFingerprint }: ShardState, own: string, { end, sequence }: Group): void {
  if (secretFingerprint === own) return;
  const subject = 'engine.ShardOpened';
  throw new LogDiffers({
    where: 'events',
    position: end - 1,
    sequence,
    subject,
    expected: `the key secret with fingerprint ${own}, which was given`,
    found: secretFingerprint,
  });
}
