import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { holdfast, type Ran } from '../support/cli.js';
import { scratch } from '../support/service.js';

/* Every command, as a process, where it cannot do what it is told: how it ends, and what it says. */

const [node, key] = ['x0c0s0b0n0', 'x0c0s0b0n0=secret'];
/** Nobody listens there. */
const [nowhere, broker] = ['http://127.0.0.1:1', '127.0.0.1:1'];
const onKafka = ['--kafka', broker, '--registry', nowhere];
const position = ['--past', '7', '--reason', 'a test'];

let place: Awaited<ReturnType<typeof scratch>>;
const at = (...names: string[]) => join(place.directory, ...names);
beforeAll(async () => {
  place = await scratch();
  await writeFile(at('fleet.json'), JSON.stringify({ components: [{ ID: node, Type: 'Node' }] }));
});
afterAll(() => place.remove());

/** What each needs to get as far as its server, broker or database; null: it asks none. */
const reaching: Record<string, (() => string[]) | null> = {
  serve: () => ['--port', '0', '--data', at('serve'), '--secret-file', at('secret'), ...onKafka],
  demo: null,
  status: () => [node],
  lock: () => [node],
  unlock: () => [node],
  disable: () => [node],
  repair: () => [node],
  remove: () => [node],
  reserve: () => [node, '--keys-file', at('keys')],
  renew: () => [key],
  release: () => [key],
  check: () => [key],
  history: () => [node],
  holders: () => [],
  at: () => ['7'],
  tail: () => [],
  level: () => [],
  'level raise': () => [],
  import: () => [at('fleet.json')],
  sync: () => ['--from', nowhere],
  copy: () => ['--from-topics', 'a,b', ...position, '--data', at('copy'), ...onKafka],
  verify: () => ['--data', at('verify'), ...onKafka],
  seal: () => ['--data', at('seal'), ...onKafka],
  export: () => ['--out', at('out'), '--data', at('export'), ...onKafka],
  replay: () => ['--until', '7', '--data', at('replay'), ...onKafka],
  rebuild: () => ['--data', at('rebuild'), '--postgres', 'postgres://127.0.0.1:1/none', ...onKafka],
};
const toServer = new Set(
  'status lock unlock disable repair remove reserve renew release check history holders at tail level import'.split(
    ' ',
  ),
);
const isToServer = (name: string) => toServer.has(name.split(' ')[0]!);

/** A few at once, as each is a process. */
async function each<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += 4) await Promise.all(items.slice(from, from + 4).map(run));
}

function expectPlain({ stdout, stderr }: Ran, name: string): void {
  expect([name, stdout]).toEqual([name, '']);
  expect(stderr, name).toMatch(/^(holdfast|error): /m);
  // No stack, and no word of the file system's alone.
  expect(stderr, name).not.toMatch(/^\s+at |^holdfast: E[A-Z]+:/m);
}

test('the table has every command that the help has', async () => {
  const { stdout } = await holdfast(['--help']);
  const listed = [...stdout.matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name]) => name!);
  const commands = listed.filter((name) => name !== 'help');
  expect([...new Set(Object.keys(reaching).map((name) => name.split(' ')[0]!))].sort()).toEqual(commands.sort());
});

test('wrong usage ends with 2, whichever command', async () => {
  await each(Object.keys(reaching), async (name) => {
    const ran = await holdfast([...name.split(' '), '--no-such-option']);
    expect([name, ran.code]).toEqual([name, 2]);
    expect(ran.stderr, name).toMatch(/^error: (unknown option '--no-such-option'|required option)/);
  });
}, 120_000);

test('whatever cannot be reached ends with 3, and is named', async () => {
  await writeFile(at('secret'), Buffer.alloc(32, 7).toString('base64url'));
  const names = Object.keys(reaching).filter((name) => reaching[name] !== null);
  await each(names, async (name) => {
    const args = reaching[name]!();
    const ran = await holdfast([...name.split(' '), ...args, ...(isToServer(name) ? ['--server', nowhere] : [])]);
    expect([name, ran.code, ran.stderr]).toEqual([name, 3, expect.stringMatching(/127\.0\.0\.1:1\b/)]);
    expectPlain(ran, name);
  });
  // A keys file is made before the request is sent, and not left where it was not.
  expect(existsSync(at('keys'))).toBe(false);
}, 240_000);

const missing: [option: string, args: () => string[]][] = [
  ['--tokens', () => ['serve', '--tokens', at('none')]],
  ['--secret-file', () => ['serve', '--secret-file', at('none')]],
  ['--kafka-ca', () => ['serve', '--kafka', broker, '--kafka-ca', at('none')]],
  ['--kafka-cert', () => ['verify', '--kafka', broker, '--kafka-cert', at('none')]],
  ['--kafka-key', () => ['seal', '--kafka', broker, '--kafka-key', at('none')]],
  ['--kafka-password-file', () => ['serve', '--kafka', broker, '--kafka-password-file', at('none')]],
  ['--registry-password-file', () => ['serve', '--kafka', broker, '--registry-password-file', at('none')]],
  ['--keys-file', () => ['renew', '--keys-file', at('none')]],
  ['--keys-file', () => ['release', '--keys-file', at('none')]],
  ['--keys-file', () => ['check', '--keys-file', at('none')]],
  ['--keys-file', () => ['reserve', node, '--keys-file', at('none', 'keys')]],
  ['--cacert', () => ['status', '--cacert', at('none')]],
  ['', () => ['import', at('none')]],
  ['', () => ['verify', '--export', at('none')]],
  ['--data', () => ['verify', '--data', at('none')]],
  ['--data', () => ['export', '--out', at('new'), '--data', at('none')]],
  ['--from-data', () => ['copy', ...position, '--data', at('new'), '--from-data', at('none')]],
];

