import { localCodec } from '@holdfast/events';
import {
  GroupFeed,
  type LogSpace,
  type LogTakes,
  MemoryLog,
  nodeRuntime,
  type Runtime,
  silentLogger,
} from '@holdfast/log';
import { expect, test, vi } from 'vitest';
import { engineHeader } from './command-log.js';
import { ShardGateway } from './gateway.js';
import type { Submission } from './gateway-port.js';
import type { AdmissionLimits } from './limits.js';

/** Of a log whose look-up of its head is `head`, with timers that fire at once. */
function gatewayOn(head: () => Promise<number>): ShardGateway {
  const runtime: Runtime = {
    ...nodeRuntime,
    after(_ms, callback) {
      const timer = setImmediate(callback);
      return () => clearImmediate(timer);
    },
  };
  const log = new MemoryLog({ shard: 's', runtime, exclusive: true });
  log.head = head;
  const codec = localCodec();
  return new ShardGateway({ log, feed: new GroupFeed({ log, codec }), codec, runtime, logger: silentLogger });
}

test('the head of a log that fails, or that hangs, is unavailable rather than a fault of the service', async () => {
  const unavailable = gatewayOn(() => Promise.reject(new Error('no broker')));
  await expect(unavailable.head()).rejects.toMatchObject({ code: 'unavailable' });
  const hanging = gatewayOn(() => new Promise(() => {}));
  await expect(hanging.head()).rejects.toMatchObject({ code: 'unavailable' });
  expect(await gatewayOn(async () => 7).head()).toBe(7);
});

