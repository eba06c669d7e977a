import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeRuntime } from '@holdfast/log';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openLmdbLog } from './lmdb-log.js';

/** HOLDFAST_SOAK=1: the whole proof. */
const rounds = process.env.HOLDFAST_SOAK === '1' ? 60 : 6;
/**
 * In about one of two it ends by itself, so that it may take more until it was once told, before a commit, that nothing
 * can be written.
 */
const roundsMax = 60;

/**
 * Appends in three lanes, and prints each that was acknowledged; refused ones are tried again, as another append of the
 * same.
 */
const child = `
  import { writeSync } from 'node:fs';
  import { nodeRuntime } from '@holdfast/log';
  import { openLmdbLog } from '@holdfast/log-lmdb';
  const log = await openLmdbLog({ directory: process.argv[1], shard: 's', runtime: nodeRuntime });
  setInterval(() => void log.space.look(), 50);
  const told = new Set();
  const lane = async (name) => {
    for (let n = 0; ; n++) {
      const value = Buffer.from(name + n + ' '.repeat(n % 7 === 0 ? 9000 : 200));
      const records = Array.from({ length: 1 + (n % 5) }, () => ({ key: name, value }));
      await log.append(n % 2 ? 'events' : 'commands', records).then(
        () => void writeSync(1, name + n + '\\n'),
        (error) => {
          if (error.code !== 'full' && error.code !== 'append-failed') throw error;
          if (!told.has(error.code)) writeSync(1, error.code + '\\n');
          told.add(error.code);
          return new Promise((resolve) => setTimeout(resolve, 5));
        },
      );
    }
  };
  const names = Array.from({ length: 3 }, (_, n) => process.argv[2] + 'abc'[n] + '.');
  writeSync(1, 'open\\n');
  await Promise.all(names.map(lane));
`;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-writes-'));
});
afterEach(() => rm(directory, { recursive: true }));

const lines: string[] = [];
const start = async (name: string) => {
  const args = ['--input-type=module', '-e', child, directory, name];
  const started = spawn(process.execPath, args, { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stderr: '' };
  started.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
  const ended = once(started, 'close');
  const opened = new Promise<void>((resolve) => {
    createInterface({ input: started.stdout }).on('line', (line) => (line === 'open' ? resolve() : lines.push(line)));
  });
  await Promise.race([opened, ended.then(() => Promise.reject(new Error(said.stderr)))]);
  return { started, ended, said };
};

it.skipIf(process.platform !== 'linux')(
  `${rounds} times nothing can be written from one moment to the next: the process lives and goes on, or ends by itself, and what was acknowledged is there`,
  async () => {
    let one = await start('0');
    const ends: string[] = [];
    for (let round = 1; round <= rounds || (round <= roundsMax && !lines.includes('full')); round++) {
      const limit = (bytes: string) =>
        execFileSync('prlimit', [`--pid=${one.started.pid}`, `--fsize=${bytes}`], { stdio: 'pipe' });
      await sleep(100 + 7 * (round % 13));
      // Of whatever file.
      limit('0:unlimited');
      await sleep(150);
      const [before, gone] = [lines.length, () => one.started.exitCode !== null || one.started.signalCode !== null];
      try {
        limit('unlimited');
      } catch {
        // It has ended.
      }
      for (let waited = 0; lines.length === before && !gone(); waited++) {
        expect(waited, one.said.stderr).toBeLessThan(500);
        await sleep(20);
      }
      if (!gone()) continue;
      await one.ended;
      // The C library may find the damage before LMDB has told of it.
      expect(`${one.started.signalCode}: ${one.said.stderr}`).toMatch(
        /^(SIGKILL: .*could not be written .*(LMDB damaged|LMDB writes nothing more)|SIGABRT: .*(malloc|free|corrupted|unaligned))/s,
      );
      ends.push(one.started.signalCode === 'SIGABRT' ? 'abort' : /damaged|nothing more/.exec(one.said.stderr)![0]);
      one = await start(String(round));
    }
    one.started.kill('SIGKILL');
    await one.ended;
    if (rounds > 6) process.stdout.write(`of ${rounds} times it ended by itself ${ends.length} times: ${ends}\n`);
    const acknowledged = lines.filter((line) => line.includes('.'));
    expect(lines).toContain('full');
    expect(acknowledged.length).toBeGreaterThan(rounds);
    const log = await openLmdbLog({ directory, shard: 's', runtime: nodeRuntime, look: 'all' });
    const found = new Set<string>();
    for (const stream of ['events', 'commands'] as const) {
      const [tail, head] = [log.tail(stream, 0), await log.head(stream)];
      for (let position = 0; position < head; ) {
        const records = (await tail.next())!;
        for (const { value } of records) found.add(Buffer.from(value).toString().trimEnd());
        position += records.length;
      }
      tail.close();
    }
    await log.close();
    expect(acknowledged.filter((line) => !found.has(line))).toEqual([]);
  },
  120_000,
);
