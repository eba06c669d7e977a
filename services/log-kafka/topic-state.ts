import type { ClusterFound, PartitionFound } from './broker-connection.js';
import type { SetupProblem, TopicFound } from './topic-settings.js';

export interface StateAsked {
  name: string;
  partition: number;
  /** `min.insync.replicas` of the topic. */
  inSyncMin: number;
  /** Whether a broker answered just now. */
  answers(id: number): boolean;
}

/**
 * What keeps a topic's partition from being read or appended to, by the state that it is in. A broker's own word is not
 * enough: where most brokers are down, the one that is left goes on to say that all are in sync, as nobody is there to
 * tell it otherwise.
 */
export function stateProblems(found: ClusterFound, asked: StateAsked): SetupProblem[] {
  const { name, partition, inSyncMin, answers } = asked;
  const state = partitionOf(found, name, partition);
  // That there is none is told with the settings.
  if (state === undefined) return [];
  const subject = `topic ${name}`;
  const { leader, replicas, inSync } = state;
  const unavailable = replicas.filter((id) => !answers(id));
  const change =
    unavailable.length === 0
      ? 'see in the logs of the brokers why they do not follow'
      : `start ${unavailable.length === 1 ? `broker ${unavailable[0]}` : `brokers ${unavailable.join(' and ')}`}, or see why they do not answer`;
  if (leader === null || !answers(leader)) {
    const message =
      leader === null
        ? `partition ${partition} has no leader (its replicas are on brokers ${replicas.join(', ')})`
        : `broker ${leader}, which leads partition ${partition}, does not answer`;
    return [{ subject, message, change, passing: true }];
  }
  const following = inSync.filter(answers).length;
  if (following >= inSyncMin) return [];
  const message = `${following} of the ${replicas.length} replicas of partition ${partition} are in sync, and min.insync.replicas is ${inSyncMin}: nothing can be appended`;
  return [{ subject, message, change, passing: true, appends: true }];
}

/** A topic that is there, with its settings. */
export function topicFound(name: string, found: ClusterFound, settings: ReadonlyMap<string, string>): TopicFound {
  const partitions = found.topics.get(name)?.partitions ?? [];
  const replicas = Math.min(...partitions.map((each) => each.replicas.length));
  return { name, partitions: partitions.length, replicas, settings };
}

/** Addresses of the brokers that a shard depends on. */
export function replicaAddresses(found: ClusterFound, names: readonly string[], partition: number): string[] {
  const ids = names.flatMap((name) => partitionOf(found, name, partition)?.replicas ?? []);
  return [...new Set(ids.flatMap((id) => found.brokers.get(id) ?? []))];
}

function partitionOf({ topics }: ClusterFound, name: string, partition: number): PartitionFound | undefined {
  return topics.get(name)?.partitions.find((each) => each.partition === partition);
}
