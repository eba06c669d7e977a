import { execFile, spawn } from 'node:child_process';
import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const pollMs = 100;

/** True where the program can be run. @param {string} program @param {string[]} args */
export async function answers(program, args) {
  try {
    await run(program, args);
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts a program that outlives this one, with its output in `<directory>/<name>.log` and its id in `<name>.pid`.
 * @param {string} directory
 * @param {string} name
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<number>} its process id
 */
export async function spawnDetached(directory, name, program, args, env = process.env) {
  const log = await open(join(directory, `${name}.log`), 'a');
  try {
    const child = spawn(program, args, { cwd: directory, env, detached: true, stdio: ['ignore', log.fd, log.fd] });
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    child.unref();
    const pid = /** @type {number} */ (child.pid);
    await writeFile(pidFile(directory, name), String(pid));
    return pid;
  } finally {
    await log.close();
  }
}

/** Id of the process that runs under this name, or null. @param {string} directory @param {string} name */
export async function running(directory, name) {
  const text = await readFile(pidFile(directory, name), 'utf8').catch(() => '');
  const pid = Number(text);
  // Ids are used again: after a crash it may belong to a stranger, so its command line must name our directory.
  return pid > 0 && alive(pid) && (await isOurs(pid, directory)) ? pid : null;
}

/**
 * Ends the process and waits for its end. @param {string} directory @param {string} name @param {boolean} kill
 * @param {number} timeoutMs after which it is killed
 */
export async function stopProcess(directory, name, kill, timeoutMs = 30_000) {
  const pid = await running(directory, name);
  if (pid !== null) {
    process.kill(pid, kill ? 'SIGKILL' : 'SIGTERM');
    const end = Date.now() + timeoutMs;
    while (alive(pid)) {
      if (Date.now() > end) process.kill(pid, 'SIGKILL');
      await sleep(pollMs / 4);
    }
  }
  await rm(pidFile(directory, name), { force: true });
  return pid !== null;
}

/** @param {number} pid */
export function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * Polls until `ready`; throws with the end of the log when the process ends first or the time is over.
 * @param {string} directory @param {string} name @param {() => Promise<boolean>} ready
 */
export async function waitUntil(directory, name, ready, timeoutMs = 60_000) {
  const end = Date.now() + timeoutMs;
  while (!(await ready())) {
    const ended = (await running(directory, name)) === null;
    if (ended || Date.now() > end) {
      const log = join(directory, `${name}.log`);
      const last = (await readFile(log, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-15).join('\n');
      throw new Error(`${name} ${ended ? 'ended' : 'did not answer'}. The end of ${log}:\n${last}`);
    }
    await sleep(pollMs);
  }
}

/** `wanted`, or a free port where that is 0. Throws when it is taken. @param {number} wanted */
export function freePort(wanted) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', () => reject(new Error(`port ${wanted} is taken by another process: give another one`)));
    server.listen(wanted, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/**
 * Sends bytes to a port; true once anything comes back.
 * @param {number} port @param {Uint8Array} request @returns {Promise<boolean>}
 */
export function replies(port, request) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(request));
    /** @param {boolean} answer */
    const settle = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(2_000, () => settle(false));
    socket
      .once('data', () => settle(true))
      .once('error', () => settle(false))
      .once('close', () => settle(false));
  });
}

/** @param {string} directory @param {string} name */
const pidFile = (directory, name) => join(directory, `${name}.pid`);

/** @param {number} pid @param {string} directory */
async function isOurs(pid, directory) {
  const { stdout } = await run('ps', ['-ww', '-o', 'args=', '-p', String(pid)]).catch(() => ({ stdout: directory }));
  return stdout.includes(directory);
}
