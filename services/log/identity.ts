import { createHash } from 'node:crypto';
import { LogError, type ShardLog, type Tail } from './port.js';

/**
 * Names the log whose `events` a tail reads from their start: by the first record, which no other log has, as it holds an
 * owner's id. Waits for it. Throws LogError `closed`.
 */
export async function identityFrom(tail: Tail): Promise<string> {
  const records = await tail.next();
  if (records === null) throw new LogError('closed', 'the log was closed under its reader');
  return createHash('sha256').update(records[0]!.value).digest('base64url');
}

/** The same; null at once where that record is not, or no longer, there. */
export async function logIdentity(log: ShardLog): Promise<string | null> {
  if ((await log.start('events')) > 0 || (await log.head('events')) === 0) return null;
  const tail = log.tail('events', 0);
  try {
    return await identityFrom(tail);
  } finally {
    tail.close();
  }
}
