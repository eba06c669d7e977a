import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { freePort } from '../../infra/processes.mjs';
import { copyCheckout } from '../support/copied-checkout.js';
import { ended } from '../support/ended.js';
import { call, scratch } from '../support/service.js';

/* `npm run dev`, as CONTRIBUTING has it, in a copy of this checkout, of which a source can be changed. */

const soon = { timeout: 120_000, interval: 100 };
const timeout = 150_000;

let at: string;
let remove: () => Promise<void>;
let port: number;
let dev: ChildProcess;
let exited: Promise<[code: number | null, signal: NodeJS.Signals | null]>;
let output = '';

beforeAll(async () => {
  const { directory, remove: removeScratch } = await scratch();
  [at, remove] = [join(directory, 'checkout'), removeScratch];
  copyCheckout(at, { built: true });
  port = await freePort(0);
  // A group of its own, as at a terminal.
  dev = spawn('npm', ['run', 'dev', '--', '--port', String(port)], {
    cwd: at,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [dev.stdout!, dev.stderr!]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  // Not `exit`: whoever is left of it has its output.
  exited = new Promise((resolve) => dev.once('close', (code, signal) => resolve([code, signal])));
});
afterAll(async () => {
  try {
    process.kill(-dev.pid!, 'SIGKILL');
  } catch {
    // All of it has ended.
  }
  await remove?.();
});

const get = async (path: string) => {
  const { status, body } = await call(`http://127.0.0.1:${port}`, 'GET', path, undefined, {
    accept: 'application/json',
  });
  return { status, body };
};
const ready = () =>
  vi.waitFor(async () => expect(await get('/readyz')).toMatchObject({ status: 200, body: { ready: true } }), soon);
const nameServed = async () => (await get('/')).body.name;

/** Where the name stands that `/` says. */
const source = () => join(at, 'services/api/ops/routes.ts');
const write = (from: string, to: string) => {
  const text = readFileSync(source(), 'utf8');
  expect(text.split(from)).toHaveLength(2);
  writeFileSync(source(), text.replace(from, to));
};

test('it builds, and serves in memory', { timeout }, async () => {
  await ready();
  expect(output).toContain('Data: in memory');
  expect(await nameServed()).toBe('Holdfast');
});

test('while what was changed does not compile, what was there before goes on', { timeout }, async () => {
  write("name: 'Holdfast',", 'name: ,');
  await vi.waitFor(() => expect(output).toContain('it does not compile; what was there before goes on'), soon);
  expect(await nameServed()).toBe('Holdfast');
});

test('a change that compiles is served, by a service begun anew', { timeout }, async () => {
  write('name: ,', "name: 'Holdfast, changed',");
  await vi.waitFor(async () => expect(await nameServed()).toBe('Holdfast, changed'), soon);
  await ready();
  expect(output.match(/Stopping\./g)).toHaveLength(1);
  expect(existsSync(join(at, 'data'))).toBe(false);
});

test('Ctrl-C ends it cleanly, and leaves no process behind', { timeout }, async () => {
  process.kill(-dev.pid!, 'SIGINT');
  expect(await exited).toEqual([0, null]);
  await ended(-dev.pid!);
  expect(output.match(/Stopping\./g)).toHaveLength(2);
  expect(await freePort(port)).toBe(port);
  expect(workingIn(at)).toEqual([]);
});

/** Command lines of the processes, of whatever group, that work in a directory; Linux alone tells. */
function workingIn(directory: string): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((id) => {
      try {
        const works = `${readlinkSync(`/proc/${id}/cwd`)}/`.startsWith(`${directory}/`);
        return works ? [readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ')] : [];
      } catch {
        // It has ended, or is somebody else's.
        return [];
      }
    });
}
