import { createHash } from 'node:crypto';
import { LogError, type Tail } from '@holdfast/log';

/** Names the log that a tail reads from its start: by its first record, which no other log has, as it holds an owner's id. Waits for it. */
export async function logIdentity(tail: Tail): Promise<string> {
  const records = await tail.next();
  if (records === null) throw new LogError('closed', 'the log was closed under its reader');
  return createHash('sha256').update(records[0]!.value).digest('base64url');
}
