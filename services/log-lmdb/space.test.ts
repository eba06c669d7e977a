import { nodeRuntime } from '@holdfast/log';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createNamespace, type Namespace, namespacesMissing } from '../../test/support/namespaces.js';
import { openLmdbLog } from './lmdb-log.js';
import type { LmdbLog } from './options.js';

const missing = namespacesMissing();
const at = '/tmp/holdfast-small-disk';
const megabyte = 1024 * 1024;

describe.skipIf(missing !== null)(missing ?? 'a log on a small disk', () => {
  let space: Namespace;
  let log: LmdbLog;
  const open = (reserveBytes: number) =>
    openLmdbLog({ directory: `${space.outside(at)}/log`, shard: 's', runtime: nodeRuntime, reserveBytes });

  beforeEach(async () => {
    space = await createNamespace();
    await space.tmpfs(at, 24);
    await space.sh(`dd if=/dev/zero of=${at}/other bs=1M count=8 status=none`);
  });
  afterEach(async () => {
    await log.close();
    await space.close();
  });

  const together = (bytes: number) => Math.ceil(40_000 / bytes);
  const append = (bytes: number) =>
    log.append(
      'commands',
      Array.from({ length: together(bytes) }, () => ({ key: 'k', value: Buffer.alloc(bytes, 1) })),
    );
  const untilFull = async (bytes: number) => {
    for (let n = 0; ; n++) {
      const refused = await append(bytes).then(
        () => null,
        (error: unknown) => error,
      );
      if (refused === null) continue;
      expect(refused).toMatchObject({ code: 'full' });
      expect(await log.head('commands')).toBe(n * together(bytes));
      return n;
    }
  };
  const read = async () => {
    const tail = log.tail('commands', 0);
    const head = await log.head('commands');
    for (let n = 0; n < head; ) {
      for (const { position, value } of (await tail.next())!) {
        expect([position, value[0]]).toEqual([n, 1]);
        n++;
      }
    }
    tail.close();
  };

  test.each([2_000, 20_000, 3 * megabyte])(
    'takes records of %i bytes until there is no room, and again when there is',
    async (bytes) => {
      log = await open(megabyte);
      const before = await untilFull(bytes);
      expect(before).toBeGreaterThan(0);
      expect(log.space.takes).toBe('nothing');
      await expect(append(bytes)).rejects.toMatchObject({ code: 'full' });
      await read();
      // Opened again as it is: a start on a full disk.
      await log.close();
      log = await open(megabyte);
      await read();
      await space.sh(`rm ${at}/other`);
      await log.space.look();
      expect([log.space.takes, log.space.reason]).toEqual(['all', null]);
      for (let n = 0; n < 20; n++) if (bytes < megabyte || n < 1) await append(bytes);
      await read();
    },
  );

  test('that is frozen is told after 5 s, also where nothing is to be written', async () => {
    const frozen = `${at}/frozen`;
    await space.ext4(frozen, 12);
    let ahead = 0;
    const runtime = { ...nodeRuntime, now: () => nodeRuntime.now() + ahead };
    log = await openLmdbLog({ directory: `${space.outside(frozen)}/log`, shard: 's', runtime });
    await space.sh(`fsfreeze -f ${frozen}`);
    try {
      const looked = log.space.look();
      expect(log.space.reason).toBeNull();
      ahead = 6_000;
      expect(log.space.reason).toMatch(/the disk of .* does not answer: what is to be written has waited for 6 s/);
      await space.sh(`fsfreeze -u ${frozen}`);
      await looked;
      expect(log.space.reason).toBeNull();
    } finally {
      await space.sh(`fsfreeze -u ${frozen} 2>/dev/null || true`);
    }
  });

  test('keeps its reserve when another writer takes all the rest at once', async () => {
    log = await open(4 * megabyte);
    for (let n = 0; n < 10; n++) await log.space.look();
    const { reserveBytes } = log.space;
    expect(reserveBytes).toBe((24 * megabyte) / 16);
    await space.sh(`dd if=/dev/zero of=${at}/more bs=4K status=none 2>/dev/null || true`);
    await log.space.look();
    expect([log.space.takes, log.space.freeBytes]).toEqual(['urgent', 0]);
    // Of it a megabyte is left for the last: see `takes`.
    for (let n = 0; n < 5; n++) await append(200);
    await space.sh(`rm ${at}/more`);
    await log.space.look();
    expect(log.space.takes).toBe('all');
  });
});
