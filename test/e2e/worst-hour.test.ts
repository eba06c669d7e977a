import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { watchMemory } from '../support/memory.js';
import { createNamespace, type Namespace, namespacesMissing } from '../support/namespaces.js';
import {
  call,
  hsm,
  loadNodes,
  type Reply,
  ServedProcess,
  scratch,
  startVariables,
  xnames,
} from '../support/service.js';
import { Tricklers } from '../support/tricklers.js';

const missing = namespacesMissing();
const whole = process.env.HOLDFAST_SOAK === '1';
const sockets = whole ? 1_000 : 100;
const fleet = whole ? 100_000 : 10_000;
const diskMb = whole ? 10_000 : 2_000;
const holders = 50;
/** Each part: while there is space, while it goes, and when there is again. */
const partMs = whole ? 60_000 : 5_000;
/** While there is none: more than a lease lasts. */
const fullMs = Math.max(partMs, 20_000);
const memoryMbMax = 1_500;
/** A lease of a minute ends within 10 s; within 30 where one request over the fleet takes as long as that. */
const factor = whole ? 2 : 6;
const variables = {
  ...startVariables(fileURLToPath(new URL('../support/fast-clock.mjs', import.meta.url))),
  HOLDFAST_CLOCK_FACTOR: String(factor),
};
const renewEveryMs = 1_500;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.reverse()) await end();
});

test.skipIf(missing !== null)(
  missing ?? 'sockets that trickle, whole fleets in a loop, a disk that fills up, and holders who renew: no lease ends',
  async () => {
    const place = await scratch();
    ends.push(place.remove);
    const space = await createNamespace();
    ends.push(() => space.close());
    const disk = join(place.directory, 'disk');
    await space.tmpfs(disk, diskMb);
    const data = join(disk, 'data');
    const served = await new ServedProcess(['--data', data, '--queue-age-max', '30'], variables, space.enter).ready();
    ends.push(() => served.kill());
    const { url } = served;
    const memory = watchMemory(served.pid);
    const all = xnames(holders + fleet);
    const [held, rest] = [all.slice(0, holders), all.slice(holders)];
    await loadNodes(url, all);

    const going = { on: true };
    const renewing = await Promise.all(held.map((id) => holder(url, id, going)));
    const kinds = ['header', 'length', 'chunked', 'unread', 'silent'] as const;
    const tricklers = new Tricklers(new URL(url), kinds, sockets, 1_000);
    ends.push(() => tricklers.stop());
    const fleets = wholeFleets(url, rest, going);
    await sleep(partMs);
    await fill(space, disk);
    await expect.poll(() => reasons(url), { timeout: 60_000, interval: 250 }).toMatch(/disk .* is full/);
    await sleep(fullMs);
    await space.sh(`rm ${disk}/other`);
    await expect.poll(() => reasons(url), { timeout: 60_000, interval: 250 }).not.toMatch(/disk .* is full/);
    await sleep(fullMs);
    going.on = false;

    const wrong = (await Promise.all(renewing.map(({ wrong }) => wrong))).flat();
    expect(wrong).toEqual([]);
    const answers = await fleets;
    tricklers.stop();
    expect(answers.wrong).toEqual([]);
    // It was all there: sockets were in the way until they were ended, whole fleets were locked before and refused
    // while the disk was full.
    expect(tricklers.ended.size).toBeGreaterThan(0);
    expect(answers.done).toBeGreaterThan(0);
    expect(answers.refused).toBeGreaterThan(0);
    const { residentMb, privateMb } = await memory();
    process.stdout.write(
      `memory: at most ${privateMb.toFixed()} MB, ${residentMb.toFixed()} MB with pages of the log's file\n`,
    );
    // As much of the log's file counts as was written, where it was much: its disk is in memory here.
    expect(whole ? privateMb : residentMb).toBeLessThan(memoryMbMax);
    // A read that is refused for now, as the read model has yet to show the last whole fleet, says nothing of a lease.
    const shown = await vi.waitUntil(() => statusOf(url, held), { timeout: 20_000, interval: 200 });
    expect(shown.filter(({ Reserved }) => Reserved)).toHaveLength(holders);
    await served.kill('SIGTERM');
    const cli = fileURLToPath(new URL('../../services/cli/bin/holdfast.cjs', import.meta.url));
    expect(await space.sh(`${process.execPath} ${cli} verify --data ${data}`)).toMatch(/^verified: /);
  },
  whole ? 1_800_000 : 300_000,
);

