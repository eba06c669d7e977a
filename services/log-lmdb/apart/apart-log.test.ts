import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { logLimits, nodeRuntime, type ShardLog } from '@holdfast/log';
import { describeShardLog } from '@holdfast/log/conformance';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { childrenOf } from '../../../test/support/children.js';
import { build, here, logUnderTest } from '../fixture.js';
import { openLmdbLog } from '../lmdb-log.js';
import type { LmdbLogOptions } from '../options.js';
import { openApart } from './apart-log.js';

let directory: string;
let opened: ShardLog[];
beforeAll(build);
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-apart-'));
  opened = [];
});
afterEach(async () => {
  for (const log of opened) await log.close();
  await rm(directory, { recursive: true });
});

async function open(options: Partial<LmdbLogOptions> = {}) {
  const log = await openApart({ directory, shard: 's', runtime: nodeRuntime, ...options });
  opened.push(log);
  return log;
}

/** Process ids of those that write for this one. */
function writers(): number[] {
  return childrenOf(process.pid).filter((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('holdfast: log'),
  );
}

describeShardLog('a log that another process writes', () => logUnderTest(openApart));

const numbered = (from: number, count: number, bytes = 10) =>
  Array.from({ length: count }, (_, n) => ({
    key: `k${from + n}`,
    value: Buffer.from(String(from + n).padEnd(bytes)),
  }));

/** What it holds of `events`, as numbers. */
async function held(log: ShardLog, from = 0): Promise<number[]> {
  const [tail, head] = [log.tail('events', from), await log.head('events')];
  const found: number[] = [];
  while (from + found.length < head) {
    for (const { key, value } of (await tail.next())!) {
      expect(key).toBe(`k${Number(Buffer.from(value).toString())}`);
      found.push(Number(Buffer.from(value).toString()));
    }
  }
  tail.close();
  return found;
}

it('takes what is larger than a socket at once, in order, and keeps it', async () => {
  const log = await open();
  const large = Buffer.alloc(logLimits.recordBytesMax - 10, 'x');
  await Promise.all([
    log.append('commands', [{ key: 'k', value: large }]),
    log.append('events', numbered(0, 20_000, 300)),
    log.append('events', numbered(20_000, 3)),
    log.append('events', numbered(20_003, 1, 100_000)),
  ]);
  expect(await held(log)).toEqual(Array.from({ length: 20_004 }, (_, n) => n));
  expect((await log.tail('commands', 0).next())![0]!.value.length).toBe(large.length);
  await expect(
    log.append('commands', [{ key: 'k', value: Buffer.alloc(logLimits.recordBytesMax + 1) }]),
  ).rejects.toMatchObject({
    code: 'too-large',
  });
});

it('is refused to a second one, which names the first, and is free once that has closed it', async () => {
  const first = await open();
  await expect(open()).rejects.toThrow(`${directory} is in use by this process (${process.pid})`);
  await expect(openLmdbLog({ directory, shard: 's', runtime: nodeRuntime })).rejects.toMatchObject({ code: 'in-use' });
  await first.close();
  expect(writers()).toEqual([]);
  await open();
});

it('ten times the process that writes is killed under load: what was acknowledged is there, once and in order, and it goes on', async () => {
  const log = await open();
  const tail = log.tail('events', 0);
  const read: number[] = [];
  const reading = (async () => {
    for (let records = await tail.next(); records !== null; records = await tail.next()) {
      for (const { position, value } of records) {
        expect(position).toBe(read.length);
        read.push(Number(Buffer.from(value).toString()));
      }
    }
  })();
  const acknowledged: number[] = [];
  let [next, going] = [0, true];
  const lane = async () => {
    while (going) {
      const records = numbered(next, 1 + (next % 40), next % 3 === 0 ? 9_000 : 10);
      next += records.length;
      const told = await log.append('events', records).then(
        () => true,
        (error) => {
          expect(['append-failed', 'full']).toContain(error.code);
          return sleep(20).then(() => false);
        },
      );
      if (told) acknowledged.push(...records.map(({ value }) => Number(value.toString())));
    }
  };
  const lanes = [lane(), lane(), lane()];
  for (let round = 0; round < 10; round++) {
    const before = acknowledged.length;
    await vi.waitUntil(() => acknowledged.length > before + 500, { timeout: 20_000 });
    await sleep(7 * round);
    const [writer] = writers();
    process.kill(writer!, 'SIGKILL');
    await vi.waitUntil(() => log.space!.takes === 'nothing' || writers()[0] !== writer, { interval: 1 });
  }
  const before = acknowledged.length;
  await vi.waitUntil(() => acknowledged.length > before + 500, { timeout: 20_000 });
  going = false;
  await Promise.all(lanes);
  expect([log.space!.takes, log.space!.reason]).toEqual(['all', null]);
  await vi.waitUntil(async () => read.length === (await log.head('events')));
  tail.close();
  await reading;
  // Each append is there whole at most once, and whoever was told of it finds it.
  expect(new Set(read).size).toBe(read.length);
  const there = new Set(read);
  expect(acknowledged.filter((number) => !there.has(number))).toEqual([]);
  await log.close();
  const own = await openLmdbLog({ directory, shard: 's', runtime: nodeRuntime, look: 'all' });
  opened.push(own);
  expect(await held(own)).toEqual(read);
}, 120_000);

/** A service that appends, and has its log written by a process of its own. */
const service = `
  import { nodeRuntime } from '@holdfast/log';
  import { openApart } from '@holdfast/log-lmdb';
  const log = await openApart({ directory: process.argv[1], shard: 's', runtime: nodeRuntime });
  process.stdout.write('open');
  for (let n = 0; ; n++) await log.append('events', [{ key: 'k', value: Buffer.alloc(5_000) }]);
`;

async function serve(): Promise<{ served: ChildProcess; writer: number }> {
  const args = ['--input-type=module', '-e', service, directory];
  const served = spawn(process.execPath, args, { cwd: here, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(served.stdout!, 'data');
  const [writer] = childrenOf(served.pid!);
  return { served, writer: writer! };
}

const patience = { timeout: 20_000, interval: 5 };
const ended = async (pid: number) => vi.waitUntil(() => !isAlive(pid), { timeout: 10_000, interval: 5 });

function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z');
  } catch {
    return false;
  }
}

it('ends with its service, which the next start waits for; and that end counts as none that was clean', async () => {
  for (let round = 0; round < 6; round++) {
    const { served, writer } = await serve();
    await sleep(20 * round);
    served.kill('SIGKILL');
    await once(served, 'exit');
    if (round % 2 === 0) {
      await ended(writer);
      expect(readFileSync(join(directory, 'opened'), 'utf8')).toBe('1');
    }
    const log = await open();
    expect(isAlive(writer)).toBe(false);
    expect(await log.head('events')).toBeGreaterThanOrEqual(round);
    await log.close();
  }
}, 60_000);

it('where what a service left does not end, a start says so', async () => {
  const { served, writer } = await serve();
  process.kill(writer, 'SIGSTOP');
  served.kill('SIGKILL');
  await once(served, 'exit');
  await expect(open()).rejects.toThrow(
    /in use by .*That one has ended, or does not answer, and what it left holds the log/,
  );
  process.kill(writer, 'SIGCONT');
  await ended(writer);
  await open();
}, 60_000);

it('passes signals over that are meant for the service', async () => {
  const log = await open();
  const [writer] = writers();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.kill(writer!, signal);
  await log.append('events', numbered(0, 1));
  expect(writers()).toEqual([writer]);
});

it('where the process that opens it ends by itself, again and again, a start says so', async () => {
  const { NODE_OPTIONS } = process.env;
  process.env.NODE_OPTIONS = `--import data:text/javascript,process.kill(process.pid,'SIGKILL')`;
  const errors: string[] = [];
  const logger = { info() {}, warn() {}, error: (_: object, message: string) => void errors.push(message) };
  try {
    await expect(open({ logger })).rejects.toThrow(/has ended by itself \(SIGKILL\), 3 times: `holdfast verify`/);
  } finally {
    if (NODE_OPTIONS === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = NODE_OPTIONS;
  }
  expect(errors).toEqual(Array(2).fill('the log could not be opened: trying again'));
  await open();
});

it('while nobody writes, nobody else gets the directory; it is read, and goes on once there is another', async () => {
  const log = await open();
  await log.append('events', numbered(0, 3));
  const { NODE_OPTIONS } = process.env;
  process.env.NODE_OPTIONS = `--import data:text/javascript,process.kill(process.pid,'SIGKILL')`;
  try {
    process.kill(writers()[0]!, 'SIGKILL');
    await vi.waitUntil(() => /opened again: .* has ended by itself/.test(log.space!.reason ?? ''), patience);
    expect(log.space!.takes).toBe('nothing');
    await expect(log.append('events', numbered(3, 1))).rejects.toMatchObject({ code: 'full' });
    await expect(openLmdbLog({ directory, shard: 's', runtime: nodeRuntime })).rejects.toMatchObject({
      code: 'in-use',
    });
    expect(await held(log)).toEqual([0, 1, 2]);
  } finally {
    if (NODE_OPTIONS === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = NODE_OPTIONS;
  }
  await vi.waitUntil(() => log.space!.takes === 'all', patience);
  await log.append('events', numbered(3, 1));
  expect(await held(log)).toEqual([0, 1, 2, 3]);
}, 60_000);

it('is read by the table of who writes, also where the link to that goes as it is opened', async () => {
  const link = join(directory, 'log.mdb-lock');
  let cleaning = true;
  const cleaner = (async () => {
    while (cleaning) {
      await rm(link, { force: true });
      await new Promise(setImmediate);
    }
  })();
  for (let round = 0; round < 15; round++) {
    const log = await open();
    const before = await log.head('events');
    for (let n = 0; n < 5; n++) await log.append('events', numbered(before + n, 1));
    expect(await held(log)).toEqual(Array.from({ length: before + 5 }, (_, n) => n));
    await log.close();
  }
  cleaning = false;
  await cleaner;
}, 120_000);
