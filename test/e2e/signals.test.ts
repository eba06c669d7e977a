import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { childrenOf } from '../support/children.js';
import { pythonMissing } from '../support/python.js';
import { servedEach } from '../support/served-each.js';
import { call, ServedProcess } from '../support/service.js';

const data = servedEach();
const soon = { timeout: 60_000, interval: 50 };

function serve(...args: string[]): ServedProcess {
  const served = new ServedProcess(['--data', 'memory', ...args], { HOLDFAST_LOG_LEVEL: 'info' });
  data.keep(served);
  return served;
}

/** Of stderr: each an object of JSON. */
function logged(served: ServedProcess) {
  return served.output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

const who = (name: string) => ({ token: `token-of-${name}-0000`, name, roles: ['admin'] });
const by = (name: string) => ({ authorization: `Bearer token-of-${name}-0000` });

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s once, or again at once as npm passes it on, is a clean stop',
  async (signal) => {
    const served = await serve().ready();
    served.send(signal);
    served.send(signal);
    expect([await served.exited, served.endedBy]).toEqual([0, null]);
    expect(served.output.match(/Stopping\./g)).toHaveLength(1);
  },
);

test('a signal at any moment of a start is a clean stop', async () => {
  for (let after = 200; after <= 5_000; after += 600) {
    const directory = join(data.directory, String(after));
    const served = new ServedProcess(['--data', directory]);
    data.keep(served);
    void served.ready().catch(() => {});
    await sleep(after);
    served.send('SIGTERM');
    await served.exited;
    // What Node needs to begin is no start: nothing was printed, and nothing made.
    if (served.endedBy !== null) expect([served.output, existsSync(directory)]).toEqual(['', false]);
    else expect([after, await served.exited]).toEqual([after, 0]);
  }
}, 180_000);

test('SIGHUP without tokens ends nothing, and is told', async () => {
  const served = await serve().ready();
  served.send('SIGHUP');
  await vi.waitFor(() => expect(served.output).toContain('SIGHUP: there are no tokens to read again'), soon);
  expect((await call(served.url, 'GET', '/livez')).status).toBe(200);
}, 180_000);

test('SIGHUP reads tokens again: at once for requests and streams, and a bad file keeps the old ones', async () => {
  const tokens = join(data.directory, 'tokens.json');
  const give = (value: unknown) => writeFile(tokens, typeof value === 'string' ? value : JSON.stringify(value));
  await give([who('alice'), who('bob')]);
  const served = await serve('--tokens', tokens).ready();
  expect(served.output).toContain('one of 2 tokens');
  const status = async (name: string) =>
    (await call(served.url, 'GET', '/hsm/v2/locks/status?type=Node', undefined, by(name))).status;
  const follow = async (name: string) => {
    const response = await fetch(`${served.url}/audit/events?follow=true&from=-1`, { headers: by(name) });
    expect(response.status).toBe(200);
    const follower = { ended: false };
    void response.text().then(
      () => (follower.ended = true),
      () => {},
    );
    return follower;
  };
  const [ofAlice, ofBob] = [await follow('alice'), await follow('bob')];
  const hangUp = async (said: string) => {
    const before = served.output.length;
    served.send('SIGHUP');
    await vi.waitFor(() => expect(served.output.slice(before)).toContain(said), soon);
  };

  for (const bad of [
    '[{',
    [],
    [{ ...who('carol'), roles: ['root'] }],
    [who('alice'), { ...who('alice'), name: 'x' }],
  ]) {
    await give(bad);
    await hangUp('the tokens were not read again: those from before go on counting');
    expect([await status('alice'), await status('bob'), await status('carol')]).toEqual([200, 200, 401]);
  }
  const reasons = logged(served).flatMap(({ level, reason }) => (level === 50 ? [reason] : []));
  expect(reasons).toEqual([
    expect.stringContaining('is not valid JSON'),
    expect.stringContaining('must hold a list of tokens'),
    expect.stringContaining('entry 1: roles must be a list of'),
    expect.stringContaining('entry 2: token is that of entry 1, too'),
  ]);
  expect([ofAlice.ended, ofBob.ended]).toEqual([false, false]);

  await give([who('alice'), who('carol')]);
  await hangUp(`${tokens} was read again, and its 2 tokens count from now on`);
  expect([await status('alice'), await status('bob'), await status('carol')]).toEqual([200, 401, 200]);
  await vi.waitFor(() => expect(ofBob.ended).toBe(true), soon);
  expect(ofAlice.ended).toBe(false);
  // Another role is another right, also for what is under way.
  await give([{ ...who('alice'), roles: ['reader'] }]);
  await hangUp('its 1 tokens');
  await vi.waitFor(() => expect(ofAlice.ended).toBe(true), soon);
}, 180_000);

test('clients that leave a stream, or an answer, are nobody’s error', async () => {
  const served = await serve().ready();
  const { hostname, port } = new URL(served.url);
  const leave = async (path: string, accept: string) => {
    const socket = connect(Number(port), hostname);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: ${accept}\r\n\r\n`);
    await once(socket, 'data');
    socket.resetAndDestroy();
  };
  const paths = ['/audit/events?follow=true&from=1', '/audit/events?from=1', '/docs', '/openapi/audit.yaml'];
  for (const path of paths) for (const accept of ['*/*', 'text/event-stream']) await leave(path, accept);
  await vi.waitFor(() => {
    const ended = logged(served).filter(({ msg, path }) => msg === 'request' && path === '/audit/events');
    expect(ended).toHaveLength(4);
    expect(ended.some(({ status }) => status === 'aborted')).toBe(true);
  }, soon);
  expect(logged(served).filter(({ level }) => level > 30)).toEqual([]);
  expect(served.output).not.toMatch(/\n\s+at |\\n\s+at /);
}, 180_000);

/** Starts a command at a terminal of its own, closes that when the file says so, and prints how it ended. */
const closing = `
import os, pty, sys, time
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
while b'serving at' not in open(sys.argv[1], 'rb').read():
    time.sleep(0.05)
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

test.skipIf(pythonMissing() !== null)(
  'a terminal that is closed ends what was started at it, cleanly',
  async () => {
    const out = join(data.directory, 'out');
    await writeFile(out, '');
    const command = `exec ${process.execPath} services/cli/bin/holdfast.cjs serve --port 0 --data memory > ${out}`;
    const child = spawn('python3', ['-c', closing, out, 'sh', '-c', command], { stdio: ['ignore', 'pipe', 'inherit'] });
    let printed = '';
    child.stdout.on('data', (chunk) => {
      printed += chunk;
    });
    await once(child, 'close');
    expect(printed.trim()).toBe('0');
  },
  180_000,
);

test('the process that writes the log ends with a service that a signal to the whole group stops', async () => {
  const directory = join(data.directory, 'data');
  const served = await serve('--data', directory).ready();
  const writers = childrenOf(served.pid);
  expect(writers).toHaveLength(1);
  for (const pid of [...writers, served.pid]) process.kill(pid, 'SIGINT');
  expect([await served.exited, served.endedBy]).toEqual([0, null]);
  expect(() => process.kill(writers[0]!, 0)).toThrow('ESRCH');
}, 180_000);
