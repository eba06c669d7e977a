import type { Client } from '../../bench/client.js';
import { fleetOf, replaceInventory } from '../../bench/inventory.js';
import { atMost, type Bounds, repeat, type Sample, together } from '../../bench/measure.js';
import type { BenchPart, Context } from '../../bench/module.js';
import type { Row } from '../../bench/table.js';
import { crayQuestions } from './questions.js';

const reservations = '/hsm/v2/locks/service/reservations';

interface Made {
  Success: { ID: string; ReservationKey: string }[];
}

async function create(client: Client, id: string): Promise<string> {
  const body = { ComponentIDs: [id], ReservationDuration: 15 };
  const made: Made = await client.call('POST', reservations, body, 200);
  return made.Success[0]!.ReservationKey;
}

async function release(client: Client, id: string, key: string): Promise<void> {
  const body = { ReservationKeys: [{ ID: id, Key: key }] };
  await client.call('POST', `${reservations}/release`, body, 200);
}

async function single({ client, bounds }: Context): Promise<Row[]> {
  const [id] = fleetOf(1) as [string];
  const created: number[] = [];
  const released: number[] = [];
  const pair = async () => {
    const began = performance.now();
    const key = await create(client, id);
    const held = performance.now();
    await release(client, id, key);
    created.push(held - began);
    released.push(performance.now() - held);
  };
  await repeat({ ...bounds, elapsedMsMax: bounds.elapsedMsMax / 4 }, pair);
  created.length = 0;
  released.length = 0;
  const pairs = await repeat(bounds, pair);
  return [
    { what: 'create a service reservation, 1 client', sample: { ...pairs, ms: created } },
    { what: 'release it', sample: { ...pairs, ms: released } },
    { what: 'both', sample: pairs, each: { count: 1, unit: 'pairs' } },
  ];
}

async function concurrent({ client, bounds, clients }: Context): Promise<Row[]> {
  const fleet = fleetOf(clients);
  const pair = async (n: number) => release(client, fleet[n]!, await create(client, fleet[n]!));
  await together(clients, { ...bounds, elapsedMsMax: bounds.elapsedMsMax / 4 }, pair);
  const sample = await together(clients, bounds, pair);
  return [{ what: `create and release, ${clients} clients`, sample, each: { count: 1, unit: 'pairs' } }];
}

/** Locks all of them and unlocks them again, and gives the times of both. */
async function lockAndUnlock(client: Client, ids: readonly string[], bounds: Bounds): Promise<[Sample, Sample]> {
  const locks: Sample = { ms: [], elapsedMs: 0 };
  const unlocks: Sample = { ms: [], elapsedMs: 0 };
  const timed = async (sample: Sample, operation: string) => {
    const began = performance.now();
    const { Counts } = await client.call('POST', `/hsm/v2/locks/${operation}`, { ComponentIDs: ids }, 200);
    const ms = performance.now() - began;
    if (Counts.Success !== ids.length) throw new Error(`${operation}: ${JSON.stringify(Counts)}`);
    sample.ms.push(ms);
    sample.elapsedMs += ms;
  };
  await repeat(bounds, async () => {
    await timed(locks, 'lock');
    await timed(unlocks, 'unlock');
  });
  return [locks, unlocks];
}

function rigid(size: (context: Context) => number, countMax: number) {
  return async (context: Context): Promise<Row[]> => {
    const ids = fleetOf(size(context));
    const [locks, unlocks] = await lockAndUnlock(context.client, ids, atMost(countMax, context.bounds));
    const each = { count: ids.length, unit: 'components' };
    const of = `${ids.length.toLocaleString('en')} ids`;
    return [
      { what: `rigid lock of ${of}`, sample: locks, each },
      { what: `rigid unlock of ${of}`, sample: unlocks, each },
    ];
  };
}

function status(size: (context: Context) => number, countMax: number) {
  return async (context: Context): Promise<Row[]> => {
    const { client, bounds } = context;
    const ids = fleetOf(size(context));
    const sample = await repeat(atMost(countMax, bounds), async () => {
      const { Components } = await client.call('POST', '/hsm/v2/locks/status', { ComponentIDs: ids }, 200);
      if (Components.length !== ids.length) throw new Error(`status: ${Components.length} of ${ids.length}`);
    });
    const each = { count: ids.length, unit: 'components' };
    return [{ what: `status of ${ids.length.toLocaleString('en')} ids`, sample, each }];
  };
}

export const crayBench: BenchPart = {
  questions: crayQuestions,
  headers: () => ({}),
  async begin({ client, largest, bounds }, replaces) {
    const fleet = fleetOf(largest);
    const sample = await repeat({ ...bounds, countMax: 1 }, () => replaceInventory(client, fleet, replaces));
    const each = { count: fleet.length, unit: 'components' };
    return [{ what: `load an inventory of ${fleet.length.toLocaleString('en')}`, sample, each }];
  },
  workloads: [
    { name: 'single', measure: single },
    { name: 'concurrent', measure: concurrent },
    { name: 'rigid', measure: rigid(({ large }) => large, 20) },
    { name: 'status', measure: status(({ large }) => large, 40) },
    { name: 'status-largest', measure: status(({ largest }) => largest, 5) },
    { name: 'rigid-largest', measure: rigid(({ largest }) => largest, 2) },
  ],
};