test('a file or directory that is not there is named with its option, and nothing is made', async () => {
  await each(missing, async ([option, args]) => {
    const [name, ran] = [args().join(' '), await holdfast(args())];
    expect([name, ran.code]).toEqual([name, 2]);
    expect(ran.stderr, name).toContain(`${option} ${at('none')}`.trim());
    expectPlain(ran, name);
  });
  expect([existsSync(at('none')), existsSync(at('new'))]).toEqual([false, false]);
}, 120_000);

const wrong: [args: () => string[], why: RegExp][] = [
  [
    () => ['serve', '--host', '0.0.0.0', '--data', at('new')],
    /--host 0\.0\.0\.0 can be reached by others: give --tokens/,
  ],
  [() => ['serve', '--role', 'api', '--data', at('new')], /--role api needs --kafka/],
  [() => ['serve', '--port', 'http'], /--port.*must be a whole number/],
  [() => ['serve', '--tokens', at('fleet.json')], /--tokens \S+fleet\.json: .*must hold a list of tokens/],
  [() => ['serve', '--secret-file', at('fleet.json')], /--secret-file \S+: .*at least 32 bytes/],
  [() => ['verify', '--from', 'nonsense'], /--from "nonsense" is neither a file nor a seal/],
  [() => ['verify', '--from', place.directory], /--from \S+ cannot be read: it is a directory/],
  [() => ['replay', '--until', 'yesterday', '--data', at('none')], /--until must be a sequence/],
  [() => ['export', '--out', at('fleet.json'), '--data', at('none')], /--data \S+none holds no log/],
  [() => ['rebuild', 'nonsense'], /there is no projection nonsense/],
  [() => ['import', place.directory], /is no export: it has no manifest\.json/],
  [() => ['lock', node, '--actor', 'alice', '--token', 'a'.repeat(16)], /--actor alice beside a token/],
  [() => ['history', 'x0', '--server', 'locks:1'], /--server locks:1 is no URL of a server/],
  [
    () => ['history', 'nonsense'],
    /history nonsense: give a component by its xname, .* or a provider or consumer .* UUID/,
  ],
  [
    () => ['replay', '--until', '7', '--diff', '9', '--data', at('none')],
    /--diff 9 is after --until 7: give the earlier/,
  ],
];

test('settings that cannot be are told, and end with 2', async () => {
  await each(wrong, async ([args, why]) => {
    const [name, ran] = [args().join(' '), await holdfast(args())];
    expect([name, ran.code, ran.stderr]).toEqual([name, 2, expect.stringMatching(why)]);
    expect(ran.stderr, name).not.toMatch(/^\s+at /m);
  });
  expect(existsSync(at('new'))).toBe(false);
}, 120_000);

test('a port that is in use is found before anything is made', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const ran = await holdfast(['serve', '--port', String(port), '--data', at('new')]);
  server.close();
  expect(ran).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(new RegExp(`port ${port} .*in use.*another --port`)),
  });
  expectPlain(ran, 'serve');
  expect(existsSync(at('new'))).toBe(false);
  const elsewhere = await holdfast(['serve', '--port', '0', '--host', '192.0.2.1', '--insecure', '--data', at('new')]);
  expect(elsewhere).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/--host 192\.0\.2\.1 is no address of this/),
  });
  expect(existsSync(at('new'))).toBe(false);
}, 60_000);

const stranger = { uid: 65_534, gid: 65_534 };
const bin = new URL('../../services/cli/bin/holdfast.cjs', import.meta.url).pathname;
/** To run as somebody else one must be root, and that one must be able to read the program. */
const may = spawnSync(process.execPath, [bin, '--version'], stranger).status === 0;

describe.skipIf(!may)('somebody who may not', () => {
  function asStranger(...args: string[]): Ran {
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
      ...stranger,
      cwd: '/',
      encoding: 'utf8',
    });
    return { code: status ?? -1, stdout, stderr };
  }

  test('is told so, and not that there is nothing, or to take another file system', async () => {
    await chmod(place.directory, 0o755);
    await mkdir(at('others', 'log'), { recursive: true });
    await writeFile(at('others', 'log', 'log.mdb'), '');
    await chmod(at('others'), 0o700);
    const kinds: [number, ...string[]][] = [
      [1, 'serve', '--port', '0', '--data', at('others')],
      [1, 'serve', '--port', '0', '--data', at('another')],
      [2, 'verify', '--data', at('others')],
      [2, 'export', '--out', at('new'), '--data', at('others')],
      [2, 'copy', ...position, '--from-data', at('others'), '--data', at('new')],
      [2, 'serve', '--tokens', at('others', 'tokens')],
      [2, 'renew', '--keys-file', at('others', 'keys')],
    ];
    for (const [code, ...args] of kinds) {
      const ran = asStranger(...args);
      expect([args.join(' '), ran.code]).toEqual([args.join(' '), code]);
      expect(ran.stderr).toMatch(/this user may not.*run as its owner.*\(EACCES\)/);
      expect(ran.stderr).not.toMatch(/file system|holds no log/);
      expect(ran.stderr).toContain(place.directory);
    }
  });
});
