import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, nodeRuntime, silentLogger } from '@holdfast/log';
import type { open as openLmdb } from 'lmdb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNamespace, fuseMissing, type Namespace, namespacesMissing } from '../../test/support/namespaces.js';
import { openLmdbLog } from './lmdb-log.js';
import type { LmdbLogOptions } from './options.js';

let directory: string;
let closing: (() => Promise<unknown>)[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-hold-'));
  closing = [];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  await rm(directory, { recursive: true });
});

async function open(changes: Partial<LmdbLogOptions> = {}) {
  const log = await openLmdbLog({ directory, shard: 's', runtime: nodeRuntime, ...changes });
  closing.push(() => log.close());
  return log;
}

const record = (value: number) => ({ key: 'k', value: new Uint8Array([value]) });
const lockFiles = async (at = directory) =>
  (await readdir(at)).filter((name) => name.startsWith('lock') || name.endsWith('-lock'));
const removeLocks = async (at = directory) => {
  for (const name of await lockFiles(at)) await rm(join(at, name));
};
const until = async (holds: () => boolean | Promise<boolean>, ms = 3_000) => {
  for (const end = Date.now() + ms; !(await holds()); await new Promise((resolve) => setTimeout(resolve, 20))) {
    if (Date.now() > end) throw new Error('it did not come to pass');
  }
};

describe('a log whose lock files were removed', () => {
  it('is refused to a second opener all the same, and makes its name again', async () => {
    const warned: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (_, message) => warned.push(message) };
    const log = await open({ logger });
    await removeLocks();
    await expect(open()).rejects.toMatchObject({ code: 'in-use' });
    await until(async () => (await lockFiles()).some((name) => /^lock\.\d+$/.test(name)));
    expect(warned.join()).toMatch(/the lock file was removed, and is made again.*LMDB's lock file was removed/s);
    await expect(open()).rejects.toThrow(`in use by this process (${process.pid})`);
    await log.append('events', [record(1)]);
    expect(await log.head('events')).toBe(1);
  });
});

describe('a log that somebody else wrote to', () => {
  /** As a version that takes no lock on the file, its lock files removed: it shares no mutex with us. */
  async function foreign(write: (db: ReturnType<typeof openLmdb>) => void) {
    await removeLocks();
    const script = `
      import { open } from 'lmdb';
      const root = open({ path: process.argv[1], overlappingSync: false, maxDbs: 8 });
      (${write.toString()})(root);
      await root.close();`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, join(directory, 'log.mdb')], {
      stdio: 'inherit',
      cwd: import.meta.dirname,
    });
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
  }

  it('appends nothing more, and gives its readers nothing more', async () => {
    const log = await open();
    await log.append('events', [record(1)]);
    const tail = log.tail('events', 1);
    const waiting = tail.next();
    waiting.catch(() => {});
    await foreign((root) => root.openDB('numbers', { encoding: 'json' }).putSync('opened at', 1));
    const refused = { code: 'in-use', message: expect.stringMatching(/another process wrote to .*holdfast verify/) };
    await expect(log.append('events', [record(2)])).rejects.toMatchObject(refused);
    await expect(waiting).rejects.toMatchObject(refused);
    await expect(log.head('events')).rejects.toMatchObject(refused);
    await expect(log.append('commands', [record(2)])).rejects.toMatchObject(refused);
  });

  it('notices within two seconds, though it appends nothing', async () => {
    const log = await open();
    const waiting = log.tail('events', 0).next();
    waiting.catch(() => {});
    await foreign((root) => root.openDB('numbers', { encoding: 'json' }).putSync('opened at', 1));
    const since = Date.now();
    await expect(waiting).rejects.toMatchObject({ code: 'in-use' });
    expect(Date.now() - since).toBeLessThan(2_000);
  });
});

it('stops where the file is removed or exchanged while it is in use', async () => {
  for (const change of ['remove', 'exchange', 'empty'] as const) {
    const log = await open();
    await log.append('events', [record(1)]);
    const path = join(directory, 'log.mdb');
    if (change === 'remove') await rename(path, `${path}.away`);
    else if (change === 'exchange') {
      await copyFile(path, `${path}.copy`);
      await rename(path, `${path}.away`);
      await rename(`${path}.copy`, path);
    } else
      await writeFile(`${path}.new`, '').then(() =>
        rename(path, `${path}.away`).then(() => rename(`${path}.new`, path)),
      );
    await expect(log.append('events', [record(2)])).rejects.toMatchObject({ code: 'lost' });
    await expect(log.head('events')).rejects.toMatchObject({ code: 'lost' });
    await log.close();
    await rm(directory, { recursive: true });
    await mkdir(directory);
  }
});

