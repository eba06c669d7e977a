import type { ClusterFound } from './broker-connection.js';
import type { Problem, TopicFound } from './topic-settings.js';

/** What the state of a topic's partition keeps from being read or appended to at the moment, as its broker tells it. */
export function stateProblems(
  found: ClusterFound,
  { name, settings }: Pick<TopicFound, 'name' | 'settings'>,
  { partition }: { partition: number },
): Problem[] {
  const state = found.topics.get(name)?.partitions.find((each) => each.partition === partition);
  // That there is none is told with the settings.
  if (state === undefined) return [];
  const subject = `topic ${name}`;
  const away = state.replicas.filter((id) => !found.brokers.has(id));
  const change = `start ${away.length === 0 ? 'the brokers that hold its replicas' : `the brokers with id ${away.join(' and ')}`}, or see in their logs why they do not follow`;
  if (state.leader === null) {
    const message = `partition ${partition} has no leader: none of its replicas (brokers ${state.replicas.join(', ')}) can serve`;
    return [{ subject, message, change, passing: true }];
  }
  const least = Number(settings.get('min.insync.replicas') ?? 1);
  if (state.inSync.length >= least) return [];
  const message = `${state.inSync.length} of the ${state.replicas.length} replicas of partition ${partition} are in sync, and min.insync.replicas is ${least}: nothing can be appended`;
  return [{ subject, message, change, passing: true, appends: true }];
}
