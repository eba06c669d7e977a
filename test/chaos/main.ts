import { parseArgs } from 'node:util';
import { BrokenPromise, type ChaosSettings, type Cycled, chaos } from './chaos.js';
import { plan } from './plan.js';
import { cycleLine, summary } from './report.js';

const usage = `Usage: npm run chaos -- [options]

Runs processors, apis and projectors on a broker, a registry and a PostgreSQL server of their own, under load; kills,
suspends and restarts them; then holds every answer against the log and the model. Nothing but loopback is used.

  --cycles <number>      cycles of one to three faults (default: 10)
  --owner-kills          only kill the processor that owns the shard, every 20 s
  --minutes <number>     with --owner-kills: for how long (default: 5)
  --seed <number>        of the faults (default: 1)
  --processors <number>  of which one owns the shard (default: 3)
  --clients <number>     (default: 48)
  --help

Ends with 1 where a promise is broken, and says where the history is kept; with 2 where it could not run.
`;

const killEveryMs = 20_000;
const say = (text: string) => process.stdout.write(`${text}\n`);

/** Throws where an option is not known, or no whole number. */
function settingsOf(args: string[]): ChaosSettings | null {
  const { values } = parseArgs({
    args,
    options: {
      cycles: { type: 'string', default: '10' },
      'owner-kills': { type: 'boolean', default: false },
      minutes: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
      processors: { type: 'string', default: '3' },
      clients: { type: 'string', default: '48' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  const whole = (name: 'cycles' | 'minutes' | 'seed' | 'processors' | 'clients'): number => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number above 0`);
    return value;
  };
  const [seed, processors, clients] = [whole('seed'), whole('processors'), whole('clients')];
  if (processors < 2) throw new Error('--processors must be at least 2: one owns the shard, and one stands by');
  if (!values['owner-kills']) return { cycles: plan(whole('cycles'), seed), seed, processors, clients, cycleMsMin: 0 };
  const kills = (whole('minutes') * 60_000) / killEveryMs;
  const cycles = Array.from({ length: kills }, () => ['owner killed' as const]);
  return { cycles, seed, processors, clients, cycleMsMin: killEveryMs };
}

async function main(): Promise<void> {
  const settings = settingsOf(process.argv.slice(2));
  if (settings === null) return void say(usage);
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
  let n = 0;
  const tell = (cycled: Cycled) => say(cycleLine(++n, settings.cycles.length, cycled));
  for (const line of summary(await chaos(settings, tell, stopped.signal))) say(line);
}

try {
  await main();
} catch (error) {
  say(error instanceof BrokenPromise ? `BROKEN: ${error.message}` : `chaos: ${(error as Error).message}`);
  process.exitCode = error instanceof BrokenPromise ? 1 : 2;
}
// What is left of a stopped run must not hold it up.
process.exit();
