import { readFileSync } from 'node:fs';
import { coreModules } from '@holdfast/core';
import { admissionLimits } from '@holdfast/processor';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, hsm, loadNodes, serviceFor } from '../../test/support/service.js';
import { createMetrics } from './metrics.js';
import type { Service } from './service.js';
import { serveOptions } from './settings.js';
import { type ShardParts, showShard } from './shard-metrics.js';

const documented = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
const a = 'x1000c0s0b0n0';

let service: Service;
beforeAll(async () => {
  service = await serviceFor();
  await loadNodes(service.url, [a]);
});
afterAll(() => service.close());

/** The value of each series, by its name with its labels. */
async function series(): Promise<Map<string, number>> {
  const { body, headers } = await call(service.url, 'GET', '/metrics');
  expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = (body as string).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

const [{ name: module }] = coreModules;

test('what is done shows: commands and requests by their outcome, latencies, leases, and who owns the shard', async () => {
  const before = await series();
  const reserve = { ComponentIDs: [a], ReservationDuration: 5 };
  expect((await hsm(service.url, '/locks/service/reservations', reserve)).status).toBe(200);
  expect((await hsm(service.url, '/locks/service/reservations', reserve)).status).toBe(400);
  expect((await call(service.url, 'GET', '/no/such/path')).status).toBe(404);
  const after = await series();
  const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  const command = `shard="shard-0",command="${module}.ReservationRequested"`;
  expect(grown(`holdfast_commands_total{${command},outcome="accepted"}`)).toBe(1);
  expect(grown(`holdfast_commands_total{${command},outcome="refused"}`)).toBe(1);
  const route = 'method="POST",route="/hsm/v2/locks/service/reservations"';
  expect(grown(`holdfast_http_requests_total{${route},status="200"}`)).toBe(1);
  expect(grown(`holdfast_http_requests_total{${route},status="400"}`)).toBe(1);
  expect(grown('holdfast_http_requests_total{method="GET",route="none",status="404"}')).toBe(1);
  expect(grown('holdfast_answer_seconds_count{shard="shard-0"}')).toBe(2);
  expect(grown('holdfast_decide_seconds_count{shard="shard-0"}')).toBeGreaterThanOrEqual(2);
  expect(grown(`holdfast_leases{shard="shard-0",module="${module}"}`)).toBe(1);
  expect(after.get('holdfast_shard_role{shard="shard-0",role="owner"}')).toBe(1);
  expect(after.get('holdfast_shard_stopped{shard="shard-0",part="processor"}')).toBe(0);
  expect(after.get('holdfast_shard_epoch{shard="shard-0"}')).toBe(1);
  expect(after.get('process_resident_memory_bytes')).toBeGreaterThan(0);
});

/** A shard whose projector has read `read`, in a log whose head is `head`. */
function shardAt({ read, head }: { read: () => number; head: () => Promise<number> }) {
  let now = 60_000;
  const reader = { epoch: 3, duplicates: 4, voided: 5, strays: 6 } as NonNullable<ShardParts['feed']>['reader'];
  const metrics = createMetrics('s');
  showShard(metrics, {
    log: { shard: 's', head },
    runtime: {
      now: () => now,
      after: (_ms, callback) => {
        const timer = setTimeout(callback, 20);
        return () => clearTimeout(timer);
      },
    },
    feed: { position: 90, stopped: new Error('corrupt'), reader },
    processor: null,
    projector: {
      get read() {
        return read();
      },
      stopped: null,
    },
    audit: { read: 30 },
    gateway: { inFlight: 7, oldestMs: 1_500 },
    house: { done: { walBytes: 4_096, checkpointAt: 20_000, analyzedAt: 30_000, vacuumedAt: null } },
    snapshotAt: () => 50_000,
    conditions: { parts: ['disk'] },
  });
  const value = async (name: string) => {
    const line = (await metrics.page.text()).split('\n').find((one) => one.startsWith(`${name} `));
    return line === undefined ? null : Number(line.split(' ')[1]);
  };
  return {
    metrics,
    value,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

test('readers show how far they are behind, and since when the read model lacks what the log held', async () => {
  let read = 100;
  const { value, pass } = shardAt({ read: () => read, head: async () => 100 });
  const age = () => value('holdfast_watermark_age_seconds{shard="s"}');
  expect(await value('holdfast_reader_lag_records{shard="s",reader="feed"}')).toBe(10);
  expect(await age()).toBe(0);
  read = 60;
  expect(await value('holdfast_reader_lag_records{shard="s",reader="projector"}')).toBe(40);
  expect(await value('holdfast_reader_lag_records{shard="s",reader="audit"}')).toBe(70);
  pass(15_000);
  expect(await age()).toBe(15);
  read = 100;
  expect(await age()).toBe(0);
  for (const [name, shown] of [
    ['holdfast_shard_stopped{shard="s",part="feed"}', 1],
    ['holdfast_not_ready{shard="s",part="disk"}', 1],
    ['holdfast_void_events_total{shard="s"}', 5],
    ['holdfast_void_events_total{shard="s"}', 5],
    ['holdfast_stray_records_total{shard="s",stream="events"}', 6],
    ['holdfast_in_flight_requests{shard="s"}', 7],
    ['holdfast_oldest_request_age_seconds{shard="s"}', 1.5],
    ['holdfast_snapshot_age_seconds{shard="s"}', 25],
    ['holdfast_read_model_wal_bytes{shard="s"}', 4_096],
    ['holdfast_read_model_checkpoint_age_seconds{shard="s"}', 55],
    ['holdfast_read_model_analyze_age_seconds{shard="s"}', 45],
    ['holdfast_read_model_vacuum_age_seconds{shard="s"}', null],
  ] as const) {
    expect([name, await value(name)]).toEqual([name, shown]);
  }
});

test('a log that is away or hangs leaves the page without what only it knows', async () => {
  for (const head of [() => Promise.reject(new Error('away')), () => new Promise<number>(() => {})]) {
    const { value } = shardAt({ read: () => 1, head });
    expect(await value('holdfast_reader_lag_records{shard="s",reader="projector"}')).toBeNull();
    expect(await value('holdfast_shard_epoch{shard="s"}')).toBe(3);
  }
});

test('docs/operations.md lists every metric with its type and labels, and every limit with its default', async () => {
  const { metrics } = shardAt({ read: () => 0, head: async () => 0 });
  const made = metrics.registry.getMetricsAsArray() as unknown as { name: string; labelNames: string[] }[];
  const types = new Map((await metrics.registry.getMetricsAsJSON()).map(({ name, type }) => [name, String(type)]));
  const rows = [...documented.matchAll(/^\| `(holdfast_\w+)` \| (\w+) \| (.*?) \|/gm)];
  expect(rows.map(([, name, type, labels]) => [name, type, labels]).sort()).toEqual(
    made
      .map(({ name, labelNames }) => [name, types.get(name), labelNames.map((one) => `\`${one}\``).join(', ')])
      .sort(),
  );
  const limits = [...documented.matchAll(/^\| `\w+` \| `--([\w-]+)` \| (\d+) \|/gm)].map(([, name, value]) => [
    name,
    value,
  ]);
  const options = serveOptions.filter(({ long }) => /-(max)$/.test(long ?? '') && !/minutes/.test(long ?? ''));
  expect(limits).toEqual(options.map(({ long, defaultValue }) => [long?.slice(2), String(defaultValue)]));
  // And the open connections, which no admission counts.
  expect(limits).toHaveLength(Object.keys(admissionLimits).length + 1);
});