/** A gateway on a log that takes commands, while nobody decides. */
function undecidedGateway(limits: Pick<AdmissionLimits, 'shardInFlightMax' | 'queueAgeMsMax'>) {
  let [now, id] = [0, 0];
  const timers = new Set<{ at: number; callback: () => void }>();
  const runtime: Runtime = {
    ...nodeRuntime,
    now: () => now,
    after(ms, callback) {
      const timer = { at: now + ms, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  };
  const codec = localCodec();
  const takes: { now: LogTakes } = { now: 'all' };
  const space = spaceOf(takes);
  const log = Object.assign(new MemoryLog({ shard: 's', runtime, exclusive: true }), { space });
  const observer = { answered: vi.fn(), limitHit: vi.fn() };
  const feed = new GroupFeed({ log, codec });
  const gateway = new ShardGateway({ log, feed, codec, runtime, logger: silentLogger, limits, observer });
  const pass = (ms: number) => {
    now += ms;
    for (const timer of [...timers].filter(({ at }) => at <= now)) {
      timers.delete(timer);
      timer.callback();
    }
  };
  const submission = (urgent: boolean): Submission => ({
    command: { type: 'engine.LevelRaiseRequested', level: 9, schemas: [] },
    ...engineHeader(`${++id}`),
    key: 'some/default',
    urgent,
  });
  return { gateway, pass, submission, observer, log, takes };
}

function spaceOf(room: { now: LogTakes }): LogSpace {
  return {
    get takes() {
      return room.now;
    },
    reason: 'the disk is full',
    freeBytes: 0,
    reserveBytes: 0,
    look: async () => {},
  };
}

test('with little space only renewals and releases are admitted; with none nothing is, and no tick is appended', async () => {
  const { gateway, pass, submission, log, takes } = undecidedGateway({ shardInFlightMax: 10, queueAgeMsMax: 60_000 });
  gateway.start();
  const ticks = async () => {
    const before = await log.head('commands');
    pass(1_000);
    await new Promise(setImmediate);
    return (await log.head('commands')) - before;
  };
  expect(await ticks()).toBe(1);
  takes.now = 'urgent';
  expect([gateway.refusal(false), gateway.refusal(true)]).toEqual([expect.objectContaining({ code: 'full' }), null]);
  await expect(gateway.submit(submission(false))).rejects.toMatchObject({ code: 'full' });
  await gateway.enqueue(submission(true));
  expect(await ticks()).toBe(1);
  takes.now = 'nothing';
  expect(gateway.refusal(true)).toMatchObject({ code: 'full' });
  await expect(gateway.enqueue(submission(true))).rejects.toMatchObject({ code: 'full' });
  await expect(gateway.barrier()).rejects.toMatchObject({ code: 'full' });
  expect(await ticks()).toBe(0);
  takes.now = 'all';
  expect([gateway.refusal(false), await ticks()]).toEqual([null, 1]);
  gateway.close();
});

test('one that was closed takes nothing, and appends no ticks when it is started', async () => {
  const { gateway, pass, submission, log } = undecidedGateway({ shardInFlightMax: 10, queueAgeMsMax: 60_000 });
  gateway.close();
  gateway.start();
  pass(1_000);
  await expect(gateway.submit(submission(true))).rejects.toMatchObject({ code: 'stopped' });
  await expect(gateway.barrier()).rejects.toMatchObject({ code: 'stopped' });
  expect(gateway.stopped).not.toBeNull();
  expect(await log.head('commands')).toBe(0);
});

test('commands count until they are decided or given up, also where nobody waits for them', async () => {
  const { gateway, pass, submission, observer } = undecidedGateway({ shardInFlightMax: 2, queueAgeMsMax: 60_000 });
  const waiting = gateway.submit(submission(false));
  await gateway.enqueue(submission(false));
  expect(gateway.inFlight).toBe(2);
  await expect(gateway.enqueue(submission(false))).rejects.toMatchObject({ code: 'overloaded' });
  await expect(gateway.submit(submission(false))).rejects.toMatchObject({ code: 'overloaded' });
  expect(observer.limitHit.mock.calls).toEqual([['shard_in_flight'], ['shard_in_flight']]);
  for (let n = 0; n < 2; n++) await gateway.enqueue(submission(true));
  expect(gateway.refusal(true)).toMatchObject({ code: 'overloaded' });
  pass(30_000);
  await expect(waiting).rejects.toMatchObject({ code: 'undecided' });
  expect([gateway.inFlight, gateway.refusal(false)]).toEqual([0, null]);
  expect(observer.answered).not.toHaveBeenCalled();
});

test('behind a command that waits too long nothing is admitted; what is urgent is, for twice as long', async () => {
  const { gateway, pass, submission, observer } = undecidedGateway({ shardInFlightMax: 10, queueAgeMsMax: 5_000 });
  await gateway.enqueue(submission(false));
  pass(5_000);
  expect(gateway.refusal(false)).toBeNull();
  pass(1);
  expect([gateway.oldestMs, gateway.refusal(false)?.code, gateway.refusal(true)]).toEqual([5_001, 'backlogged', null]);
  expect(observer.limitHit).toHaveBeenCalledWith('queue_age');
  pass(5_000);
  expect(gateway.refusal(true)).toMatchObject({ code: 'backlogged' });
  const barrier = gateway.barrier();
  expect(gateway.inFlight).toBe(1);
  pass(2_000);
  await expect(barrier).rejects.toMatchObject({ code: 'undecided' });
});

test('the time of a large request counts for nobody: what waits behind it is young until it is decided or given up', async () => {
  const { gateway, pass, submission } = undecidedGateway({ shardInFlightMax: 10, queueAgeMsMax: 5_000 });
  const schemas = Array.from({ length: 3_000 }, (_, id) => ({
    id,
    name: `n${id}`,
    version: 1,
    fingerprint: 'f'.repeat(43),
  }));
  const command = { type: 'engine.LevelRaiseRequested', level: 9, schemas } as const;
  const large: Submission = { ...submission(false), command };
  const decided = gateway.submit(large);
  // It is encoded in steps, and counts once it is.
  await expect.poll(() => gateway.inFlight).toBe(1);
  await gateway.enqueue(submission(true));
  pass(29_999);
  expect([gateway.oldestMs, gateway.refusal(false)]).toEqual([0, null]);
  await gateway.enqueue(submission(true));
  pass(1);
  await expect(decided).rejects.toMatchObject({ code: 'undecided' });
  pass(5_001);
  expect([gateway.oldestMs, gateway.refusal(false)?.code]).toEqual([5_001, 'backlogged']);
});

test('of a log that is gone, who waits and who comes is told at once, until it is there again', async () => {
  const hanging = new Promise<void>(() => {});
  const log = new MemoryLog({ shard: 's', runtime: nodeRuntime, exclusive: true });
  log.append = () => hanging;
  const codec = localCodec();
  const waiting = new ShardGateway({
    log,
    feed: new GroupFeed({ log, codec }),
    codec,
    runtime: nodeRuntime,
    logger: silentLogger,
  });
  const barrier = waiting.barrier();
  waiting.setGone('topic e does not exist any more');
  await expect(barrier).rejects.toMatchObject({ code: 'gone', message: 'topic e does not exist any more' });
  await expect(waiting.barrier()).rejects.toMatchObject({ code: 'gone' });
  await expect(waiting.head()).rejects.toMatchObject({ code: 'gone' });
  expect([waiting.refusal(true)?.code, waiting.refusal(false)?.code]).toEqual(['gone', 'gone']);
  waiting.setGone(null);
  expect(waiting.refusal(false)).toBeNull();
  waiting.close();
});
