import { type ChildProcess, fork } from 'node:child_process';
import type { Fault } from './faults.js';
import { simulate } from './run.js';

/** What many schedules came to. */
export interface Summary {
  schedules: number;
  groups: number;
  answers: number;
  virtualMs: number;
  faults: Partial<Record<Fault, number>>;
  /** The first that broke a promise, and how. Those before it broke none; of those after it nothing is said. */
  failed: { seed: number; error: string } | null;
}

export interface Seeds {
  from: number;
  count: number;
  /** 1: each. */
  step: number;
}

/** So many that handing them out costs nothing, and so few that no worker is left waiting at the end. */
const seedsAtOnce = 10;

const nothing: Summary = { schedules: 0, groups: 0, answers: 0, virtualMs: 0, faults: {}, failed: null };

/** Runs schedules one after another, up to the first that fails. */
export async function runBatch({ from, count, step }: Seeds): Promise<Summary> {
  let summary = nothing;
  for (let n = 0; n < count && summary.failed === null; n++) {
    const seed = from + n * step;
    try {
      const { groups, answers, virtualMs, faults } = await simulate(seed);
      summary = add(summary, {
        schedules: 1,
        groups,
        answers,
        virtualMs,
        faults: Object.fromEntries(faults),
        failed: null,
      });
    } catch (error) {
      summary = add(summary, { ...nothing, failed: { seed, error: String(error) } });
    }
  }
  return summary;
}

/** The same in several processes; the outcome does not depend on their number. */
export async function runInWorkers(seeds: Seeds, workers: number): Promise<Summary> {
  const parts: Seeds[] = [];
  const { from, count, step } = seeds;
  for (let n = 0; n < count; n += seedsAtOnce) {
    parts.push({ from: from + n * step, count: Math.min(seedsAtOnce, count - n), step });
  }
  let total = nothing;
  const work = async () => {
    const worker = fork(process.argv[1]!, { env: { ...process.env, HOLDFAST_SIMULATION_WORKER: '1' } });
    try {
      // Parts are begun in order, so whatever lies before the first failure is run in any case.
      for (let part = parts.shift(); part !== undefined && total.failed === null; part = parts.shift()) {
        const summary = await ask(worker, part);
        total = add(total, summary);
      }
    } finally {
      worker.disconnect();
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return total;
}

/** What a worker does: batches, as it is asked. */
export function serveBatches(): void {
  process.on('message', async (seeds: Seeds) => process.send?.(await runBatch(seeds)));
}

function ask(worker: ChildProcess, seeds: Seeds): Promise<Summary> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`a worker ended with code ${code}`));
    worker.once('exit', ended);
    worker.once('message', (summary) => {
      worker.off('exit', ended);
      resolve(summary as Summary);
    });
    worker.send(seeds);
  });
}

function add(a: Summary, b: Summary): Summary {
  const faults = { ...a.faults };
  for (const [kind, count] of Object.entries(b.faults)) faults[kind as Fault] = (faults[kind as Fault] ?? 0) + count;
  const failed = [a.failed, b.failed].filter((one) => one !== null).sort((one, other) => one.seed - other.seed);
  return {
    schedules: a.schedules + b.schedules,
    groups: a.groups + b.groups,
    answers: a.answers + b.answers,
    virtualMs: a.virtualMs + b.virtualMs,
    faults,
    failed: failed[0] ?? null,
  };
}
