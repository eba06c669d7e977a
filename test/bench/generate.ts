import { parseArgs } from 'node:util';
import { generateData } from '../support/generated-data.js';

const usage = `npm run generate-log -- --data DIR [options]

Fills a new data directory with a long log, to measure with; holdfast serve --data DIR starts on it.

  --events N       events, at least (default 1000000)
  --components N   components of the inventory (default 10000)
  --seed N         the same seed gives the same log, secret included: for measuring only (default 1)`;

/** Throws unless it is a whole number above 0. */
function count(name: string, text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new Error(`--${name} ${text}: a whole number above 0 is expected`);
}

const say = (text: string) => void process.stdout.write(`${text}\n`);

async function generate(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      events: { type: 'string', default: '1000000' },
      components: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return say(usage);
  if (values.data === undefined) throw new Error('--data DIR is missing');
  const [events, components, seed] = (['events', 'components', 'seed'] as const).map((name) =>
    count(name, values[name]),
  );
  const began = performance.now();
  const rate = (written: number) => Math.round(written / ((performance.now() - began) / 1_000)).toLocaleString('en');
  const made = await generateData(values.data, { events: events!, components: components!, seed: seed! }, (written) => {
    const told = `${written.toLocaleString('en')} of ${events!.toLocaleString('en')} events, ${rate(written)}/s `;
    process.stderr.write(`${process.stderr.isTTY ? '\r' : '\n'}${told}`);
  });
  process.stderr.write('\n');
  const [all, commands] = [made.events, made.commands].map((number) => number.toLocaleString('en'));
  say(`${values.data}: ${all} events of ${commands} commands, ${rate(made.events)} events/s`);
}

try {
  await generate();
} catch (error) {
  process.stderr.write(`generate-log: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
