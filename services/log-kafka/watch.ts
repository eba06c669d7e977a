import type { Logger, LogWatcher, Runtime, StreamName } from '@holdfast/log';
import { type ClusterFound, unknownTopic } from './broker-connection.js';
import { type Answers, BrokerConnections } from './broker-connections.js';
import { type KafkaSettings, usesTls } from './client.js';
import { connectionProblem, problemLine } from './errors.js';
import { kafkaLimits } from './limits.js';
import type { KafkaTopics } from './topic-names.js';
import { type SetupProblem, settingProblems, type TopicFound } from './topic-settings.js';
import { replicaAddresses, stateProblems, topicFound } from './topic-state.js';

export interface WatchOptions {
  settings: KafkaSettings;
  topics: KafkaTopics;
  partition: number;
  runtime: Runtime;
  logger: Logger;
  watcher: LogWatcher;
  /** Why appends to a stream do not come to pass at the moment, as those who append find, or null. */
  appendFailure(stream: StreamName): string | null;
  /** Default: to real brokers. */
  connections?: Pick<BrokerConnections, 'ask' | 'close'>;
}

/** What one look found. */
interface Seen {
  /** Why it cannot be read or appended to now. */
  broker: string | null;
  /** The topics that are not there. */
  gone: string | null;
}

/**
 * Looks again and again whether a shard's topics can be read and appended to: whether brokers answer, whether each
 * topic is there and led by one that answers, whether enough replicas follow, whether the settings are still those that
 * the protocol needs.
 *
 * All brokers that hold the shard are asked, at once. One that was cut off from the others tells what was before, so
 * what any of those that answer finds sound is sound, and what is wrong counts once it was found twice in a row.
 */
export class KafkaWatch {
  #connections: Pick<BrokerConnections, 'ask' | 'close'>;
  #addresses: string[];
  #before: Seen = { broker: null, gone: null };
  #topics = new Map<string, TopicFound>();
  #looks = 0;
  #closed = false;
  #cancel = () => {};

  constructor(private readonly options: WatchOptions) {
    const { settings, runtime, connections = new BrokerConnections(settings, runtime) } = options;
    this.#connections = connections;
    this.#addresses = settings.brokers;
  }

  start(): void {
    void this.look()
      .catch((error: unknown) => this.options.logger.error({ error: String(error) }, 'the log could not be watched'))
      .then(() => {
        if (!this.#closed) this.#cancel = this.options.runtime.after(kafkaLimits.watchMs, () => this.start());
      });
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
    this.#connections.close();
  }

  /** Looks once, and tells. */
  async look(): Promise<void> {
    const { watcher } = this.options;
    const found = await this.#askAll();
    if (this.#looks++ % kafkaLimits.watchSettingsLooks === 0) await this.#lookAtSettings(found);
    if (this.#closed) return;
    const seen = this.#judge(found);
    const twice = (part: keyof Seen) => (this.#before[part] === null ? null : seen[part]);
    const gone = twice('gone');
    if (gone !== null || seen.gone === null) watcher.gone(gone);
    const broker = twice('broker');
    if (broker !== null || seen.broker === null) watcher.set('broker', broker);
    const settings = gone ?? this.#settingsReason();
    if (settings !== null || seen.gone === null) watcher.set('topics', settings);
    this.#before = seen;
  }

  get #names(): string[] {
    return this.options.watcher.streams.map((stream) => this.options.topics[stream]);
  }

  /** Asks those that were given, and those that hold the shard as somebody who answers says. */
  async #askAll(): Promise<Answers<ClusterFound>> {
    const { settings, partition } = this.options;
    const ask = (addresses: readonly string[]) =>
      this.#connections.ask(addresses, kafkaLimits.watchAnswerMs, (broker) => broker.find(this.#names));
    const { answers, errors } = await ask(this.#addresses);
    const views = [...answers.values()];
    if (views.length === 0) return { answers, errors };
    const holding = views.flatMap((view) => replicaAddresses(view, this.#names, partition));
    const asked = this.#addresses;
    this.#addresses = [...new Set([...settings.brokers, ...holding])];
    const others = await ask(this.#addresses.filter((address) => !asked.includes(address)));
    return { answers: new Map([...answers, ...others.answers]), errors: new Map([...errors, ...others.errors]) };
  }

  #judge({ answers, errors }: Answers<ClusterFound>): Seen {
    const { settings, watcher } = this.options;
    const views = [...answers.values()];
    if (views.length === 0) {
      const [error] = errors.values();
      const problem = connectionProblem(error, settings.brokers, usesTls(settings));
      return { broker: problemLine(problem), gone: null };
    }
    const judged = views.map((view) => this.#judgeView(view, new Set(answers.keys())));
    const best =
      judged.find(({ broker, gone }) => broker === null && gone === null) ??
      judged.find(({ gone }) => gone === null) ??
      judged[0]!;
    if (best.broker !== null || best.gone !== null || !watcher.appends) return best;
    const failures = watcher.streams.flatMap((stream) => this.options.appendFailure(stream) ?? []);
    return { ...best, broker: failures[0] ?? null };
  }

  #judgeView(view: ClusterFound, answering: ReadonlySet<string>): Seen {
    const { partition, watcher, topics } = this.options;
    const gone: string[] = [];
    const problems: SetupProblem[] = [];
    for (const stream of watcher.streams) {
      const name = topics[stream];
      const error = view.topics.get(name)?.error ?? null;
      if (error?.type === unknownTopic) gone.push(name);
      else if (error !== null) problems.push(connectionProblem(error, this.options.settings.brokers, false));
      const inSyncMin = watcher.appends ? Number(this.#topics.get(name)?.settings.get('min.insync.replicas') ?? 1) : 0;
      const answers = (id: number) => answering.has(view.brokers.get(id) ?? '');
      problems.push(...stateProblems(view, { name, partition, inSyncMin, answers }));
    }
    const broker = problems.length === 0 ? null : problems.map(problemLine).join('; ');
    return { broker, gone: gone.length === 0 ? null : goneReason(gone) };
  }

  async #lookAtSettings({ answers }: Answers<ClusterFound>): Promise<void> {
    for (const [address, view] of answers) {
      const there = this.#names.filter((name) => view.topics.get(name)?.error === null);
      if (there.length < this.#names.length) continue;
      const asked = await this.#connections.ask([address], kafkaLimits.watchAnswerMs, (broker) =>
        broker.settings(there),
      );
      const settings = asked.answers.get(address);
      if (settings === undefined) continue;
      for (const name of there) this.#topics.set(name, topicFound(name, view, settings.get(name)!));
      return;
    }
  }

  #settingsReason(): string | null {
    const { watcher, topics, settings } = this.options;
    const problems = watcher.streams.flatMap((stream) => {
      const found = this.#topics.get(topics[stream]);
      return found === undefined ? [] : settingProblems(stream, found, settings.brokers[0] ?? '');
    });
    return problems.length === 0 ? null : problems.map(problemLine).join('; ');
  }
}

function goneReason(names: string[]): string {
  const which = names.length === 1 ? `topic ${names[0]} does` : `topics ${names.join(' and ')} do`;
  return `${which} not exist any more: stop all processes, and bring the log back from where it is kept`;
}
