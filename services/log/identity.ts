import { createHash } from 'node:crypto';
import type { ShardLog } from './port.js';

/** Names a log by its first event, which no other has, as it holds an owner's id. Null where that is not, or no longer, there. */
export async function logIdentity(log: ShardLog): Promise<string | null> {
  if ((await log.start('events')) > 0 || (await log.head('events')) === 0) return null;
  const tail = log.tail('events', 0);
  try {
    const first = (await tail.next())?.[0];
    return first === undefined ? null : createHash('sha256').update(first.value).digest('base64url');
  } finally {
    tail.close();
  }
}
