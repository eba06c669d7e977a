import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { freePort } from '../../infra/processes.mjs';
import { testModules } from '../modules.js';
import { type Namespace, namespacesMissing } from '../support/namespaces.js';
import { OwnDisk, reasonsOf } from '../support/own-disk.js';
import { call, hsm, loadNodes, xnames } from '../support/service.js';

const missing = namespacesMissing();
const [a, b, c] = xnames(3) as [string, string, string];
/** A lease of a minute ends within 8 s. */
const fastClock = {
  HOLDFAST_CLOCK_FACTOR: '8',
  NODE_OPTIONS: `--import ${fileURLToPath(new URL('../support/fast-clock.mjs', import.meta.url))}`,
};
/** Of the small disk. PGlite's files take about 40. */
const megabytes = 100;

describe.skipIf(missing !== null)(missing ?? 'a service whose disk is full', { timeout: 240_000 }, () => {
  let own: OwnDisk;
  let space: Namespace;
  let disk: string;

  beforeEach(async () => {
    own = await OwnDisk.make();
    ({ space, disk } = own);
    await space.tmpfs(disk, megabytes);
  });
  afterEach(() => own.end());

  const start = (args: string[] = [], env: Record<string, string> = {}) =>
    own.serve(['--data', join(disk, 'data'), ...args], env);
  /** What it prints. */
  const refusedStart = async (): Promise<string> => {
    const one = start();
    const printed = await one.ready().then(String, (error: Error) => error.message);
    expect(await one.exited).toBe(1);
    return printed;
  };
  /** Another writer takes all that is left, but for some kilobytes. */
  const fill = (kilobytes = 0, at = disk) =>
    space.sh(`dd if=/dev/zero of=${at}/spare bs=1K count=${kilobytes} status=none
      dd if=/dev/zero of=${at}/other bs=64K oflag=append conv=notrunc status=none 2>/dev/null
      dd if=/dev/zero of=${at}/other bs=4K oflag=append conv=notrunc status=none 2>/dev/null
      rm ${at}/spare`);
  const free = (at = disk) => space.sh(`rm ${at}/other`);
  const holdfast = (...args: string[]) => space.sh(own.holdfast(...args));

  const reserve = (url: string, id: string) =>
    hsm(url, '/locks/service/reservations', { ComponentIDs: [id], ReservationDuration: 1 });
  const renew = (url: string, key: string) =>
    hsm(url, '/locks/service/reservations/renew', {
      ReservationKeys: [{ ID: a, Key: key }],
      ReservationDuration: 1,
      ProcessingModel: 'rigid',
    });
  const until = (url: string, shown: RegExp) =>
    vi.waitUntil(async () => shown.test(await reasonsOf(url)), { timeout: 60_000, interval: 100 });

  /**
   * Renews as a holder does, who tries again, until the log's reserve is used up. What the read model gives back
   * meanwhile is taken.
   */
  const useUp = async (url: string, key: string): Promise<void> => {
    for (let tries = 0; ; tries++) {
      expect(tries).toBeLessThan(5_000);
      const { status } = await renew(url, key);
      if (status === 200) continue;
      expect(status).toBe(503);
      if (/^503 .*reserve is used up/.test(await reasonsOf(url))) return;
      await fill();
    }
  };

  test('changes are refused and say so, renewals and releases go on, and all goes on when there is space', async () => {
    const one = await start().ready();
    await loadNodes(one.url, [a, b, c]);
    const held = await reserve(one.url, a);
    const key = held.body.Success[0].ReservationKey;
    const other = (await reserve(one.url, c)).body.Success[0].ReservationKey;
    await fill();
    await until(one.url, /^503 .*disk .* is full .*only renewals and releases/);
    const refused = await reserve(one.url, b);
    expect([refused.status, refused.body.detail]).toEqual([503, expect.stringContaining('disk')]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect((await renew(one.url, key)).status).toBe(200);
    const released = await hsm(one.url, '/locks/service/reservations/release', {
      ReservationKeys: [{ ID: c, Key: other }],
      ProcessingModel: 'rigid',
    });
    expect(released.status).toBe(200);
    for (const { name, e2e } of testModules) {
      const { method, path, body, headers, statusIn } = e2e.write;
      const asked = await call(one.url, method, path, body, headers);
      expect([name, asked.status, statusIn(asked.body)]).toEqual([name, 503, 503]);
    }
    const { body: metrics } = await call(one.url, 'GET', '/metrics');
    expect(metrics).toMatch(/^holdfast_disk_free_bytes\{shard="shard-0"\} \d+$/m);
    expect(metrics).toMatch(/^holdfast_not_ready\{shard="shard-0",part="disk"\} 1$/m);
    await free();
    await until(one.url, /^200 $/);
    expect((await reserve(one.url, b)).status).toBe(200);
    await one.kill('SIGTERM');
    expect(await holdfast('verify', '--data', join(disk, 'data'))).toMatch(/^verified: /);
    // Once each.
    expect(one.output.match(/"part":"disk","reason":"[^"]* is full.*"not ready"/g)).toHaveLength(1);
  });

  test('once the reserve is used up nothing is taken, not even a tick, and no lease ends', async () => {
    const one = await start(['--disk-reserve-mb', '1', '--queue-age-max', '30'], fastClock).ready();
    await loadNodes(one.url, [a, b]);
    const key = (await reserve(one.url, a)).body.Success[0].ReservationKey;
    await fill();
    await until(one.url, /^503 .*only renewals/);
    await useUp(one.url, key);
    expect([(await renew(one.url, key)).status, (await reserve(one.url, b)).status]).toEqual([503, 503]);
    // More than the lease lasts, by its clock.
    for (const until = Date.now() + 10_000; Date.now() < until; await sleep(100)) await fill();
    // Nobody knows whether it has ended: what waits for nothing shows it, and says so.
    const asked = [one.url, '/locks/status', { ComponentIDs: [a] }] as const;
    const shown = await hsm(...asked, { consistency: 'eventual' });
    expect([shown.status, shown.body.Components[0].Reserved]).toEqual([200, true]);
    expect(shown.headers.get('holdfast-past-expiry')).not.toBeNull();
    expect((await hsm(...asked)).status).toBe(503);
    await free();
    await until(one.url, /^200 $/);
    expect((await renew(one.url, key)).status).toBe(200);
  });

  test('a start on a full disk serves reads, refuses changes, and goes on when there is space', async () => {
    const first = await start().ready();
    await loadNodes(first.url, [a, b]);
    const key = (await reserve(first.url, a)).body.Success[0].ReservationKey;
    await first.kill();
    await fill(2_000);
    const second = await start().ready();
    expect(await reasonsOf(second.url)).toMatch(/^503 .*disk .* is full/);
    const shown = await hsm(second.url, '/locks/status', { ComponentIDs: [a] });
    expect([shown.status, shown.body.Components[0].Reserved]).toEqual([200, true]);
    expect((await reserve(second.url, b)).status).toBe(503);
    expect((await renew(second.url, key)).status).toBe(200);
    await free();
    await until(second.url, /^200 $/);
    expect((await reserve(second.url, b)).status).toBe(200);
  });

  test('a log that goes to a file on the full disk is lost, and ends nothing', async () => {
    const output = join(disk, 'output');
    const into = (command: string[]) => space.enter(['sh', '-c', `exec "$@" >>${output} 2>&1`, 'sh', ...command]);
    own.serve(['--data', join(disk, 'data')], { HOLDFAST_LOG_LEVEL: 'trace' }, into);
    const url = await vi.waitUntil(
      async () => /serving at (\S+)/.exec(await readFile(space.outside(output), 'utf8').catch(() => ''))?.[1],
      { timeout: 120_000, interval: 100 },
    );
    await fill();
    await until(url, /^503 .*only renewals/);
    for (let n = 0; n < 50; n++) expect((await reserve(url, b)).status).toBe(503);
    await free();
    await until(url, /^200 $/);
  });

  test('where only the disk of the read model is full, changes are decided, also after a start, and it catches up by itself', async () => {
    const model = join(disk, 'data', 'read-model');
    await space.tmpfs(model, 46);
    const first = await start().ready();
    await loadNodes(first.url, [a, b]);
    await first.kill();
    await fill(0, model);
    const port = await freePort(0);
    const url = `http://127.0.0.1:${port}`;
    void start(['--port', String(port)])
      .ready()
      .catch(() => {});
    await until(url, /^503 .*read model is full/);
    expect((await reserve(url, b)).status).toBe(200);
    expect((await hsm(url, '/locks/status', { ComponentIDs: [b] })).status).toBe(503);
    await free(model);
    await until(url, /^200 $/);
    const shown = await hsm(url, '/locks/status', { ComponentIDs: [b] });
    expect([shown.status, shown.body.Components[0].Reserved]).toEqual([200, true]);
  });

  test('a new directory on a full disk is refused with a sentence', async () => {
    await fill();
    expect(await refusedStart()).toMatch(/^it ended: holdfast: .*no space left on its disk.*: free some\n$/);
  });

  test('a directory that is read-only is refused with a sentence', async () => {
    const first = await start().ready();
    await first.kill();
    await space.sh(`mount -o remount,ro ${disk}`);
    expect(await refusedStart()).toMatch(/^it ended: holdfast: .*its file system is read-only: make it writable\n$/);
  });
});
