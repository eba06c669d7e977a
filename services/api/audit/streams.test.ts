import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import type { EventEntry, EventPage } from '@holdfast/projections/audit-port';
import { ProjectionError } from '@holdfast/projections/port';
import { expect, test } from 'vitest';
import { apiLimits } from '../limits.js';
import { lines as linesOf, serverSentEvents as sentEventsOf } from './stream-forms.js';
import { EventStreams } from './streams.js';
import { wordsOf } from './words.js';

const words = wordsOf([]);
const [lines, serverSentEvents] = [linesOf(words), sentEventsOf(words)];

function entry(sequence: number): EventEntry {
  const decision = {
    sequence,
    commandId: 'c',
    actor: 'alice',
    command: 'thing.ClaimRequested',
    status: 'accepted',
  } as const;
  const more = { type: 'thing.Claimed', resource: 'x0', detail: {} };
  return { sequence, time: 0, ...more, decision: { ...decision, total: 1, reason: null, origin: null } };
}

/** A log that ends at `last`, with timers that go off when the test says so. */
class FakeLog {
  last = 0;
  pages = 0;
  unavailable = false;
  why: ProjectionError['code'] = 'unavailable';
  limitHits: string[] = [];
  #timers = new Map<object, [ms: number, callback: () => void]>();
  #told: (position: number) => void = () => {};
  readonly streams = new EventStreams({
    gateway: {
      head: async () => this.last,
      onRead: (listener) => {
        this.#told = listener;
        return () => {};
      },
    },
    readModel: { waitFor: async () => {} },
    audit: { events: async ({ after, limit }) => this.#page(after, limit) },
    runtime: {
      after: (ms, callback) => {
        const timer = {};
        this.#timers.set(timer, [ms, callback]);
        return () => this.#timers.delete(timer);
      },
    },
    observer: { limitHit: (limit) => this.limitHits.push(limit) },
  });

  append(count: number): void {
    this.last += count;
    this.#told(this.last);
  }

  /** Lets all timers of that length go off. */
  async pass(ms: number): Promise<void> {
    await settled();
    for (const [timer, [length, callback]] of [...this.#timers]) {
      if (length !== ms) continue;
      this.#timers.delete(timer);
      callback();
    }
    await settled();
  }

  get timers(): number {
    return this.#timers.size;
  }

  #page(after: number, limit: number): EventPage {
    if (this.unavailable) throw new ProjectionError(this.why, 'as the test wants it');
    this.pages++;
    const through = Math.min(this.last, after + limit);
    const rows = Array.from({ length: through - after }, (_, n) => entry(after + 1 + n));
    return { rows, through, last: this.last };
  }
}

async function settled(): Promise<void> {
  for (let n = 0; n < 20; n++) await turn();
}

const everything = { after: 0, follow: true };
const { streamPauseMs, streamHeartbeatMs, streamRetryMs, streamPageRows, streamsMax } = apiLimits;

test('a stream holds as much as its client has not read, and reads on when that does', async () => {
  const log = new FakeLog();
  log.append(100 * streamPageRows);
  const { signal } = log.streams.enter();
  const stream = await log.streams.open(everything, lines, signal);
  stream.once('readable', () => {});
  await settled();
  expect(log.pages).toBeLessThanOrEqual(3);
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await log.pass(streamPauseMs);
  for (let n = 0; n < 50; n++) await settled();
  expect(log.pages).toBe(100);
  expect(text.trim().split('\n')).toHaveLength(100 * streamPageRows);
});

test('what comes is shown, and where nothing comes that is said', async () => {
  const log = new FakeLog();
  log.append(2);
  const { signal } = log.streams.enter();
  const stream = await log.streams.open(everything, serverSentEvents, signal);
  const chunks: string[] = [];
  stream.setEncoding('utf8').on('data', (chunk: string) => void chunks.push(chunk));
  await settled();
  const ids = () => [...chunks.join('').matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
  expect([chunks[0], ids()]).toEqual(['retry: 1000\n\n', [1, 2]]);
  await log.pass(streamPauseMs);
  await log.pass(streamHeartbeatMs);
  expect(chunks.at(-1)).toBe(': nothing new\nid: 2\n\n');
  log.append(1);
  await settled();
  expect(ids()).toEqual([1, 2, 2, 3]);
  // While it pauses, more comes: one read shows all of it.
  log.append(1);
  log.append(1);
  const { pages } = log;
  await log.pass(streamPauseMs);
  expect([ids().at(-1), log.pages - pages]).toEqual([5, 1]);
});

test('a read model that is away ends no stream, and nothing is lost or doubled', async () => {
  const log = new FakeLog();
  log.append(1);
  const { signal } = log.streams.enter();
  const stream = await log.streams.open(everything, serverSentEvents, signal);
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await log.pass(streamPauseMs);
  log.unavailable = true;
  log.append(1);
  await log.pass(streamRetryMs);
  await log.pass(streamRetryMs);
  log.unavailable = false;
  await log.pass(streamRetryMs);
  expect([...text.matchAll(/"Sequence":(\d+),"Time"/g)].map(([, id]) => id)).toEqual(['1', '2']);
});

test('one that goes on is broken off where the read model has stopped: nobody waits for what does not come', async () => {
  const log = new FakeLog();
  log.append(1);
  const { signal } = log.streams.enter();
  const stream = await log.streams.open(everything, serverSentEvents, signal);
  stream.resume();
  await log.pass(streamPauseMs);
  [log.unavailable, log.why] = [true, 'stopped'];
  const broken = once(stream, 'error');
  log.append(1);
  await log.pass(streamRetryMs);
  expect(await broken).toEqual([expect.objectContaining({ code: 'stopped' })]);
});

test('one that ends at the head is broken off where the read model goes away, as it is not whole', async () => {
  const log = new FakeLog();
  log.append(3 * streamPageRows);
  const { signal } = log.streams.enter();
  const stream = await log.streams.open({ after: 0, follow: false }, lines, signal);
  log.unavailable = true;
  stream.resume();
  const [error] = await once(stream, 'error');
  expect(error).toBeInstanceOf(ProjectionError);
});

test('and so it is where the api stops', async () => {
  const log = new FakeLog();
  log.append(3 * streamPageRows);
  const { signal } = log.streams.enter();
  const stream = await log.streams.open({ after: 0, follow: false }, lines, signal);
  log.streams.close();
  stream.resume();
  const [error] = await once(stream, 'error');
  expect(error).toMatchObject({ code: 'stopped' });
});

test('nobody has more streams than one may; another sender has its own', () => {
  const log = new FakeLog();
  for (let n = 0; n < apiLimits.streamsPerSenderMax; n++) log.streams.enter('name alice');
  expect(() => log.streams.enter('name alice')).toThrow(/Too many streams/);
  expect(log.streams.enter('name bob').signal.aborted).toBe(false);
});

test('as many streams as the limit are open; a place is free again once its stream is over', async () => {
  const log = new FakeLog();
  const places = Array.from({ length: streamsMax }, () => log.streams.enter());
  expect(() => log.streams.enter()).toThrow(/Too many streams/);
  expect(log.limitHits).toEqual(['streams']);
  places[0]!.over();
  expect(log.streams.enter().signal.aborted).toBe(false);
});

test('when the api stops, streams end and leave nothing behind', async () => {
  const log = new FakeLog();
  const { signal } = log.streams.enter();
  const stream = await log.streams.open(everything, lines, signal);
  stream.resume();
  await log.pass(streamPauseMs);
  expect(log.timers).toBe(1);
  log.streams.close();
  await once(stream, 'end');
  expect(log.timers).toBe(0);
});
