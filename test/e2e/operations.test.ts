import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLogger } from '@holdfast/log';
import { openPglite } from '@holdfast/projections';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { holdfast } from '../support/cli.js';
import { loadNodes, ServedProcess, scratch, xnames } from '../support/service.js';

/* The commands of an operator, as processes, against a service that is one too. */

const fleet = xnames(60);
let data: Awaited<ReturnType<typeof scratch>>;
let served: ServedProcess | null = null;
let keysFile: string;

const run = (...args: string[]) => holdfast([...args, '--server', served!.url]);
const onLog = (command: string, ...args: string[]) => holdfast([command, '--data', data.directory, ...args]);

beforeAll(async () => {
  data = await scratch();
  keysFile = join(data.directory, 'keys.json');
  served = await new ServedProcess(['--data', data.directory]).ready();
  await loadNodes(served.url, fleet);
});
afterAll(async () => {
  await served?.kill();
  await data.remove();
});

test('locks are set, shown and lifted', async () => {
  const locked = await run('lock', ...fleet.slice(0, 25), '--reason', 'Wartung');
  expect(locked).toMatchObject({ code: 0, stderr: '' });
  expect(locked.stdout).toMatch(/^25 components locked\n/);
  expect(locked.stdout).toContain('... and 5 more (--all shows them)');
  const { stdout } = await run('status', '--json', '--locked', '--type', 'Node', '--type', 'NodeBMC');
  expect(JSON.parse(stdout).Components).toHaveLength(25);
  expect((await run('status', fleet[0]!)).stdout).toMatch(
    new RegExp(`^1 component: 1 locked, 0 reserved, 0 disabled\\n.*\\n${fleet[0]} +locked`),
  );
  expect(await run('unlock', '--locked', `!${fleet[0]}`)).toMatchObject({ code: 0 });
  expect((await run('status', '--no-locked')).stdout).toMatch(/^59 components: 0 locked/);
  expect(await run('unlock', fleet[0]!)).toMatchObject({ code: 0 });
});

test('a reservation is made, checked, renewed and released by a file of keys', async () => {
  await run('lock', ...fleet.slice(0, 2));
  const reserved = await run('reserve', ...fleet.slice(0, 2), '--minutes', '5', '--keys-file', keysFile);
  expect(reserved).toMatchObject({ code: 0 });
  const { reservations } = JSON.parse(await readFile(keysFile, 'utf8'));
  expect(reserved.stdout).not.toContain(reservations[0].ReservationKey);
  expect((await stat(keysFile)).mode & 0o777).toBe(0o600);
  expect(await run('reserve', fleet[0]!, '--keys-file', keysFile)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('exists already'),
  });
  const refused = await run('reserve', ...fleet.slice(1, 3));
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stdout).toMatch(/0 components reserved[\s\S]*refused[\s\S]*Reserved/);
  expect(await run('check', '--keys-file', keysFile)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^2 reservations valid/),
  });
  expect(await run('renew', '--keys-file', keysFile, '--minutes', '9')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^2 components renewed/),
  });
  const pair = `${reservations[0].ID}=${reservations[0].ReservationKey}`;
  expect(await run('release', pair)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^1 component released/) });
  expect(await run('release', '--keys-file', keysFile, '--flexible')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('1 component refused'),
  });
  await run('unlock', '--locked');
});

test('the same idempotency key does it once', async () => {
  const key = ['--idempotency-key', '0192e4a0-5f30-4000-8000-00000000c0de', '--json'];
  const reserve = ['reserve', fleet[5]!, '--admin', ...key];
  await run('lock', fleet[5]!);
  const [first, second] = [await run(...reserve), await run(...reserve)];
  expect(JSON.parse(first.stdout).Success).toHaveLength(1);
  expect(second.stdout).toBe(first.stdout);
  expect(await run('remove', fleet[5]!)).toMatchObject({ code: 0 });
});

test.each([
  [['lock'], 2, /nothing is selected/],
  [['lock', 'nonsense'], 2, /not a valid xname/],
  [['status', '--minutes', '3'], 2, /unknown option/],
  [['renew'], 2, /XNAME=KEY/],
  [
    ['lock', 'x0c0s0b0n0', '--server', 'http://127.0.0.1:1/'],
    3,
    /nobody listens at http:\/\/127\.0\.0\.1:1: .*\nNothing was sent\./,
  ],
])(
  '%j ends with %i, and says what to do',
  async (args, code, why) => {
    const ran = await holdfast(
      ['--server', '--data'].includes(args.at(-2)!)
        ? args
        : [...args, ...(args[1] === '--minutes' ? [] : ['--server', served!.url])],
    );
    expect(ran).toMatchObject({ code, stderr: expect.stringMatching(why) });
  },
  60_000,
);

test('the log is verified once the service has stopped; then nothing hides what is changed', async () => {
  const busy = await onLog('verify');
  expect(busy).toMatchObject({ code: 3, stderr: expect.stringMatching(/in use by process \d+.*stop that one/) });
  await served!.kill('SIGTERM');
  const seal = await onLog('seal');
  expect(await onLog('verify', '--from', seal.stdout)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('60 rows of the read model'),
  });
  const forged = JSON.stringify({ ...JSON.parse(seal.stdout), hash: 'another' });
  expect(await onLog('verify', '--from', forged)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('hash "another"'),
  });
  const database = await openPglite(join(data.directory, 'read-model'), silentLogger);
  const forge = (set: string) => database.query(`UPDATE holdfast.component SET ${set} WHERE xname = $1`, [fleet[40]!]);
  for (const half of ['locked = true', 'lock_token = 1']) await expect(forge(half)).rejects.toThrow('lock_has_token');
  await forge('locked = true, lock_token = 1');
  await database.close();
  const found = await onLog('verify', '--json');
  expect(found.code).toBe(1);
  expect(JSON.parse(found.stdout).difference).toMatchObject({ where: 'read model', subject: fleet[40] });
  const replayed = JSON.parse((await onLog('replay', '--until', new Date().toISOString(), '--json')).stdout);
  expect(replayed.components).toHaveLength(60);
  const outside = await onLog('replay', '--until', '2999-01-01');
  expect(outside).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/is outside the log, which ends at/),
  });
  expect((await onLog('replay', '--until', 'yesterday')).stderr).toContain('--until must be a sequence');
}, 120_000);
