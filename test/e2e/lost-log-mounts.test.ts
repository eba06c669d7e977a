import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLogger } from '@holdfast/log';
import { openPglite } from '@holdfast/projections';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { namespacesMissing } from '../support/namespaces.js';
import { OwnDisk } from '../support/own-disk.js';
import { hsm, loadNodes, xnames } from '../support/service.js';

/* What was made from a lost log is set aside where it lies in mounts of its own, which cannot be renamed. */

const missing = namespacesMissing();
const fleet = xnames(4);

describe.skipIf(missing !== null)(missing ?? 'a lost log in a directory of mounts', { timeout: 180_000 }, () => {
  let own: OwnDisk;
  let data: string;
  beforeEach(async () => {
    own = await OwnDisk.make();
    data = join(own.disk, 'data');
  });
  afterEach(() => own.end());

  const served = async <T>(work: (url: string) => Promise<T>) => {
    const one = await own.serve(['--data', data]).ready();
    const result = await work(one.url);
    await one.kill('SIGTERM');
    return result;
  };
  const lock = async (url: string) => expect((await hsm(url, '/locks/lock', { ComponentIDs: fleet })).status).toBe(200);
  const rowsIn = async (directory: string) => {
    const database = await openPglite(own.space.outside(directory), silentLogger);
    try {
      return (await database.query<{ count: number }>('SELECT count(*)::int AS count FROM holdfast.recorded_event'))[0];
    } finally {
      await database.close();
    }
  };
  const filled = () =>
    served(async (url) => {
      await loadNodes(url, fleet);
      await lock(url);
    });
  const acceptLost = async () => {
    await own.space.sh(`rm ${data}/log/log.mdb`);
    const refused = await own
      .serve(['--data', data])
      .ready()
      .then(String, (error: Error) => error.message);
    expect(refused).toContain('holdfast rebuild --accept-lost-log');
    return own.space.sh(own.holdfast('rebuild', '--accept-lost-log', '--data', data));
  };

  test('is set aside within each of them, can be read there, and stays when a new log is begun', async () => {
    await own.space.tmpfs(own.disk, 20);
    await own.space.tmpfs(data, 40);
    await own.space.tmpfs(join(data, 'read-model'), 100);
    await own.space.tmpfs(join(data, 'snapshots'), 10);
    await filled();
    await own.space.sh(`touch ${data}/snapshots/one`);
    const before = await rowsIn(join(data, 'read-model'));
    const said = await acceptLost();
    const [, rows] = /(\S+\/read-model\/lost-\S+)/.exec(said) ?? [];
    expect([rows, said]).toEqual([expect.any(String), expect.stringMatching(/\/snapshots\/lost-/)]);
    await served(async (url) => {
      await loadNodes(url, fleet);
      await lock(url);
    });
    expect(await rowsIn(rows!)).toEqual(before);
    const kept = /\S+\/snapshots\/lost-\S+/.exec(said)![0];
    expect(await readdir(own.space.outside(kept))).toContain('one');
  });

  test('is copied beside where an overlay does not rename what lies below it', async () => {
    const [lower, upper] = [join(own.directory, 'lower'), join(own.directory, 'upper')];
    await own.space.tmpfs(upper, 150);
    await own.space.sh(`mkdir -p ${lower} ${upper}/changes ${upper}/work`);
    await own.space.bind(lower, own.disk);
    await filled();
    await own.space.sh(`umount ${own.disk}`);
    await own.space.overlay({ lower, upper: `${upper}/changes`, work: `${upper}/work` }, own.disk);
    const before = await rowsIn(join(lower, 'data', 'read-model'));
    const said = await acceptLost();
    const [, rows] = /(\S+\/read-model\.lost-\S+)/.exec(said) ?? [];
    expect([rows, said]).toEqual([expect.any(String), expect.stringMatching(/\/snapshots\.lost-/)]);
    expect(await rowsIn(rows!)).toEqual(before);
    await served((url) => loadNodes(url, fleet));
  });
});
