import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fold } from '../support/answers.js';
import { childrenOf } from '../support/children.js';
import { holdfast } from '../support/cli.js';
import { Load } from '../support/load.js';
import { namespacesMissing } from '../support/namespaces.js';
import { OwnDisk, reasonsOf } from '../support/own-disk.js';
import { call, hsm, loadNodes, ServedProcess, scratch, xnames } from '../support/service.js';

/*
 * The process that writes the log of a service, while that is under load: it is killed, hangs, or its disk cannot be
 * written any more.
 */

/** HOLDFAST_SOAK=1: the whole proof. */
const rounds = process.env.HOLDFAST_SOAK === '1' ? 60 : 6;
const fleet = xnames(6);
const patience = { timeout: 60_000, interval: 20 };

/** The only process that a service begins. */
function writerOf({ pid }: ServedProcess): number | null {
  return childrenOf(pid)[0] ?? null;
}

/** It lives, and what was answered is what it shows. */
async function allHolds(served: ServedProcess, { answers, oddities }: Load): Promise<void> {
  expect(oddities).toEqual([]);
  const { status, body } = await hsm(served.url, '/locks/status', { ComponentIDs: fleet });
  expect(status).toBe(200);
  const shown = body.Components.map(({ ID, Locked: locked, Reserved: reserved }: Record<string, unknown>) => [
    ID,
    { locked, reserved },
  ]);
  const expected = fold(answers);
  expect(Object.fromEntries(shown)).toEqual(
    Object.fromEntries(fleet.map((id) => [id, expected.get(id) ?? { locked: false, reserved: false }])),
  );
}

async function alive(served: ServedProcess): Promise<void> {
  const asked = performance.now();
  expect((await call(served.url, 'GET', '/livez')).status).toBe(200);
  expect(performance.now() - asked).toBeLessThan(1_000);
}

describe.skipIf(process.platform !== 'linux')('the process that writes the log of a service under load', () => {
  let place: Awaited<ReturnType<typeof scratch>>;
  let served: ServedProcess;
  let load: Load;

  beforeEach(async () => {
    place = await scratch();
    served = await new ServedProcess(['--data', place.directory]).ready();
    await loadNodes(served.url, fleet);
    load = new Load(() => [served.url], fleet);
    load.start();
    await load.answered(20, Date.now());
  });
  afterEach(async () => {
    await load.stop();
    await served.kill();
    await place.remove();
  });

  const goesOn = async () => {
    await load.answered(20, Date.now());
    await vi.waitUntil(async () => (await reasonsOf(served.url)) === '200 ', patience);
    await alive(served);
  };
  const verified = async () => {
    await load.stop();
    await allHolds(served, load);
    await served.kill('SIGTERM');
    expect(await served.exited).toBe(0);
    expect((await holdfast(['verify', '--data', place.directory])).code).toBe(0);
  };

  test(`${rounds} times is killed: the service lives, says so, and goes on by itself`, async () => {
    for (let round = 0; round < rounds; round++) {
      const writer = writerOf(served)!;
      await sleep(30 + 17 * (round % 7));
      process.kill(writer, 'SIGKILL');
      await goesOn();
      expect(writerOf(served)).not.toBe(writer);
    }
    await verified();
    expect(served.output.match(/"how":"SIGKILL".*the process that writes the log has ended/g)).toHaveLength(rounds);
  }, 300_000);

  test('hangs: changes wait and are refused, /readyz says why, and it goes on by itself', async () => {
    const writer = writerOf(served)!;
    process.kill(writer, 'SIGSTOP');
    await vi.waitUntil(
      async () => /^503 .*disk .* does not answer: .* has waited for \d+ s/.test(await reasonsOf(served.url)),
      patience,
    );
    await alive(served);
    process.kill(writer, 'SIGCONT');
    await goesOn();
    expect(writerOf(served)).toBe(writer);
    await verified();
  }, 120_000);

  test(`${rounds} times can write nothing from one moment to the next: it may end, and the service goes on`, async () => {
    let ended = 0;
    for (let round = 0; round < rounds || (ended === 0 && round < 60); round++) {
      const writer = writerOf(served)!;
      const limit = (bytes: string) =>
        execFileSync('prlimit', [`--pid=${writer}`, `--fsize=${bytes}`], { stdio: 'pipe' });
      await sleep(30 + 17 * (round % 7));
      limit('0:unlimited');
      await sleep(200);
      await alive(served);
      try {
        limit('unlimited');
      } catch {
        // It has ended.
      }
      await goesOn();
      if (writerOf(served) !== writer) ended++;
    }
    expect(ended).toBeGreaterThan(0);
    process.stdout.write(`of ${rounds} times the process that writes ended ${ended} times\n`);
    await verified();
  }, 300_000);
});

const missing = namespacesMissing();
describe.skipIf(missing !== null)(missing ?? 'the disk of the log alone', () => {
  let own: OwnDisk;
  beforeEach(async () => {
    own = await OwnDisk.make();
  });
  afterEach(() => own.end());

  test('turns read-only under load: the service lives and says so, and once it is mended all that was answered is there', async () => {
    const { space, directory } = own;
    const data = join(directory, 'data');
    const disk = join(data, 'log');
    await space.sh(`mkdir -p ${disk}`);
    await space.ext4(disk, 160);
    const served = await own.serve(['--data', data]).ready();
    await loadNodes(served.url, fleet);
    let now = served;
    // What is refused is asked for again, until there is a service that takes it.
    const load = new Load(() => [now.url], fleet);
    load.start();
    await load.answered(60, Date.now());
    await space.sh(`mount -o remount,abort ${disk}`);
    await vi.waitUntil(
      async () => /^503 .*(cannot be written|read-only|writes the log)/.test(await reasonsOf(served.url)),
      patience,
    );
    for (let n = 0; n < 25; n++) {
      await alive(served);
      await sleep(200);
    }
    expect(await reasonsOf(served.url)).toMatch(/^503 .*(EROFS|read-only)/);
    await served.kill('SIGTERM');
    expect(await served.exited).toBe(0);
    await space.sh(`umount ${disk}; e2fsck -fy ${disk}.img >/dev/null; mount -o loop ${disk}.img ${disk}`);
    now = await own.serve(['--data', data]).ready();
    await load.answered(60, Date.now());
    await load.stop();
    await allHolds(now, load);
  }, 180_000);
});
