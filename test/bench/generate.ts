import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { reservationKeys } from '@holdfast/api';
import { sha256 } from '@holdfast/events';
import { openLmdbLog } from '@holdfast/log-lmdb';
import { generateLog, VirtualClock } from '../support/generated-log.js';

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
  await generateData(values.data, { events: events!, components: components!, seed: seed! });
}

async function generateData(data: string, sizes: { events: number; components: number; seed: number }): Promise<void> {
  await mkdir(data, { recursive: true });
  if ((await readdir(data)).length > 0) throw new Error(`--data ${data}: the directory is not empty`);
  const secret = sha256(`generated ${sizes.seed}`);
  await writeFile(join(data, 'secret'), `${secret}\n`, { mode: 0o600 });
  const clock = new VirtualClock();
  const log = await openLmdbLog({ directory: join(data, 'log'), shard: 'shard-0', runtime: clock });
  const began = performance.now();
  const rate = (written: number) => Math.round(written / ((performance.now() - began) / 1_000)).toLocaleString('en');
  const onProgress = (written: number) =>
    void process.stderr.write(
      `${process.stderr.isTTY ? '\r' : '\n'}${written.toLocaleString('en')} of ${sizes.events.toLocaleString('en')} events, ${rate(written)}/s `,
    );
  try {
    const keys = reservationKeys(Buffer.from(secret, 'base64url'));
    const made = await generateLog({ log, clock, keys, ...sizes, onProgress });
    process.stderr.write('\n');
    say(
      `${data}: ${made.events.toLocaleString('en')} events of ${made.commands.toLocaleString('en')} commands, ${rate(made.events)} events/s`,
    );
  } finally {
    await log.close();
  }
}

try {
  await generate();
} catch (error) {
  process.stderr.write(`generate-log: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
