import type { ApiObserver, MetricsPage } from '@holdfast/api';
import type { ShardDecider } from '@holdfast/core';
import type { GroupFeed } from '@holdfast/log';
import type { GatewayObserver } from '@holdfast/processor';
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** What a process counts while it works, and the page that shows it. One for each process. */
export interface Metrics {
  api: ApiObserver;
  gateway: GatewayObserver;
  page: MetricsPage;
  /** The decider, with a clock on each decision. */
  timed(decider: ShardDecider): ShardDecider;
  /** Counts the outcomes of what is decided from now on; what was read before is history. */
  countCommands(feed: GroupFeed): void;
  /** Where gauges are made, and what fills them before they are shown. */
  registry: Registry;
  beforeShown(sample: () => Promise<void> | void): void;
}

/** What Node itself measures is the same for all in a process. */
let ofProcess: Registry | null = null;

export function createMetrics(shard: string): Metrics {
  const registry = new Registry();
  const samples: (() => Promise<void> | void)[] = [];
  const counters = countersIn(registry);
  return {
    api: {
      answered: (method, route, status) => counters.requests.inc({ method, route, status }),
      limitHit: (limit) => counters.limitHits.inc({ limit }),
    },
    gateway: {
      answered: (ms) => counters.answerSeconds.observe({ shard }, ms / 1_000),
      limitHit: (limit) => counters.limitHits.inc({ limit }),
    },
    page: {
      contentType: registry.contentType,
      async text() {
        await Promise.all(samples.map((sample) => sample()));
        ofProcess ??= defaultMetrics();
        return `${await registry.metrics()}\n${await ofProcess.metrics()}`;
      },
    },
    timed: (decider) => ({
      ...decider,
      // What others did between the steps is none of it.
      *decideInSteps(received, state) {
        const steps = decider.decideInSteps(received, state);
        for (let ms = 0; ; ) {
          const since = performance.now();
          const step = steps.next();
          ms += performance.now() - since;
          if (step.done) {
            counters.decideSeconds.observe({ shard }, ms / 1_000);
            return step.value;
          }
          yield;
        }
      },
    }),
    countCommands(feed) {
      feed.subscribe({
        group({ events }) {
          const outcome = events.at(-1)?.event;
          if (outcome?.type === 'engine.Repeated') {
            counters.commands.inc({ shard, command: 'unknown', outcome: 'repeated' });
          } else if (outcome?.type === 'engine.RequestDecided') {
            counters.commands.inc({ shard, command: outcome.command || 'unknown', outcome: outcome.status });
          }
        },
      });
    },
    registry,
    beforeShown: (sample) => samples.push(sample),
  };
}

function countersIn(registry: Registry) {
  const registers = [registry];
  return {
    requests: new Counter({
      name: 'holdfast_http_requests_total',
      help: 'HTTP requests that ended, by route as documented',
      labelNames: ['method', 'route', 'status'],
      registers,
    }),
    limitHits: new Counter({
      name: 'holdfast_limit_hits_total',
      help: 'Requests and connections refused, by the limit that refused them',
      labelNames: ['limit'],
      registers,
    }),
    commands: new Counter({
      name: 'holdfast_commands_total',
      help: 'Commands decided since this process was ready, whoever decided them',
      labelNames: ['shard', 'command', 'outcome'],
      registers,
    }),
    decideSeconds: new Histogram({
      name: 'holdfast_decide_seconds',
      help: 'Time that one decision takes; a standby decides too, to see whether it is needed',
      labelNames: ['shard'],
      buckets: [0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3],
      registers,
    }),
    answerSeconds: new Histogram({
      name: 'holdfast_answer_seconds',
      help: 'Time from giving a command to the log until its decision was read back',
      labelNames: ['shard'],
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30],
      registers,
    }),
  };
}

function defaultMetrics(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}
