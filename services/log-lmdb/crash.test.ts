import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { nodeRuntime } from '@holdfast/log';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { build, here } from './fixture.js';
import { openLmdbLog } from './lmdb-log.js';

/**
 * Appends from where the log ends, several appends at a time, and prints how far all is acknowledged. Values are
 * positions.
 */
const child = `
  import { writeSync } from 'node:fs';
  import { nodeRuntime } from '@holdfast/log';
  import { openLmdbLog } from '@holdfast/log-lmdb';
  const log = await openLmdbLog({ directory: process.argv[1], shard: 's', runtime: nodeRuntime });
  let next = await log.head('events');
  writeSync(1, 'open\\n');
  const lane = async () => {
    for (;;) {
      const first = next;
      next += 1 + (first % 40);
      const records = Array.from({ length: next - first }, (_, i) => ({ key: 'k', value: Buffer.from(String(first + i).padEnd(first % 3 === 0 ? 9000 : 10)) }));
      await log.append('events', records);
      writeSync(1, first + records.length + '\\n');
    }
  };
  await Promise.all([lane(), lane(), lane()]);
`;

let directory: string;
let running: ChildProcess[];
beforeAll(build);
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-crash-'));
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map(kill));
  await rm(directory, { recursive: true });
});

function start(): { process: ChildProcess; lines: Interface } {
  const started = spawn(process.execPath, ['--input-type=module', '-e', child, directory], {
    cwd: here,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(started);
  return { process: started, lines: createInterface({ input: started.stdout! }) };
}

async function kill(victim: ChildProcess): Promise<void> {
  if (victim.exitCode !== null || victim.signalCode !== null) return;
  const exited = once(victim, 'exit');
  victim.kill('SIGKILL');
  await exited;
}

const open = () => openLmdbLog({ directory, shard: 's', runtime: nodeRuntime });

it('keeps everything acknowledged through kill -9, again and again, and opens at once afterwards', async () => {
  for (let round = 1; round <= 8; round++) {
    const { process: victim, lines } = start();
    let [count, acknowledged] = [0, 0];
    for await (const line of lines) {
      if (line !== 'open') acknowledged = Number(line);
      // Killed after some more appends each time; what it still prints until it is dead counts too.
      if (++count === 20 * round) victim.kill('SIGKILL');
    }
    expect(acknowledged).toBeGreaterThan(0);
    const log = await open();
    const head = await log.head('events');
    expect(head).toBeGreaterThanOrEqual(acknowledged);
    const tail = log.tail('events', 0);
    for (let position = 0; position < head; ) {
      for (const record of (await tail.next()) ?? []) {
        expect(Number(Buffer.from(record.value).toString())).toBe(position);
        expect(record.position).toBe(position++);
      }
    }
    await log.close();
  }
});

it('refuses a second process while the first lives, paused or not, and no longer', async () => {
  const { process: first, lines } = start();
  await once(lines, 'line');
  await expect(open()).rejects.toThrow(`${directory} is in use by process ${first.pid}`);
  first.kill('SIGSTOP');
  await expect(open()).rejects.toMatchObject({ code: 'in-use' });
  await kill(first);
  await (await open()).close();
});
