import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { generateData } from '../support/generated-data.js';
import { type Namespace, namespacesMissing } from '../support/namespaces.js';
import { OwnDisk, reasonsOf } from '../support/own-disk.js';
import { type PostgresServer, postgresMissing, startPostgres } from '../support/postgres.js';
import { call, hsm, loadNodes, xnames } from '../support/service.js';

/*
 * Disks that turn read-only or stop to answer under a service; those of a database server and of exports that are full.
 */

const missing = namespacesMissing();
const [a, b, c] = xnames(3) as [string, string, string];

describe.skipIf(missing !== null)(missing ?? 'a disk that fails', { timeout: 120_000 }, () => {
  let own: OwnDisk;
  let space: Namespace;
  let disk: string;

  beforeEach(async () => {
    own = await OwnDisk.make();
    ({ space, disk } = own);
  });
  afterEach(async () => {
    // Nothing ends that waits for a frozen disk.
    await space.sh(`fsfreeze -u ${disk} 2>/dev/null || true`);
    await own.end();
  });

  const start = (...args: string[]) => own.serve(args).ready();
  /** Exit code and output. */
  const holdfast = async (...args: string[]): Promise<[number, string]> => {
    const printed = await space.sh(`${own.holdfast(...args)}; echo "code $?"`);
    const [, output, code] = /^(.*)code (\d+)\n$/s.exec(printed)!;
    return [Number(code), output!];
  };
  const reserve = (url: string, id: string) =>
    hsm(url, '/locks/service/reservations', { ComponentIDs: [id], ReservationDuration: 5 });
  const status = async (url: string, id: string) => {
    const { status: code, body } = await hsm(url, '/locks/status', { ComponentIDs: [id] });
    return [code, body.Components?.[0].Reserved];
  };
  const until = (url: string, shown: RegExp) =>
    vi.waitUntil(async () => shown.test(await reasonsOf(url)), { timeout: 40_000, interval: 100 });
  /** How long each look at `/livez` waited, which answered each. */
  const livezFor = async (url: string, milliseconds: number) => {
    const waited: number[] = [];
    for (const end = performance.now() + milliseconds; performance.now() < end; await sleep(100)) {
      const asked = performance.now();
      expect((await call(url, 'GET', '/livez')).status).toBe(200);
      waited.push(performance.now() - asked);
    }
    return waited;
  };
  /**
   * All that is asked is answered while what is written waits for up to 400 ms each time: no device here can be slowed
   * down.
   */
  const slowly = async (url: string, key: string) => {
    const going = { on: true };
    const during = async (ask: () => Promise<{ status: number }>) => {
      const told: number[] = [];
      while (going.on) told.push((await ask()).status);
      return told;
    };
    const pulses = space.sh(
      `for n in 1 2 3 4 5 6 7 8 9 10; do fsfreeze -f ${disk}; sleep 0.4; fsfreeze -u ${disk}; sleep 0.05; done`,
    );
    const lanes = [
      during(() =>
        hsm(url, '/locks/service/reservations/renew', {
          ReservationKeys: [{ ID: a, Key: key }],
          ReservationDuration: 1,
          ProcessingModel: 'rigid',
        }),
      ),
      during(() =>
        hsm(url, '/locks/lock', { ComponentIDs: [c] }).then(() => hsm(url, '/locks/unlock', { ComponentIDs: [c] })),
      ),
    ];
    const silences = await livezFor(url, 4_000);
    await pulses;
    going.on = false;
    for (const told of await Promise.all(lanes)) expect([...new Set(told)]).toEqual([200]);
    expect(Math.max(...silences)).toBeLessThan(1_000);
    expect(await reasonsOf(url)).toBe('200 ');
  };
  const fill = (at: string) =>
    space.sh(`dd if=/dev/zero of=${at}/other bs=64K status=none 2>/dev/null
      dd if=/dev/zero of=${at}/other bs=4K oflag=append conv=notrunc status=none 2>/dev/null; true`);

  test('that turns read-only: changes get 503, reads go on, and once it is mended all that was answered is there', async () => {
    await space.ext4(disk, 160);
    const one = await start('--data', join(disk, 'data'));
    await loadNodes(one.url, [a, b]);
    expect((await reserve(one.url, a)).status).toBe(200);
    // At rest: a write of the read model that is cut short leaves nothing to read, see below.
    await sleep(1_500);
    // As the kernel does it itself where the device fails: files are open, so a plain remount is refused.
    await space.sh(`mount -o remount,abort ${disk}`);
    await until(one.url, /^503 .*disk .* cannot be written \(EROFS\)/);
    const refused = await reserve(one.url, b);
    expect([refused.status, refused.body.detail]).toEqual([503, expect.stringContaining('disk')]);
    // The read model is on that disk, too, and cannot follow.
    const shown = await hsm(one.url, '/locks/status', { ComponentIDs: [a] }, { consistency: 'eventual' });
    expect([shown.status, shown.body.Components?.[0].Reserved]).toEqual([200, true]);
    expect((await call(one.url, 'GET', '/livez')).status).toBe(200);
    await one.kill('SIGTERM');
    await space.sh(`umount ${disk}; e2fsck -fy ${disk}.img >/dev/null; mount -o loop ${disk}.img ${disk}`);
    const two = await start('--data', join(disk, 'data'));
    expect([await status(two.url, a), await status(two.url, b)]).toEqual([
      [200, true],
      [200, false],
    ]);
    expect((await reserve(two.url, b)).status).toBe(200);
  });

  test('of the read model alone that turns read-only while it is written: changes go on, no read waits for long, and a start makes it whole', async () => {
    const model = join(disk, 'data', 'read-model');
    await space.sh(`mkdir -p ${model}`);
    await space.ext4(model, 160);
    const one = await start('--data', join(disk, 'data'));
    await loadNodes(one.url, [a, b]);
    expect((await reserve(one.url, a)).status).toBe(200);
    const going = { on: true };
    const writing = (async () => {
      const told = new Set<number>();
      for (let n = 0; going.on; n++) {
        const way = n % 2 === 0 ? '/locks/lock' : '/locks/unlock';
        told.add((await hsm(one.url, way, { ComponentIDs: [b] }, { prefer: 'respond-async' })).status);
      }
      return [...told];
    })();
    await sleep(1_500);
    await space.sh(`mount -o remount,abort ${model}`);
    // The embedded database may hang at a commit that fails. That is found out; then whatever is asked of it is
    // answered at once.
    const quick: boolean[] = [];
    await vi.waitUntil(
      async () => {
        const asked = performance.now();
        const shown = await hsm(one.url, '/locks/status', { ComponentIDs: [a] }, { consistency: 'eventual' });
        expect([200, 503]).toContain(shown.status);
        quick.push(performance.now() - asked < 2_000);
        return quick.length >= 12 && quick.slice(-8).every(Boolean);
      },
      { timeout: 60_000, interval: 1_000 },
    );
    expect((await reserve(one.url, b)).status).not.toBe(500);
    expect((await call(one.url, 'GET', '/livez')).status).toBe(200);
    going.on = false;
    expect(await writing).toEqual([202]);
    await one.kill('SIGTERM');
    await space.sh(`umount ${model}; e2fsck -fy ${model}.img >/dev/null; mount -o loop ${model}.img ${model}`);
    const two = await start('--data', join(disk, 'data'));
    expect(await status(two.url, a)).toEqual([200, true]);
    await two.kill('SIGTERM');
    expect((await holdfast('verify', '--data', join(disk, 'data')))[0]).toBe(0);
  });

  test('that stops to answer, or is slow: whoever waits is not told anything false, no lease ends, the process is alive, and it goes on by itself', async () => {
    await space.ext4(disk, 160);
    const one = await start('--data', join(disk, 'data'));
    await loadNodes(one.url, [a, b, c]);
    const key = (await reserve(one.url, a)).body.Success[0].ReservationKey;
    await space.sh(`fsfreeze -f ${disk}`);
    const asked = reserve(one.url, b);
    const silences = await livezFor(one.url, 8_000);
    expect(Math.max(...silences)).toBeLessThan(1_000);
    expect(await reasonsOf(one.url)).toMatch(/^503 .*disk .* does not answer: .* has waited for [5-8] s/);
    await space.sh(`fsfreeze -u ${disk}`);
    const { status: told } = await asked;
    expect([200, 503]).toContain(told);
    await until(one.url, /^200 $/);
    expect(await status(one.url, a)).toEqual([200, true]);
    // What was answered holds; what was not may have been taken all the same.
    const [code, taken] = await status(one.url, b);
    expect([code, taken || told === 503]).toEqual([200, true]);
    expect((await reserve(one.url, b)).status === 200).toBe(!taken);
    await slowly(one.url, key);
    await one.kill('SIGTERM');
    expect((await holdfast('verify', '--data', join(disk, 'data')))[0]).toBe(0);
  });

  test('an export or an import that finds no space says so, and leaves nothing that looks whole', async () => {
    const data = join(own.directory, 'data');
    await generateData(data, { events: 3_000, components: 200, seed: 5 });
    await space.tmpfs(disk, 8);
    await fill(disk);
    const [code, printed] = await holdfast('export', '--data', data, '--out', join(disk, 'export'));
    expect([code, printed]).toEqual([
      2,
      expect.stringMatching(/^holdfast: .*cannot be written there \(ENOSPC\).*free/m),
    ]);
    await space.sh(`rm ${disk}/other`);
    expect(await readdir(space.outside(join(disk, 'export'))).catch(() => [])).toEqual([]);

    const whole = join(own.directory, 'export');
    expect((await holdfast('export', '--data', data, '--out', whole))[0]).toBe(0);
    const target = join(disk, 'target');
    await mkdir(space.outside(target), { recursive: true });
    await copyFile(join(data, 'secret'), space.outside(join(target, 'secret')));
    await space.sh(`dd if=/dev/zero of=${disk}/other bs=1K count=6900 status=none`);
    const imported = await holdfast('import', whole, '--data', target);
    expect(imported).toEqual([
      expect.toSatisfy((one) => one !== 0),
      expect.stringContaining('no space left on its disk'),
    ]);
    await space.sh(`rm ${disk}/other`);
    for (const command of [['verify'], ['serve', '--port', '0']]) {
      const [refused, said] = await holdfast(...command, '--data', target);
      expect([refused, said]).toEqual([1, expect.stringMatching(/the import into .* did not come to its end/)]);
    }
    await space.sh(
      `cp ${target}/secret ${disk}/secret && rm -r ${target} && mkdir ${target} && mv ${disk}/secret ${target}`,
    );
    expect((await holdfast('import', whole, '--data', target))[0]).toBe(0);
    expect(existsSync(space.outside(join(target, 'unfinished')))).toBe(false);
    expect((await holdfast('verify', '--data', target))[0]).toBe(0);
  });

  const noServer = postgresMissing();
  test.skipIf(noServer !== null)(
    `of a Postgres server, full: changes go on, reads say why not, and it catches up ${noServer ?? ''}`,
    async () => {
      let server: PostgresServer | null = null;
      let at = '';
      try {
        const mount = (path: string) => {
          at = path;
          return space.tmpfs(path, 96);
        };
        server = await startPostgres({ enter: space.enter, mount });
        const url = await server.database();
        const one = await start('--data', join(own.directory, 'data'), '--postgres', url);
        const ids = xnames(200);
        await loadNodes(one.url, ids);
        await fill(at);
        await vi.waitUntil(
          async () => {
            expect((await hsm(one.url, '/locks/lock', { ComponentIDs: ids })).status).toBe(200);
            expect((await hsm(one.url, '/locks/unlock', { ComponentIDs: ids })).status).toBe(200);
            return /^503 .*read model/.test(await reasonsOf(one.url));
          },
          { timeout: 60_000, interval: 10 },
        );
        expect((await reserve(one.url, a)).status).toBe(200);
        expect((await status(one.url, a))[0]).toBe(503);
        await space.sh(`rm ${at}/other`);
        // One that had no room for its journal has ended.
        await server.start().catch(() => {});
        await until(one.url, /^200 $/);
        expect(await status(one.url, a)).toEqual([200, true]);
      } finally {
        await own.endServices();
        await server?.remove();
      }
    },
  );
});
