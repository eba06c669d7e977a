import { parseArgs } from 'node:util';
import { backends } from '../../../support/backends.js';
import { serviceFor } from '../../../support/service.js';
import { aboutAllocations, beyondCore, core, settingsOf } from './files.js';
import { type GabbiResult, gabbiPython, runGabbiFile } from './gabbi.js';

const usage = `Usage: npm run conformance:placement -- [options] [file...]

Makes a Python environment with Placement's own package, and runs its gabbi files against services of this checkout, each
file against an empty one. Without files: all of those that are about more than candidates and the reshaper.

  --allocations   only the files about allocations, aggregates and traits, as continuous integration does
  --kafka         on Kafka, a registry and a PostgreSQL server, instead of in memory
  --verbose       say of every test what became of it
  --help

Ends with 1 where a test fails, or a file has not the number of tests that it should have.
`;

const say = (text: string) => process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      allocations: { type: 'boolean', default: false },
      kafka: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return void say(usage);
  const everything = { ...core, ...beyondCore };
  const files = values.allocations ? aboutAllocations : Object.entries(everything);
  const unknown = positionals.find((file) => !(file in everything));
  if (unknown !== undefined) throw new Error(`${unknown} is not among the files that are run`);
  const chosen = positionals.length === 0 ? files : files.filter(([file]) => positionals.includes(file));
  const backend = backends[values.kafka ? 1 : 0]!;
  if (backend.missing !== null) throw new Error(backend.missing);

  say('making the Python environment');
  const python = await gabbiPython();
  const all: GabbiResult[] = [];
  for (const [file, count] of chosen) {
    const { settings, remove } = await backend.prepare();
    const service = await serviceFor({ ...settings, ...settingsOf(file) });
    const results = await runGabbiFile(python, `${service.url}/placement`, file).finally(() => service.close());
    await remove();
    all.push(...results, ...missing(file, count, results));
    say(`${file}: ${counts(results)}`);
    for (const { name, outcome, detail } of results) {
      if (values.verbose || outcome !== 'passed') say(`  ${outcome}: ${name}${detail && `: ${detail}`}`);
    }
  }
  say(`${chosen.length} files: ${counts(all)}`);
  if (all.some(({ outcome }) => outcome === 'failed')) process.exitCode = 1;
}

/** A file that has another number of tests than it should have was not run as a whole. */
function missing(file: string, count: number, results: GabbiResult[]): GabbiResult[] {
  if (results.length === count) return [];
  const detail = `${results.length} tests instead of ${count}`;
  say(`${file} has ${detail}`);
  return [{ name: file, outcome: 'failed', detail }];
}

function counts(results: GabbiResult[]): string {
  return (['passed', 'failed', 'left out'] as const)
    .map((outcome) => `${results.filter((one) => one.outcome === outcome).length} ${outcome}`)
    .join(', ');
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
});
