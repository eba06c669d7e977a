import { fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { watchMemory } from '../support/memory.js';
import { call, hsm, loadNodes, ServedProcess, scratch, startVariables, xnames } from '../support/service.js';

/** All of the proof with HOLDFAST_SOAK=1 on a quiet machine, where times are those of a clock, too. */
const whole = process.env.HOLDFAST_SOAK === '1';
const fleet = whole ? 100_000 : 10_000;
const holders = 50;
const renewEveryMs = 1_500;
const livezMs = 250;
const appendedMs = 250;
const renewedMs = 500;
/**
 * What the event loop does in one go, in processor time: a tenth of the fleet leaves more room below what a client may
 * wait.
 */
const turnMs = whole ? livezMs : livezMs / 2;
/** As docs/operations.md says. */
const memoryMbMax = whole ? 2_000 : 1_536;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.reverse()) await end();
});

interface Large {
  what: string;
  status: number;
  ms: number;
  said: string;
}

/** Each kind of large request, in the order in which they are asked for. */
const kinds: readonly [what: string, status: number][] = [
  ['inventory', 204],
  ['inventory read', 200],
  ['lock', 200],
  ['status', 200],
  ['unlock', 200],
  ['reserve', 200],
  ['reserve again', 200],
  ['renew', 200],
  ['check', 200],
  ['status of all', 200],
  ['past status', 200],
  ['release', 200],
  ['reserve', 200],
  ['remove', 200],
  ['lock of all', 200],
  ['unlock of all', 200],
  ['disable', 200],
  ['repair', 200],
  ['group', 201],
  ['lock of a group', 200],
  ['unlock of a group', 200],
];

test(
  `while requests over ${fleet} components of each kind run one after another, others are answered and ${holders} renew`,
  async () => {
    const place = await scratch();
    ends.push(place.remove);
    const turns = join(place.directory, 'turns');
    const served = await new ServedProcess(
      ['--data', join(place.directory, 'data'), '--queue-age-max', '30'],
      watching(turns),
    ).ready();
    ends.push(() => served.kill());
    const { url } = served;
    const memory = watchMemory(served.pid);
    const all = xnames(fleet + holders);
    const [held, ids] = [all.slice(0, holders), all.slice(holders)];
    await loadNodes(url, held);
    const reserved = await hsm(url, '/locks/service/reservations', { ComponentIDs: held, ReservationDuration: 15 });
    const keys = reserved.body.Success.map(({ ID, ReservationKey: Key }: Record<string, string>) => ({ ID, Key }));
    const renew = (n: number, headers: Record<string, string> = {}) => {
      const body = { ReservationKeys: [keys[n]], ReservationDuration: 15, ProcessingModel: 'rigid' };
      return hsm(url, '/locks/service/reservations/renew', body, headers);
    };

    watchFirst();
    const since = Date.now();
    const going = { on: true };
    const probes = [
      probe(going, 20, 200, () => call(url, 'GET', '/livez')),
      // 202 says that the command is in the log.
      probe(going, 50, 202, () => renew(0, { prefer: 'respond-async' })),
      ...keys.slice(1).map((_: unknown, n: number) => probe(going, renewEveryMs, 200, () => renew(n + 1))),
    ];
    const large = await allLarge(url, ids);
    going.on = false;
    const [livez, appended, ...renewals] = (await Promise.all(probes)) as [number[], number[], ...number[][]];
    const renewed = renewals.flat();
    const longest = Math.max(...large.map(({ ms }) => ms));
    const figures = {
      livez: percentile(livez, 1),
      appended: percentile(appended, 1),
      renewed: percentile(renewed, 0.99),
      longest,
      turn: await longestTurn(turns, since),
      ...(await memory()),
      counts: [livez.length, appended.length, renewed.length],
    };
    process.stdout.write(`${JSON.stringify(figures)}\n`);

    expect(large.map(({ what, status, said }) => [what, status, said])).toEqual(
      kinds.map(([what, status]) => [what, status, '']),
    );
    // No lease ended.
    const status = await hsm(url, '/locks/status', { ComponentIDs: held });
    expect(status.body.Components.filter(({ Reserved }: { Reserved: boolean }) => Reserved)).toHaveLength(holders);
    expect(figures.turn).toBeLessThan(turnMs);
    expect(figures.renewed).toBeLessThan(renewedMs + longest);
    expect(whole ? figures.privateMb : figures.residentMb).toBeLessThan(memoryMbMax);
    if (!whole) return;
    expect(figures.livez).toBeLessThan(livezMs);
    expect(figures.appended).toBeLessThan(appendedMs);
  },
  whole ? 1_800_000 : 300_000,
);

/** Who measures must not wait for the processor that is measured. Only some may do so. */
function watchFirst(): void {
  try {
    setPriority(-10);
  } catch {
    // The figures are then those of a busy machine.
  }
}

function watching(file: string): Record<string, string> {
  const watch = fileURLToPath(new URL('../support/loop-watch.mjs', import.meta.url));
  return { ...startVariables(watch), HOLDFAST_LOOP_WATCH: file };
}

/** Asks again and again; gives how long each answer took, in milliseconds. */
async function probe(going: { on: boolean }, pauseMs: number, status: number, ask: () => Promise<{ status: number }>) {
  const took: number[] = [];
  while (going.on) {
    const since = performance.now();
    const answer = await ask();
    took.push(performance.now() - since);
    expect(answer.status).toBe(status);
    await sleep(pauseMs);
  }
  return took;
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
}

/** What took longest of what the event loop did in one go since then, in milliseconds of processor time. */
async function longestTurn(file: string, since: number): Promise<number> {
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  const turns = lines.map((line) => JSON.parse(line) as { at: number; tookMs: number });
  // What it did for its start shows that it is seen.
  expect(turns.length).toBeGreaterThan(0);
  return Math.max(0, ...turns.filter(({ at }) => at > since).map(({ tookMs }) => tookMs));
}

/**
 * Its client stands for one on another machine: it gets the processor time that the service leaves. The niceness is
 * counted from this process's own, of watchFirst.
 */
function allLarge(url: string, ids: string[]): Promise<Large[]> {
  const file = fileURLToPath(new URL('../support/large-load.mjs', import.meta.url));
  const client = fork(file, { execPath: 'nice', execArgv: ['-n', '20', process.execPath] });
  ends.push(() => client.kill());
  client.send({ url, ids, others: holders });
  const large: Large[] = [];
  client.on('message', (one: Large) => large.push(one));
  return new Promise((resolve, reject) => {
    client.on('error', reject);
    client.on('exit', () => resolve(large));
  });
}