const missing = namespacesMissing();
describe.skipIf(missing !== null)(missing ?? 'a directory under two names', () => {
  let space: Namespace;
  const [home, one, two] = ['/tmp/holdfast-two/home', '/tmp/holdfast-two/one', '/tmp/holdfast-two/two'];
  beforeEach(async () => {
    space = await createNamespace();
    await space.tmpfs('/tmp/holdfast-two', 64);
    await space.sh(`mkdir ${home} /tmp/holdfast-two/lower /tmp/holdfast-two/work1 /tmp/holdfast-two/work2`);
  });
  afterEach(() => space.close());
  const at = (path: string) => `${space.outside(path)}/log`;

  /** The first has it; the second is refused, with and without the lock files; then it goes over to the second. */
  async function passes(changes: Partial<LmdbLogOptions> = {}) {
    const first = await open({ directory: at(one), ...changes });
    await first.append('events', [record(1)]);
    await expect(open({ directory: at(two), ...changes })).rejects.toMatchObject({ code: 'in-use' });
    await removeLocks(at(one));
    await expect(open({ directory: at(two), ...changes })).rejects.toMatchObject({ code: 'in-use' });
    await first.append('events', [record(2)]);
    await first.close();
    // After a clean end there is nothing to wait for, by the same name: an overlay may not show what came by another.
    const since = Date.now();
    await (await open({ directory: at(one), ...changes })).close();
    expect(Date.now() - since).toBeLessThan(4_000);
    const second = await open({ directory: at(two), ...changes });
    expect(await second.head('events')).toBe(2);
    await second.close();
  }

  it('says so where its name was removed and cannot be made again, until it can', async () => {
    await space.sh(`mkdir ${one} && mount -t tmpfs -o nr_inodes=40 tmpfs ${one}`);
    const said: (string | null)[] = [];
    await open({ directory: at(one), conditions: { set: (_, reason) => said.push(reason) } });
    await removeLocks(at(one));
    await space.sh(`for n in $(seq 50); do touch ${one}/$n 2> /dev/null || true; done`);
    await until(() => said.length > 0);
    expect(said[0]).toMatch(/the lock file in .* was removed and cannot be made again.*ENOSPC/);
    await space.sh(`rm ${one}/[0-9]*`);
    await until(() => said.at(-1) === null);
  });

  it('by bind mounts, is one process’s', async () => {
    await space.bind(home, one);
    await space.bind(home, two);
    await passes();
  });

  it('by overlays, where no lock reaches from one to the other, is one process’s', async () => {
    await overlays();
    await passes();
  });

  /** Two overlays of one directory, with the log of the first begun. */
  async function overlays() {
    const layers = { lower: '/tmp/holdfast-two/lower', upper: home };
    await space.overlay({ ...layers, work: '/tmp/holdfast-two/work1' }, one);
    await space.overlay({ ...layers, work: '/tmp/holdfast-two/work2' }, two);
  }

  it('by overlays, is not written to by who was held up since it looked whether another writes', async () => {
    await overlays();
    const runtime = { ...nodeRuntime, after: (ms: number, then: () => void) => nodeRuntime.after(ms / 20, then) };
    const options = {
      directory: at(one),
      shard: 's',
      runtime,
      // Looked up right before the file is opened.
      get look(): 'bounded' {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_100);
        return 'bounded';
      },
    };
    await expect(openLmdbLog(options)).rejects.toMatchObject({
      code: 'in-use',
      message: expect.stringContaining('too long ago'),
    });
    expect((await readFile(join(at(one), 'log.mdb'))).length).toBe(0);
    // It has given everything free.
    await open({ directory: at(one), runtime });
  });

  it('by overlays, whoever meets another while it opens says so, whatever LMDB would make of it', async () => {
    await overlays();
    await (await open({ directory: at(one) })).close();
    /** As a version that takes no lock on the file. */
    const script = `
      import { open } from 'lmdb';
      const root = open({ path: process.argv[1], overlappingSync: false, maxDbs: 8 });
      for (let n = 0; n < 40; n++) root.openDB('numbers', { encoding: 'json' }).putSync('alive at', n);
      process.exit(0);`;
    const args = ['--input-type=module', '-e', script, join(at(two), 'log.mdb')];
    const meets = () => {
      for (const name of readdirSync(at(one))) if (name.endsWith('-lock')) rmSync(join(at(one), name));
      execFileSync(process.execPath, args, { cwd: import.meta.dirname });
      return 0.5;
    };
    const opened = open({ directory: at(one), runtime: { ...nodeRuntime, random: meets } });
    await expect(opened).rejects.toMatchObject({ code: 'in-use', message: expect.stringContaining('another process') });
  });

  const withoutFuse = fuseMissing();
  it.skipIf(withoutFuse !== null)(
    withoutFuse ?? 'by FUSE, is refused unless asked for, and then one process’s',
    async () => {
      await space.fuse(home, one);
      await space.fuse(home, two);
      await expect(open({ directory: at(one) })).rejects.toThrow(/is on FUSE.*--allow-network-fs/);
      await passes({ allowNetworkFs: true });
    },
  );
});
