import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { alive, running, spawnDetached } from './processes.mjs';

/*
 * Stops what was started in a directory, and removes the directory, once a process has ended, however it ended: what
 * tests start must not outlive them, also when they are killed.
 */
const self = fileURLToPath(import.meta.url);

/** @param {number} pid @param {string} directory */
export async function stopWhenEnded(pid, directory) {
  if ((await running(directory, 'watch')) === null) {
    await spawnDetached(directory, 'watch', process.execPath, [self, String(pid), directory]);
  }
}

if (process.argv[1] === self) {
  const [pid, directory = ''] = process.argv.slice(2);
  while (alive(Number(pid))) await sleep(500);
  execFileSync(process.execPath, [fileURLToPath(new URL('kafka.mjs', import.meta.url)), 'stop', '--dir', directory]);
  await rm(directory, { recursive: true });
}
