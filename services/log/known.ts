import type { EventDecoder } from './decode.js';
import type { Checkpoint } from './group.js';
import { logIdentity } from './identity.js';
import { LogError, type ShardLog } from './port.js';
import { recordsOf } from './stretch.js';

/*
 * Whether a log still is the one that somebody read. SPEC rule 6.
 *
 * Whatever was made from a log (rows, snapshots, a note beside it) says up to where, and which claim was the current
 * one there. That claim's owner id is fresh for each claim, so no other log has it, and a copy of an older state that
 * was written on has another one in that place. It also stays where a log goes on elsewhere with other framing ids,
 * whose records have other bytes.
 */

/** What somebody knows of a log. */
export interface KnownLog {
  /** Who, in the words of a sentence: `the read model`. */
  by: string;
  shard: string;
  /** See `logIdentity`; empty where it is not known. */
  log: string;
  /** Everything in `events` below it was read; 0: it knows of nothing. */
  read: number;
  /** Of then; `beginning` where it is not known. */
  checkpoint: Checkpoint;
}

/**
 * Records that are looked at first: the current claim, or an event of its owner, is the last one but for what does not
 * count.
 */
const lookBackMin = 64;
const lookBackMax = 65_536;

/** Throws LogError `lost` where the log is gone, shorter than what was read, or another one. */
export async function requireHeld(log: ShardLog, codec: EventDecoder, known: KnownLog): Promise<void> {
  if (known.read === 0) return;
  const head = await log.head('events');
  if (head === 0) throw lostLog(known, 'the log that is there is empty');
  if (head < known.read) throw lostLog(known, `the log that is there ends at position ${head}`);
  const { epoch } = known.checkpoint;
  if (epoch > 0 && (await goesThrough(log, codec, known.checkpoint))) return;
  const identity = (await logIdentity(log)) ?? 'without a beginning';
  if (epoch === 0 && (known.log === '' || known.log === identity)) return;
  const another = known.log !== identity && known.log !== '';
  throw lostLog(
    known,
    another
      ? `the log that is there is another one (${shortened(identity)})`
      : 'the log that is there is an older copy of it that was written on, so it went another way since',
  );
}

/** The error that says what was known, what was found, and what to do. */
export function lostLog({ by, shard, log, read, checkpoint }: KnownLog, found: string): LogError {
  const { sequence, epoch } = checkpoint;
  const which = log === '' ? 'a log' : `the log ${shortened(log)}`;
  const upTo = read > 0 ? ` up to position ${read} (sequence ${sequence}, epoch ${epoch})` : '';
  const known = `${by} knows ${which}${upTo}`;
  const message = `shard ${shard}: the log is lost: ${known}, and ${found}. Nothing was dropped or made. Put that log back; only if it is lost for good: stop the service, and let go of it with holdfast rebuild --accept-lost-log, which keeps what was made from it`;
  return new LogError('lost', message);
}

/** Whether the last of what counts before the checkpoint is of its epoch and owner. */
async function goesThrough(log: ShardLog, codec: EventDecoder, checkpoint: Checkpoint): Promise<boolean> {
  const start = await log.start('events');
  // What the beginning of a log was that is gone, its readers say themselves.
  if (checkpoint.resume <= start) return true;
  for (let to = checkpoint.resume, size = lookBackMin; to > start; size = Math.min(16 * size, lookBackMax)) {
    const from = Math.max(start, to - size);
    const found = await lastOf(log, codec, checkpoint, { from, to });
    if (found !== 'none') return found === 'same';
    to = from;
  }
  return start > 0;
}

async function lastOf(
  log: ShardLog,
  codec: EventDecoder,
  { epoch, owner, sequence }: Checkpoint,
  { from, to }: { from: number; to: number },
): Promise<'same' | 'other' | 'none'> {
  let found: 'same' | 'none' = 'none';
  for await (const records of recordsOf(log, { stream: 'events', from, to })) {
    for (const { value } of records) {
      const stamp = stampOf(codec, value);
      if (stamp === null) continue;
      if (stamp.epoch > epoch) return 'other';
      if (stamp.epoch !== epoch || stamp.owner !== owner) continue;
      if (stamp.sequence > sequence) return 'other';
      found = 'same';
    }
  }
  return found;
}

/** Null for what is no event that is known here. */
function stampOf(codec: EventDecoder, value: Uint8Array) {
  try {
    return codec.decodeEvent(value).stamp;
  } catch {
    return null;
  }
}

/** Enough of an identity to tell two apart. */
function shortened(identity: string): string {
  return identity.slice(0, 12);
}
