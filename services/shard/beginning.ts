import type { Codec } from '@holdfast/events';
import { requireHeld, type ShardLog } from '@holdfast/log';
import { beginCommandLog, begunWith, newestBeginning } from '@holdfast/processor';
import type { ShardOptions } from './options.js';
import { readsFeed } from './roles.js';
import type { Rows } from './rows.js';

/** Between two looks at whether somebody has begun the log. */
const lookMs = 1_000;

/** Throws LogError `lost` where the log does not hold what the rows were made from. SPEC rule 6. */
export async function requireRowsHeld({ log, codec, recorded }: ShardOptions, rows: Rows | null): Promise<void> {
  const known = rows === null ? [] : await rows.known();
  // Whoever wrote rows had read a log that others may have begun since this process looked what its ids mean.
  if (known.length > 0 && !recorded) await adoptBegun(log, codec);
  for (const each of known) await requireHeld(log, codec, each);
}

/** The log has begun when it resolves, and the codec says what its ids mean. */
export async function begin(options: ShardOptions): Promise<void> {
  const { log, codec, runtime, recorded, domains, secretFingerprint, mayBegin } = options;
  const { beginning = newestBeginning(codec) } = options;
  // Who makes no keys has no secret either, and must not begin a log with one.
  if (readsFeed(options.roles)) {
    await beginCommandLog(log, codec, runtime, { domains: [...domains], secretFingerprint }, beginning, mayBegin);
  } else await begunByOthers(options);
  if (!recorded) await adoptBegun(log, codec);
}

/** What the ids of a new log mean, who begins it says in its first command: nothing is read before that is there. */
async function begunByOthers({ log, runtime }: ShardOptions): Promise<void> {
  while ((await log.head('events')) === 0 && (await log.head('commands')) === 0) {
    await new Promise<void>((resolve) => runtime.after(lookMs, resolve));
  }
}

/** Ids that a process came by before anything was in the log give way to those that whoever began it came by. */
async function adoptBegun(log: ShardLog, codec: Codec): Promise<void> {
  const begun = await begunWith(log, codec);
  if (begun !== null) codec.adopt(begun);
}
