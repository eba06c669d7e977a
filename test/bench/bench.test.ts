import type { Service } from '@holdfast/cli/service';
import { MemoryLog, nodeRuntime } from '@holdfast/log';
import { shardName } from '@holdfast/shard/shard-name';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serviceFor } from '../support/service.js';
import { measureLog } from './baseline.js';
import { type Client, clientOf } from './client.js';
import { fleetOf } from './inventory.js';
import { percentile, perSecond, repeat, together } from './measure.js';
import { benchSettings } from './settings.js';
import { line } from './table.js';
import { begin, workloads } from './workloads.js';

let service: Service;
let client: Client;
beforeAll(async () => {
  service = await serviceFor();
  client = clientOf(service.url, undefined);
});
afterAll(async () => {
  client.close();
  await service.close();
});

const bounds = { countMax: 3, elapsedMsMax: 10_000 };

test('a percentile is the smallest duration that so many do not exceed', () => {
  const ms = Array.from({ length: 200 }, (_, n) => 200 - n);
  expect([0, 0.5, 0.99, 1].map((share) => percentile({ ms }, share))).toEqual([1, 100, 198, 200]);
  expect(percentile({ ms: [7] }, 0.5)).toBe(7);
  expect(perSecond({ ms: [1, 1], elapsedMs: 500 }, 5)).toBe(20);
});

test('a measurement is taken once at least, and ends at its count or its time', async () => {
  expect((await repeat({ countMax: 3, elapsedMsMax: 10_000 }, async () => {})).ms).toHaveLength(3);
  expect((await repeat({ countMax: 1_000, elapsedMsMax: 0 }, async () => {})).ms).toHaveLength(1);
  expect((await together(4, { countMax: 1_000, elapsedMsMax: 0 }, async () => {})).ms).toHaveLength(4);
});

test('every workload runs, and leaves the fleet as it found it', async () => {
  const fleet = fleetOf(50);
  const context = { client, bounds, clients: 4, large: 20, largest: fleet.length };
  await begin(context, true);
  await begin(context, true);
  for (const { name, measure } of workloads) {
    const rows = await measure(context);
    for (const row of rows) expect(line(row), name).not.toContain('NaN');
  }
  const { Components } = await client.call('POST', '/hsm/v2/locks/status', {}, 200);
  expect(Components).toEqual(fleet.map((ID) => ({ ID, Locked: false, Reserved: false, ReservationDisabled: false })));
});

test('an answer that is not the expected one ends the measurement', async () => {
  await expect(client.call('POST', '/hsm/v2/locks/lock', { ComponentIDs: ['nonsense'] }, 200)).rejects.toThrow('400');
});

test('any log can be measured', async () => {
  const log = new MemoryLog({ shard: shardName, runtime: nodeRuntime, exclusive: true });
  const rows = await measureLog(log, 10, { countMax: 2, elapsedMsMax: 1_000 });
  expect(rows.map(({ sample }) => sample.ms.length)).toEqual([2, 2, 2]);
  await log.close();
});

test('what is not to be measured is refused', () => {
  expect(benchSettings(['--only', 'single', '--only', 'rigid', '--', '--postgres', 'url'])).toMatchObject({
    url: null,
    only: ['single', 'rigid'],
    serve: ['--postgres', 'url'],
  });
  expect(benchSettings(['--help'])).toBeNull();
  for (const args of [['--only', 'nothing'], ['--seconds', '0'], ['--wrong']])
    expect(() => benchSettings(args)).toThrow();
});
