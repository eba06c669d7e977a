import { execFileSync } from 'node:child_process';
import { chmod, chown, lstat, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { holdfast } from '../support/cli.js';
import { namespacesMissing } from '../support/namespaces.js';
import { OwnDisk } from '../support/own-disk.js';
import { servedEach } from '../support/served-each.js';
import { hsm, loadNodes, ServedProcess, xnames } from '../support/service.js';

const data = servedEach();

/** A service that was started with this umask. */
async function serve(umask: string, directory = data.directory): Promise<ServedProcess> {
  const under = (command: string[]) => ['sh', '-c', `umask ${umask}; exec "$@"`, 'sh', ...command];
  const served = new ServedProcess(['--data', directory], {}, under);
  data.keep(served);
  return served.ready();
}

/** What of a directory, itself included, others may do something with, with its mode. */
async function open(directory: string): Promise<string[]> {
  const found: string[] = [];
  const look = async (path: string) => {
    const status = await lstat(path).catch(() => null);
    if (status === null || status.isSymbolicLink()) return;
    if (status.mode & 0o077) found.push(`${path} ${(status.mode & 0o777).toString(8)}`);
    if (status.isDirectory()) for (const name of await readdir(path)) await look(join(path, name));
  };
  await look(directory);
  return found;
}

test('a data directory and all in it is private, whatever the umask; so is what is written later, and an export', async () => {
  const directory = join(data.directory, 'data');
  const served = await serve('000', directory);
  await loadNodes(served.url, xnames(300));
  await hsm(served.url, '/locks/lock', { ComponentIDs: xnames(3) });
  expect(await open(directory)).toEqual([]);
  expect((await readdir(join(directory, 'read-model'))).length).toBeGreaterThan(10);
  await served.kill('SIGTERM');
  expect(await open(directory)).toEqual([]);
  expect(served.output).not.toContain('was open to other users');
  const out = join(data.directory, 'export');
  // One that is there already may be open to all.
  await mkdir(out);
  await chmod(out, 0o755);
  const said = /Idempotency-Keys.* hashes of reservation keys.* for this user alone/;
  expect(await holdfast(['export', '--help'])).toMatchObject({ code: 0, stdout: expect.stringMatching(said) });
  const exported = await holdfast(['export', '--data', directory, '--out', out]);
  expect(exported).toMatchObject({ code: 0, stdout: expect.stringMatching(said) });
  expect(await open(out)).toEqual([`${out} 755`]);
  await chmod(out, 0o700);
  expect(await holdfast(['rebuild', '--data', directory])).toMatchObject({ code: 0 });
  expect([...(await open(out)), ...(await open(directory))]).toEqual([]);
}, 120_000);

test('one that was wider is narrowed, what is not ours is left alone, and it is said in one line', async () => {
  const directory = join(data.directory, 'data');
  await (await serve('077', directory)).kill('SIGTERM');
  execFileSync('chmod', ['-R', 'a+rwX', directory]);
  await writeFile(join(directory, 'notes.txt'), 'of an operator');
  await chmod(join(directory, 'notes.txt'), 0o644);
  const served = await serve('022', directory);
  expect(await open(directory)).toEqual([`${join(directory, 'notes.txt')} 644`]);
  expect(served.output.match(/was open to other users: the modes of \d{3,} files and directories/g)).toHaveLength(1);
  await served.kill('SIGTERM');
  const again = await serve('022', directory);
  expect(again.output).not.toContain('open to other users');
}, 120_000);

test('a directory that everybody shares is left as it is, and told', async () => {
  const shared = join(data.directory, 'shared');
  await mkdir(shared);
  await chmod(shared, 0o1777);
  const served = await serve('022', shared);
  expect((await lstat(shared)).mode & 0o7777).toBe(0o1777);
  expect(served.output).toContain('is a directory that everybody shares');
}, 180_000);

test('files of secrets that others may read are told, others are not', async () => {
  const [tokens, secret] = [join(data.directory, 'tokens.json'), join(data.directory, 'key')];
  await writeFile(tokens, JSON.stringify([{ token: 'token-of-alice-0000', name: 'alice', roles: ['admin'] }]));
  await writeFile(secret, Buffer.alloc(40, 3).toString('base64'));
  await chmod(tokens, 0o644);
  await chmod(secret, 0o600);
  const served = new ServedProcess(['--data', 'memory', '--tokens', tokens, '--secret-file', secret]);
  data.keep(served);
  await served.ready();
  expect(served.output).toContain(`${tokens} can be read by everybody, and holds a secret: chmod 600 ${tokens}`);
  expect(served.output).not.toContain(`${secret} can be`);
}, 180_000);

/** Users that nobody is here. */
const [owner, server] = [64_321, 64_322];
const noOwners = process.getuid?.() === 0 ? null : 'only root can give a directory to another user';

describe.skipIf(noOwners !== null)(noOwners ?? 'a directory of another user', () => {
  const given = async (mode: number) => {
    const directory = join(data.directory, 'given');
    await mkdir(directory);
    await chown(directory, owner, owner);
    await chmod(directory, mode);
    // A service of another user comes to it, too.
    await chmod(data.directory, 0o755);
    return directory;
  };

  test('is narrowed where the service may do that, and stays that of its owner', async () => {
    const directory = await given(0o775);
    const served = await serve('022', directory);
    expect(served.output).toMatch(/given was open to other users: the modes of 1 files and directories/);
    expect(await stat(directory)).toMatchObject({ uid: owner, mode: 0o40700 });
    expect(await open(directory)).toEqual([]);
  }, 180_000);

  test('is told with the command for its owner where it may not, and what is made in it is private all the same', async () => {
    const directory = await given(0o777);
    const as = ['setpriv', `--reuid=${server}`, `--regid=${server}`, '--clear-groups'];
    const served = data.keep(new ServedProcess(['--data', directory], {}, (command) => [...as, ...command]));
    await served.ready();
    const why = `the mode of ${directory} cannot be changed (it belongs to another user). Let its owner do it: chmod -R go= ${directory}`;
    expect(served.output).toContain(why);
    expect(await stat(join(directory, 'secret'))).toMatchObject({ uid: server, mode: 0o100600 });
    expect(await open(directory)).toEqual([`${directory} 777`]);
  }, 180_000);
});

const noMounts = namespacesMissing();

describe.skipIf(noMounts !== null)(noMounts ?? 'parts of a directory that are mounts of their own', () => {
  test('are narrowed, each where it is mounted', async () => {
    const own = await OwnDisk.make();
    onTestFinished(() => own.end());
    const [directory, elsewhere] = [join(own.directory, 'data'), join(own.directory, 'elsewhere')];
    const [log, readModel] = [join(directory, 'log'), join(directory, 'read-model')];
    await mkdir(elsewhere, { recursive: true });
    await chmod(elsewhere, 0o755);
    await own.space.bind(elsewhere, log);
    await own.space.tmpfs(readModel, 200);
    await own.space.sh(`chmod 777 ${readModel}`);
    const served = own.serve(['--data', directory]);
    await served.ready();
    expect(served.output).toMatch(/data was open to other users: the modes of [23] files and directories/);
    for (const part of [log, readModel]) expect(await open(own.space.outside(part))).toEqual([]);
    expect(await open(elsewhere)).toEqual([]);
    expect((await readdir(elsewhere)).length).toBeGreaterThan(0);
    expect((await readdir(own.space.outside(readModel))).length).toBeGreaterThan(10);
  }, 180_000);
});
