import { isStray, sha256 } from '@holdfast/events';
import { LogError, type LogRecord, type ShardLog, type Tail } from './port.js';
import { recordsOf } from './stretch.js';

/**
 * Names the log whose `events` a tail reads from their start: by the first record of its own, which no other log has,
 * as it holds an owner's id. What is in front of that is a stranger's, and may be alike in many logs. Waits for it.
 * Throws LogError `closed`.
 */
export async function identityFrom(tail: Tail): Promise<string> {
  for (;;) {
    const records = await tail.next();
    if (records === null) throw new LogError('closed', 'the log was closed under its reader');
    const first = records.find(isOwn);
    if (first !== undefined) return identityOf(first);
  }
}

/** The same; null at once where that record is not, or no longer, there. */
export async function logIdentity(log: ShardLog): Promise<string | null> {
  const head = await log.head('events');
  if ((await log.start('events')) > 0) return null;
  for await (const records of recordsOf(log, { stream: 'events', from: 0, to: head })) {
    const first = records.find(isOwn);
    if (first !== undefined) return identityOf(first);
  }
  return null;
}

function isOwn({ value }: LogRecord): boolean {
  return !isStray(value);
}

function identityOf({ value }: LogRecord): string {
  return sha256(value);
}
