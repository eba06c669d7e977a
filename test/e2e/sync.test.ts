import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Service } from '@holdfast/cli/service';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { holdfast } from '../support/cli.js';
import { call, hsm, serviceFor } from '../support/service.js';

/*
 * `holdfast sync` as an operator runs it, from an HSM that is another Holdfast: its exit codes, what it says, and that
 * it goes on. What it changes is tested beside it.
 */

let source: Service;
let own: Service;
beforeAll(async () => {
  source = await serviceFor();
  own = await serviceFor();
  await hsm(source.url, '/State/Components', { Components: nodes(20) });
}, 120_000);
afterAll(async () => {
  await source.close();
  await own.close();
});

const nodes = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ ID: `x0c0s${n}b0n0`, State: 'Ready', Role: 'Compute' }));

const sync = (...args: string[]) => holdfast(['sync', '--server', own.url, ...args]);
const from = () => ['--from', `${source.url}/hsm/v2`];

test('0 where it is in step, 1 where a dry run finds a difference or something was not done', async () => {
  const dry = await sync(...from(), '--dry-run');
  expect([dry.code, dry.stdout]).toEqual([1, expect.stringContaining('would be 20 added')]);
  const first = await sync(...from());
  expect([first.code, first.stdout, first.stderr]).toEqual([0, expect.stringContaining(' 20 added'), '']);
  expect(await sync(...from(), '--dry-run')).toMatchObject({ code: 0, stderr: '' });
  // With the path before it or without.
  expect(await sync('--from', source.url)).toMatchObject({ code: 0 });
  await hsm(own.url, '/locks/service/reservations', { ComponentIDs: ['x0c0s19b0n0'], ReservationDuration: 15 });
  await call(source.url, 'DELETE', '/hsm/v2/State/Components/x0c0s19b0n0');
  const held = await sync(...from());
  expect([held.code, held.stderr]).toEqual([1, expect.stringContaining('x0c0s19b0n0')]);
  expect(held.stderr).toContain('it stays');
  expect((await call(own.url, 'GET', '/hsm/v2/State/Components/x0c0s19b0n0')).status).toBe(200);
  expect(await sync(...from(), '--delete-held')).toMatchObject({ code: 0 });
  expect((await call(own.url, 'GET', '/hsm/v2/State/Components/x0c0s19b0n0')).status).toBe(404);
}, 120_000);

test.each<[string, string[], RegExp]>([
  ['no source', [], /--from/],
  ['a source that is no URL', ['--from', 'nonsense'], /--from nonsense is no URL/],
  ['a user in it', ['--from', 'http://me:secret@localhost/'], /--from holds a user.*HOLDFAST_FROM_TOKEN/],
  ...['-1', '100.1', '200', 'many'].map((percent): [string, string[], RegExp] => [
    `${percent} percent`,
    ['--from', 'http://localhost', '--delete-max-percent', percent],
    /--delete-max-percent.*from 0 to 100/,
  ]),
  [
    'an interval that overflows',
    ['--from', 'http://localhost', '--interval', '2147484'],
    /--interval.*from 1 to 86400/,
  ],
  [
    'a time-out above that of each request',
    ['--from', 'http://localhost', '--timeout', '301'],
    /--timeout.*from 1 to 300/,
  ],
  ['an interval that is none', ['--from', 'http://localhost', '--interval', 'soon'], /--interval/],
  [
    'a file without certificates',
    ['--from', 'https://localhost', '--from-cacert', '/dev/null'],
    /--from-cacert \/dev\/null/,
  ],
])('2 for %s, by name', async (_, args, why) => {
  const { code, stderr } = await sync(...args);
  expect([code, stderr]).toEqual([2, expect.stringMatching(why)]);
  expect(stderr).not.toMatch(/--server(?! <)|secret|--cacert/);
});

test('3 where either does not answer, which is named by its own option', async () => {
  const nobody = 'http://127.0.0.1:1';
  const there = await sync('--from', nobody);
  expect([there.code, there.stderr]).toEqual([
    3,
    expect.stringMatching(/nobody listens at http:\/\/127\.0\.0\.1:1: .*--from/),
  ]);
  expect(there.stderr).not.toMatch(/--server|HOLDFAST_SERVER|npm start/);
  const here = await holdfast(['sync', '--server', nobody, ...from()]);
  expect([here.code, here.stderr]).toEqual([3, expect.stringMatching(/nobody listens at .*--server/)]);
  expect(here.stderr).not.toContain('--from');
}, 120_000);

test('what the source refuses is told with what its token is given by', async () => {
  const closed = await serviceFor({
    api: { tokens: [{ token: 't', name: 'r', roles: ['reader'] }] },
  });
  onTestFinished(() => closed.close());
  const refused = await sync('--from', closed.url);
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringMatching(/401 .*HOLDFAST_FROM_TOKEN, or with --from-token/),
  ]);
  const env = { HOLDFAST_FROM_TOKEN: 't' };
  expect((await holdfast(['sync', '--server', own.url, '--from', closed.url, '--dry-run'], env)).stderr).toContain(
    '--delete-max-percent',
  );
}, 120_000);

