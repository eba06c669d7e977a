import { decodeEvent, type Group, GroupReader, LogError } from '@holdfast/log';
import { shardName } from '@holdfast/shard/shard-name';
import { claim } from '../model/claim.js';
import type { Run } from './checks.js';
import { codec } from './messages.js';
import type { Node } from './node.js';
import type { SimStorage } from './storage.js';

type Loss = NonNullable<SimStorage['loss']>;

/*
 * What is promised where the log itself loses events that it had acknowledged and somebody had read (an unclean
 * election). What was lost is lost, also if it was answered: replication is there to prevent that. But nobody goes on
 * from it. Whoever read the lost part stops at the first position that is not there any more, or the first record that
 * does not follow. So after the loss nobody accepts, and no client is answered with, a group that is not in the log
 * that is left. In the end everybody, also who started later from what it had kept, has read that log, or has stopped.
 * What is not promised:
 * - until it notices, a process may show reads of the lost part;
 * - where exactly as many records came in the place of the lost ones, nobody can notice before one follows that does
 *   not fit;
 * - where a claim was lost, its number is given again, and a process that slept through that takes the new claim for
 *   one that came second: it notices at the new owner's first event, which may come after it has claimed itself.
 */
export function checkAfterLoss({ world, storage, cluster, observed }: Run, loss: Loss): number {
  const groups = soundPart(storage);
  const hashes = new Set(groups.map(({ hash }) => hash));
  // What others make of its records is not promised either.
  if (cluster.all.some((node) => wroteOnUnaware(node, loss, hashes))) return groups.length;
  for (const { accepted, failure, process } of cluster.all) {
    if (failure !== null) world.fault('reader noticed the lost tail');
    for (const { group, at } of accepted) {
      const stands = at <= loss.at || hashes.has(group.hash);
      claim(stands, `after the loss ${process.name} accepted sequence ${group.sequence}, which is not in the log`, {
        time: at,
      });
    }
  }
  for (const database of cluster.databases) {
    claim(database.madeAnewAt <= loss.at, 'after the loss a read model was made anew from what is left of the log');
  }
  const last = groups.at(-1)?.hash ?? '';
  for (const { parts, process, ready, failure } of cluster.slots) {
    // Who is stopped at its start has read nothing.
    const refused = !ready && failure instanceof LogError && failure.code === 'lost';
    const stopped = parts === null || parts.feed.stopped !== null || process.crashed || refused;
    claim(stopped || parts.feed.reader.hash === last, `in the end ${process.name} goes on from what is not in the log`);
  }
  for (const seen of observed) {
    const shortHead = seen.kind === 'read' && !seen.eventual && seen.beyond;
    claim(!shortHead, 'a read was answered by who had found the log shorter than what it had read', {
      time: seen.answered,
    });
    const stands = seen.answered <= loss.at || seen.kind === 'read' || hashes.has(seen.group.hash);
    claim(stands, 'after the loss a client was answered with what is not in the log', { time: seen.answered });
  }
  return groups.length;
}

/**
 * Whether what a process accepts first of what is not in the log that is left, is its own writing: it had read, or
 * begun with a snapshot of, exactly as many records as there then were, others in the place of the lost ones, and wrote
 * on.
 */
function wroteOnUnaware({ accepted, process }: Node, { at: lostAt, appends }: Loss, hashes: Set<string>): boolean {
  const first = accepted.find(({ group, at }) => at > lostAt && !hashes.has(group.hash))?.group;
  if (first === undefined) return false;
  const position = first.end - first.events.length;
  return appends.some(({ by, from, to }) => by === process.name && from <= position && position < to);
}

/** What a reader that begins now accepts before it stops, if it does. */
function soundPart({ streams }: SimStorage): Group[] {
  const reader = new GroupReader(shardName);
  const groups: Group[] = [];
  for (const record of streams.events) {
    const { position } = record;
    try {
      const group = reader.take({ position, event: decodeEvent(codec, shardName, record) });
      if (group !== null) groups.push(group);
    } catch {
      break;
    }
  }
  return groups;
}
