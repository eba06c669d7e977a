import { LogError } from '@holdfast/log';
import { claim } from '../model/claim.js';
import type { Run } from './checks.js';
import { codec } from './messages.js';
import type { SimStorage } from './storage.js';

type Replaced = NonNullable<SimStorage['replaced']>;

/*
 * What is promised where, while all processes are down, the log is exchanged for nothing, for an older copy or for
 * another one: whoever starts stops at once, as the read models know better. Nothing is answered, no new log is begun,
 * and the rows stay as they were. They may be all that is left.
 */
export async function checkAfterExchange(
  { world, cluster, storage, observed }: Run,
  replaced: Replaced,
): Promise<number> {
  for (const { process, failure, ready } of cluster.slots) {
    const stopped = failure instanceof LogError && failure.code === 'lost';
    claim(process.crashed || stopped, `${process.name} did not stop: ${failure}`);
    claim(!ready, `${process.name} serves a log that is not the one that its read model was made from`);
    if (stopped) world.fault('start stopped by a lost log');
  }
  for (const seen of observed) {
    claim(seen.answered <= replaced.at, 'a client was answered from a log that is lost', { time: seen.answered });
  }
  const begun = storage.streams.commands.slice(replaced.commands).some(({ value }) => {
    // Whoever sent it began the log that is lost.
    if (storage.sentToLost.has(value)) return false;
    try {
      return codec.decodeCommand(value).command.type === 'engine.CommandLogStarted';
    } catch {
      return false;
    }
  });
  claim(!begun, 'a new log was begun in the place of one that is lost');
  for (const [n, database] of cluster.databases.entries()) {
    const read = (await database.rows.load())?.read ?? 0;
    claim(database.madeAnewAt <= replaced.at && read >= replaced.reads[n]!, `the rows of database ${n} were dropped`);
  }
  return storage.streams.events.length;
}