/** Takes connections and answers nothing; with `head`, begins an answer that never ends. */
async function silentHsm(head = false): Promise<string> {
  const server = createServer((_, response) => {
    if (head) response.writeHead(200, { 'content-type': 'application/json' }).write('{"Components":[');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.each([false, true])(
  '3 where the source takes the request and is silent (within its answer: %s)',
  async (head) => {
    const url = await silentHsm(head);
    const { code, stderr } = await sync('--from', url, '--timeout', '1');
    expect([code, stderr]).toEqual([3, `holdfast: ${url} did not answer (waited 1 s): check --from\n`]);
    const here = await holdfast(['sync', '--server', url, ...from(), '--timeout', '1']);
    expect([here.code, here.stderr]).toEqual([
      3,
      expect.stringMatching(/did not answer \(waited 1 s\): check --server/),
    ]);
  },
  60_000,
);

/** A way to the source that can be broken off, and can fail. */
class Way {
  failing = false;
  #server: Server | null = null;
  #port = 0;

  async open(): Promise<string> {
    const server = createServer((incoming, outgoing) => {
      if (this.failing)
        return outgoing.writeHead(500, { 'content-type': 'application/json' }).end('{"detail":"no database"}');
      request(`${source.url}${incoming.url}`, { headers: incoming.headers }, (answer) => {
        outgoing.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(outgoing);
      }).end();
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    return `http://127.0.0.1:${this.#port}`;
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise<void>((resolve) => (this.#server === null ? resolve() : this.#server.close(() => resolve())));
  }
}

function following(url: string, ...more: string[]): { child: ChildProcess; said: () => string } {
  const args = [
    'services/cli/bin/holdfast.cjs',
    'sync',
    '--server',
    own.url,
    '--from',
    url,
    '--follow',
    '--interval',
    '1',
    ...more,
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream!.on('data', (chunk: Buffer) => (text += chunk));
  return { child, said: () => text };
}

test('--follow sees a change with the next pass, and goes on once an HSM that was away, or failed, is back', async () => {
  const way = new Way();
  const { child, said } = following(await way.open());
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await way.close();
  });
  const soon = (look: () => unknown) => vi.waitFor(look, { timeout: 60_000, interval: 200 });
  const stateHere = async (id: string) => (await call(own.url, 'GET', `/hsm/v2/State/Components/${id}`)).body.State;
  const turn = (id: string, State: string) =>
    hsm(source.url, '/State/Components', { Components: [{ ID: id, State, Role: 'Compute' }], Force: true });

  await soon(() => expect(said()).toContain('0 not done'));
  await turn('x0c0s0b0n0', 'Off');
  await soon(async () => expect(await stateHere('x0c0s0b0n0')).toBe('Off'));

  way.failing = true;
  await soon(() => expect(said()).toMatch(/500 no database[\s\S]*Trying again in 1 s/));
  await turn('x0c0s1b0n0', 'Off');
  way.failing = false;
  await soon(async () => expect(await stateHere('x0c0s1b0n0')).toBe('Off'));

  await way.close();
  await soon(() => expect(said()).toMatch(/nobody listens at .*--from[\s\S]*Trying again in 1 s/));
  await turn('x0c0s2b0n0', 'Off');
  expect(await stateHere('x0c0s2b0n0')).toBe('Ready');
  await way.open();
  await soon(async () => expect(await stateHere('x0c0s2b0n0')).toBe('Off'));
  expect(child.exitCode).toBeNull();
}, 240_000);

test('--follow says that a silent source did not answer, tries again, and ends with 0 where it is told to', async () => {
  const { child, said } = following(await silentHsm(), '--timeout', '1');
  onTestFinished(() => void child.kill('SIGKILL'));
  const again = /did not answer \(waited 1 s\): check --from\nTrying again in 1 s/g;
  await vi.waitFor(() => expect(said().match(again)).toHaveLength(2), { timeout: 60_000, interval: 200 });
  const ended = new Promise((resolve) => child.once('exit', (...how) => resolve(how)));
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
}, 120_000);

test.each(['SIGTERM', 'SIGINT'] as const)(
  '--follow between two passes ends with 0 by %s',
  async (signal) => {
    const { child, said } = following(source.url, '--interval', '3600');
    onTestFinished(() => void child.kill('SIGKILL'));
    await vi.waitFor(() => expect(said()).toContain(' not done'), { timeout: 60_000, interval: 200 });
    const ended = new Promise((resolve) => child.once('exit', (...how) => resolve(how)));
    child.kill(signal);
    expect(await ended).toEqual([0, null]);
  },
  120_000,
);