/** Reserves a component for a minute, and renews it until the end. What is wrong: a renewal that found no lease. */
async function holder(url: string, id: string, going: { on: boolean }): Promise<{ wrong: Promise<string[]> }> {
  const reserved = await hsm(url, '/locks/service/reservations', { ComponentIDs: [id], ReservationDuration: 1 });
  const ReservationKeys = [{ ID: id, Key: reserved.body.Success[0].ReservationKey }];
  const renew = async (): Promise<string | null> => {
    const body = { ReservationKeys, ReservationDuration: 1, ProcessingModel: 'rigid' };
    const { status, body: answer } = await hsm(url, '/locks/service/reservations/renew', body).catch(unanswered);
    // Refused for now is no lease lost: it is sent again.
    if (status === 0 || status === 429 || status === 503) return 'again';
    return status === 200 ? null : `${id}: ${status} ${JSON.stringify(answer)}`;
  };
  const run = async () => {
    const wrong: string[] = [];
    for (let more = true; more; ) {
      // Once more after the end, so that the last state is seen, too.
      more = going.on;
      let answer = await renew();
      for (; answer === 'again'; answer = await renew()) await sleep(200);
      if (answer !== null) wrong.push(answer);
      await sleep(renewEveryMs);
    }
    return wrong;
  };
  return { wrong: run() };
}

/** Locks and unlocks all of them, again and again; what is answered must be all of them, or nothing. */
async function wholeFleets(url: string, ids: string[], going: { on: boolean }) {
  const seen = { done: 0, refused: 0, wrong: [] as string[] };
  for (let n = 0; going.on; n++) {
    const path = `/locks/${n % 2 === 0 ? 'lock' : 'unlock'}`;
    const { status, body } = await hsm(url, path, { ComponentIDs: ids, ProcessingModel: 'flexible' }).catch(unanswered);
    if (status === 0) continue;
    if (status === 429 || status === 503) {
      seen.refused++;
      await sleep(200);
    } else if (status !== 200) seen.wrong.push(`${path}: ${status} ${JSON.stringify(body).slice(0, 200)}`);
    else if (body.Counts.Total !== ids.length) seen.wrong.push(`${path}: ${JSON.stringify(body.Counts)}`);
    else seen.done++;
  }
  return seen;
}

/** Another writer takes the disk, a piece at a time. */
function fill(space: Namespace, disk: string): Promise<string> {
  const piece = `dd if=/dev/zero of=${disk}/other bs=1M count=${diskMb / 50} oflag=append conv=notrunc status=none`;
  const pauses = partMs / 1_000 / 50;
  return space.sh(`while ${piece} 2>/dev/null; do sleep ${pauses}; done`);
}

async function statusOf(url: string, ids: string[]): Promise<{ Reserved: boolean }[] | null> {
  const { status, body } = await hsm(url, '/locks/status', { ComponentIDs: ids }).catch(unanswered);
  return status === 200 ? body.Components : null;
}

async function reasons(url: string): Promise<string> {
  const { body } = await call(url, 'GET', '/readyz').catch(unanswered);
  return (body?.reasons ?? []).join('; ');
}

/** A connection that was refused or broke says nothing of the request. */
function unanswered(): Pick<Reply, 'status' | 'body'> {
  return { status: 0, body: null };
}
