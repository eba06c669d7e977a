import { parseArgs } from 'node:util';
import { runBatch, runInWorkers, type Summary, serveBatches } from './batch.js';
import { retell } from './run.js';

// npm run simulate -- --seeds 200 [--from 1] [--step 1] [--workers 2]: many schedules; --seed 7: one, with its history
// if it fails. --json: ends with one line for programs. Most errors of a run are thrown by design, and their stacks
// cost a third of its time.
Error.stackTraceLimit = 0;

const say = (text: string) => process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '200' },
      from: { type: 'string', default: '1' },
      step: { type: 'string', default: '1' },
      seed: { type: 'string' },
      workers: { type: 'string', default: '2' },
      json: { type: 'boolean', default: false },
    },
  });
  const one = values.seed !== undefined;
  const from = Number(values.seed ?? values.from);
  const seeds = { from, count: one ? 1 : Number(values.seeds), step: Number(values.step) };
  const workers = one ? 1 : Number(values.workers);
  const began = performance.now();
  const summary = workers > 1 ? await runInWorkers(seeds, workers) : await runBatch(seeds);
  if (summary.failed === null) tellSummary(summary, (performance.now() - began) / 1_000);
  else await tellFailure(summary.failed);
  if (values.json) say(JSON.stringify(summary));
}

function tellSummary({ schedules, groups, answers, virtualMs, faults }: Summary, seconds: number): void {
  say(`${schedules} schedules, ${groups} groups, ${answers} answers: no promise broken.`);
  say(`${seconds.toFixed(1)} s, ${Math.round(virtualMs / 1_000 / seconds)} times real time. Faults:`);
  for (const [kind, fired] of Object.entries(faults).sort()) say(`  ${String(fired).padStart(7)}  ${kind}`);
}

async function tellFailure({ seed, error }: { seed: number; error: string }): Promise<void> {
  process.exitCode = 1;
  say(`seed ${seed}: ${error}`);
  Error.stackTraceLimit = 20;
  const told = await retell(seed);
  if (told === null) {
    say('The same schedule again did not fail: it depends on more than its seed.');
    return;
  }
  say('\nWhat happened, in virtual seconds:');
  for (const line of told.lines) say(line);
  say(`\nAll of it: ${told.file}`);
  say(`Again: npm run simulate -- --seed ${seed}`);
}

if (process.env.HOLDFAST_SIMULATION_WORKER === '1') serveBatches();
else await main();
