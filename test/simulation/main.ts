import { parseArgs } from 'node:util';
import { simulate } from './run.js';

// npm run simulate -- --seeds 200 [--from 1]: many schedules; --seed 7: one.
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
  },
});
const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const say = (text: string) => process.stdout.write(`${text}\n`);
const began = performance.now();
const faults = new Map<string, number>();
let groups = 0;
let answers = 0;
let virtualMs = 0;
for (let seed = first; seed < first + count; seed++) {
  try {
    const outcome = await simulate(seed);
    groups += outcome.groups;
    answers += outcome.answers;
    virtualMs += outcome.virtualMs;
    for (const [kind, fired] of outcome.faults) faults.set(kind, (faults.get(kind) ?? 0) + fired);
  } catch (error) {
    say(`seed ${seed}: ${(error as Error).stack}`);
    say(`Again: npm run simulate -- --seed ${seed}`);
    process.exit(1);
  }
  const done = seed - first + 1;
  if (done % 100 === 0) say(`${done} of ${count} schedules`);
}
const seconds = (performance.now() - began) / 1_000;
say(`${count} schedules, ${groups} groups, ${answers} answers: no promise broken.`);
say(`${seconds.toFixed(1)} s, ${Math.round(virtualMs / 1_000 / seconds)} times real time. Faults:`);
for (const [kind, fired] of [...faults].sort()) say(`  ${String(fired).padStart(7)}  ${kind}`);
