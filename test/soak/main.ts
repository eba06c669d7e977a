import { execFileSync, spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { builds, proofs } from './proofs.js';
import { keep, resume } from './record.js';
import { recordIn, soak } from './run.js';

const usage = `Usage: npm run soak -- [options]

Runs the long proofs, of which npm test runs a part: one after the other, each with its output in a file. A run that was
ended goes on where it was: what passed on this commit is not run again.

  --only <name,...>  these alone
  --again            also what has passed
  --list             print their names and about how long each takes
  --help

Ends with 1 where one failed.
`;
const directory = '.holdfast/soak';
const say = (line: string) => void process.stdout.write(`${line}\n`);

/** The commit, with a mark where files differ from it: such a run proves nothing of a commit. */
function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  return `${git('rev-parse', 'HEAD')}${git('status', '--porcelain') === '' ? '' : ` and changes of ${Date.now()}`}`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      again: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return say(usage);
  const known = await resume(recordIn(directory), commit(), 1_000_000 + Math.floor(Math.random() * 1_000_000_000));
  if (values.again) known.ended = {};
  const all = proofs(known.seed);
  if (values.list) return say(all.map(({ name, minutes }) => `${name}, about ${minutes} min`).join('\n'));
  const names = values.only?.split(',') ?? all.map(({ name }) => name);
  const unknown = names.filter((name) => !all.some((one) => one.name === name));
  if (unknown.length > 0) throw new Error(`no proof is called ${unknown.join(', ')}: see --list`);
  for (const [program, ...args] of builds) {
    if (spawnSync(program!, args, { stdio: 'inherit' }).status !== 0) throw new Error('the build failed');
  }
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
  await keep(recordIn(directory), known);
  say(`Commit ${known.commit}, fresh seed ${known.seed}`);
  const chosen = all.filter(({ name }) => names.includes(name));
  if (!(await soak({ proofs: chosen, known, directory, say, signal: stopped.signal }))) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`soak: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
