import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { servedEach } from '../support/served-each.js';
import { hsm, loadNodes, ServedProcess, xnames } from '../support/service.js';

const fleet = xnames(40);
const data = servedEach();

function serve(...args: string[]): ServedProcess {
  const process = new ServedProcess(['--data', data.directory, ...args]);
  data.keep(process);
  return process;
}

interface Component {
  ID: string;
  Locked: boolean;
}

async function locked(url: string): Promise<string[]> {
  const { body } = await hsm(url, '/locks/status', {});
  return body.Components.filter(({ Locked }: Component) => Locked).map(({ ID }: Component) => ID);
}

test('what was answered survives kill -9, twenty times over', async () => {
  let served = await serve().ready();
  await loadNodes(served.url, fleet);
  const answered: string[] = [];
  for (let round = 0; round < 20; round++) {
    // One answered, one in flight when the process dies.
    const [first, second] = fleet.slice(round * 2);
    await hsm(served.url, '/locks/lock', { ComponentIDs: [first] });
    answered.push(first!);
    const inFlight = hsm(served.url, '/locks/lock', { ComponentIDs: [second] }).then(
      ({ status }) => status === 200,
      () => null,
    );
    await served.kill();
    const told = await inFlight;
    served = await serve().ready();
    const now = await locked(served.url);
    expect(now).toEqual(expect.arrayContaining(answered));
    if (told === true) answered.push(second!);
    for (const id of answered) expect(now).toContain(id);
    // Whatever became of the one without an answer, it is decided once and for all.
    if (told === null && now.includes(second!)) answered.push(second!);
  }
}, 300_000);

test('a read model that was deleted comes back by itself', async () => {
  let served = await serve().ready();
  await loadNodes(served.url, fleet);
  await hsm(served.url, '/locks/lock', { ComponentIDs: fleet.slice(0, 3) });
  await served.kill();
  await rm(join(data.directory, 'read-model'), { recursive: true });
  served = await serve().ready();
  expect(await locked(served.url)).toEqual(fleet.slice(0, 3));
}, 60_000);

test('a read model that was damaged comes back by itself', async () => {
  let served = await serve().ready();
  await loadNodes(served.url, fleet);
  await hsm(served.url, '/locks/lock', { ComponentIDs: fleet.slice(0, 3) });
  await served.kill();
  await writeFile(join(data.directory, 'read-model', 'global', 'pg_control'), 'damaged');
  served = await serve().ready();
  expect(await locked(served.url)).toEqual(fleet.slice(0, 3));
}, 60_000);

test('a second process on the same directory is refused, and says why', async () => {
  await serve().ready();
  const second = serve();
  await expect(second.ready()).rejects.toThrow(/another process|in use/);
  expect(await second.exited).toBe(3);
  expect(second.output).toContain(data.directory);
}, 60_000);

test('a secret that is gone is not made anew for a log that is there', async () => {
  const served = await serve().ready();
  await served.kill('SIGTERM');
  const secret = join(data.directory, 'secret');
  await rename(secret, `${secret}.kept`);
  const second = serve();
  await expect(second.ready()).rejects.toThrow(`${secret} is not there, and the log was begun with a secret`);
  expect(await second.exited).toBe(1);
  await expect(access(secret)).rejects.toMatchObject({ code: 'ENOENT' });
  await rename(`${secret}.kept`, secret);
  await (await serve().ready()).kill('SIGTERM');
}, 60_000);

/**
 * `npm start` as it is, without building what other tests run at this moment; or one that leaves the shell between npm
 * and the service.
 */
async function npmStart(between: boolean): Promise<ServedProcess> {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: { start: string } };
  const exec = scripts.start
    .replace('npm run --silent build', 'true')
    .replace(/services\/\S+/, (path) => resolve(path));
  expect(exec).toMatch(/^true && exec .* serve$/);
  const start = between ? `${exec.replace('true && exec', 'run() {')} "$@"; true; }; run` : exec;
  await writeFile(join(data.directory, 'package.json'), JSON.stringify({ scripts: { start } }));
  const npm = (command: string[]) => ['npm', '--prefix', data.directory, 'start', '--', ...command.slice(3)];
  return new ServedProcess(['--data', data.directory], {}, npm).ready();
}

// npm itself passes on SIGTERM and SIGINT, and dies of the others.
test.each([
  { signal: 'SIGTERM', between: false },
  { signal: 'SIGHUP', between: false },
  { signal: 'SIGKILL', between: false },
  { signal: 'SIGHUP', between: true },
  { signal: 'SIGKILL', between: true },
] as const)(
  'a signal to npm start stops the service, and leaves none behind: $signal (a shell between: $between)',
  async ({ signal, between }) => {
    const served = await npmStart(between);
    // Resolves once all who hold its output have ended.
    await served.kill(signal);
    expect(served.output).toContain('Stopping.');
    if (signal !== 'SIGTERM')
      expect(served.output).toMatch(/"reason":"npm \(process \d+\), which started this, has ended/);
    await (await serve().ready()).kill('SIGTERM');
  },
  240_000,
);

test('a service that a script of npm leaves in the background outlives npm', async () => {
  const script = `nohup ${process.execPath} ${resolve('services/cli/bin/holdfast.cjs')} serve --port 0 --data memory & sleep 3; echo $!`;
  await writeFile(join(data.directory, 'package.json'), JSON.stringify({ scripts: { start: script } }));
  const { stdout } = await promisify(execFile)('sh', [
    '-c',
    `npm --silent --prefix ${data.directory} start > ${join(data.directory, 'out')} 2>&1; tail -n 1 ${join(data.directory, 'out')}`,
  ]);
  const pid = Number(stdout.trim());
  onTestFinished(() => void process.kill(pid, 'SIGKILL'));
  await sleep(3_000);
  expect(() => process.kill(pid, 0)).not.toThrow();
  expect(await readFile(join(data.directory, 'out'), 'utf8')).not.toContain('Stopping');
}, 60_000);

test('another secret is refused, and says why', async () => {
  const served = await serve().ready();
  await served.kill('SIGTERM');
  const file = join(data.directory, 'another');
  await writeFile(file, randomBytes(32).toString('base64url'));
  const second = serve('--secret-file', file);
  await expect(second.ready()).rejects.toThrow(/another key secret/);
  expect(await second.exited).toBe(1);
}, 60_000);
