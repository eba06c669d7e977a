import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeRuntime } from '@holdfast/log';
import { openLmdbLog } from '@holdfast/log-lmdb';
import { shardName } from '@holdfast/shard/shard-name';
import { measureLog } from './baseline.js';
import { clientOf } from './client.js';
import { memoryOf, serve } from './served.js';
import { type BenchSettings, benchSettings, usage } from './settings.js';
import { heading, line, type Row } from './table.js';
import { begin, workloads } from './workloads.js';

/**
 * What Holdfast does here, beside the bare log on the same disk in the same run. The load comes from this process, over
 * loopback, while the service has one of its own; on a machine with few cores both share them.
 */
const sizes = { clients: 32, large: 5_000, largest: 100_000 };
const singlesMax = 3_000;
const pairsMax = 100_000;
/** Nothing new is begun after this, so that a slow machine is done within a minute and a half, too. */
const elapsedMsMax = 70_000;

const say = (text: string) => process.stdout.write(`${text}\n`);
const show = (rows: readonly Row[]) => {
  for (const row of rows) say(line(row));
};

async function bench(settings: BenchSettings): Promise<void> {
  const began = performance.now();
  say(`Node ${process.version}, ${cpus().length} cores: ${cpus()[0]?.model ?? 'unknown'}`);
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  try {
    if (settings.url === null) {
      await measureBareLog(join(directory, 'log'), settings);
      await measureOwn(join(directory, 'data'), settings);
    } else await measureService(settings.url, true, settings);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  say(`\nMeasured in ${((performance.now() - began) / 1_000).toFixed(0)} s.`);
}

async function measureBareLog(directory: string, settings: BenchSettings): Promise<void> {
  const log = await openLmdbLog({ directory, shard: shardName, runtime: nodeRuntime });
  try {
    say(heading('The bare log: LMDB, synced'));
    show(await measureLog(log, sizes.large, { countMax: singlesMax, elapsedMsMax: settings.elapsedMsMax / 2 }));
  } finally {
    await log.close();
  }
}

async function measureOwn(data: string, settings: BenchSettings): Promise<void> {
  const profiling = settings.profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${settings.profile}`];
  const served = await serve(data, settings.serve, profiling);
  try {
    await measureService(served.url, false, settings);
    const { now, most } = memoryOf(served.pid);
    say(`Memory of the service: ${now.toFixed(0)} MB${most === null ? '' : `, at most ${most.toFixed(0)} MB`}`);
  } finally {
    await served.stop();
  }
}

async function measureService(url: string, replaces: boolean, settings: BenchSettings): Promise<void> {
  const { only, token } = settings;
  const client = clientOf(url, token);
  try {
    say(heading(`The service at ${url}`));
    const once = { countMax: 1, elapsedMsMax: settings.elapsedMsMax };
    show(await begin({ client, bounds: once, ...sizes }, replaces));
    for (const { name, measure } of workloads.filter((one) => only.includes(one.name))) {
      if (performance.now() > elapsedMsMax) {
        say(`${name}: not measured, as ${elapsedMsMax / 1_000} s have passed`);
        continue;
      }
      const countMax = name === 'single' ? singlesMax : pairsMax;
      const bounds = { countMax, elapsedMsMax: settings.elapsedMsMax };
      show(await measure({ client, bounds, ...sizes }));
    }
  } finally {
    client.close();
  }
}

try {
  const settings = benchSettings(process.argv.slice(2));
  if (settings === null) say(usage);
  else await bench(settings);
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
