import { randomUUID } from 'node:crypto';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openCodec } from '@holdfast/cli/codec';
import { type KafkaLogSettings, openLog } from '@holdfast/cli/log';
import { type Codec, localCodec } from '@holdfast/events';
import { sampleCommands, sampleEvents, sampleHeader, sampleStamp } from '@holdfast/events/samples';
import { nodeRuntime, type ShardLog, silentLogger } from '@holdfast/log';
import kafkajs from 'kafkajs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { appendTransaction } from '../../services/log-kafka/fixture.js';
import { holdfast } from '../support/cli.js';
import { generateData } from '../support/generated-data.js';
import { kafkaMissing, kafkaStartMsMax, sharedKafka } from '../support/kafka.js';
import { hsm, loadNodes, ServedProcess, scratch, serviceFor, xnames } from '../support/service.js';

/* Records of strangers in both streams: the service goes on, starts again, and says where they are. */

/** In no generated fleet. */
const nodes = xnames(6).map((id) => id.replace('x1000', 'x9000'));
let data: Awaited<ReturnType<typeof scratch>>;
let next = 0;

beforeEach(async () => {
  data = await scratch();
  next = 0;
});
afterEach(() => data.remove());

/** A request is decided and answered. */
async function lockNext(url: string): Promise<void> {
  const { status, body } = await hsm(url, '/locks/lock', { ComponentIDs: [nodes[next++]] });
  expect({ status, counts: body.Counts }).toEqual({ status: 200, counts: { Total: 1, Success: 1, Failure: 0 } });
}

/** What the bytes prove to be none of ours, on either stream. */
const foreign = ['', '\0', '\0\0\0', 'a line of text', '{"json": true}'].map((text) => Buffer.from(text));

/** One that is not of the engine. */
function ofModule<M extends { type: string }>(samples: Record<string, M>): M {
  return Object.values(samples).find(({ type }) => !type.startsWith('engine.'))!;
}

/** What is none of the stream's for other reasons: on `commands` each has an outcome of its own. */
async function odd(codec: Codec): Promise<Buffer[]> {
  const command = Buffer.from(codec.encodeCommand(ofModule(sampleCommands), sampleHeader).value);
  const event = Buffer.from(codec.encodeEvent(ofModule(sampleEvents), sampleStamp).value);
  const unknown = Buffer.concat([Buffer.from([0, 0x7f, 0, 0, 0]), command.subarray(5)]);
  return [event, unknown, command.subarray(0, -1), Buffer.concat([command.subarray(0, 5), Buffer.from('garbage')])];
}

async function withLog<T>(directory: string, work: (log: ShardLog) => Promise<T>): Promise<T> {
  const log = await openLog({ data: directory, kafka: null }, nodeRuntime, silentLogger);
  try {
    return await work(log);
  } finally {
    await log.close();
  }
}

async function served(directory: string, work: (url: string) => Promise<void>): Promise<void> {
  const process = new ServedProcess(['--data', directory]);
  try {
    await work((await process.ready()).url);
  } finally {
    await process.kill('SIGTERM');
  }
}

test('in a directory: they are passed over; a damaged record stops it, and a copy goes on without that', async () => {
  const first = join(data.directory, 'first');
  const second = join(data.directory, 'second');
  await generateData(first, { events: 400, components: 20, seed: 5 });
  const codec = localCodec();
  const records = (values: Buffer[]) => values.map((value) => ({ key: 'theirs', value }));
  await withLog(first, async (log) => {
    await log.append('events', records(foreign));
    await log.append('commands', records([...foreign, ...(await odd(codec))]));
  });
  const sound = await holdfast(['verify', '--data', first]);
  expect(sound).toMatchObject({ code: 0, stderr: '' });
  expect(sound.stdout).toMatch(/5 records of events that nobody of this log wrote, passed over: position \d+, /);
  expect(sound.stdout).toMatch(/5 records of commands that nobody/);

  const damaged = await withLog(first, async (log) => {
    const position = await log.head('events');
    await log.append('events', records([(await odd(codec))[0]!.subarray(0, -1)]));
    return position;
  });
  expect(await holdfast(['verify', '--data', first])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`position ${damaged}`),
  });
  const copy = ['copy', '--from-data', first, '--data', second, '--reason', 'a test wrote there', '--by', 'operator'];
  expect(await holdfast([...copy, '--past', String(damaged)])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('secret'),
  });
  await mkdir(second, { recursive: true });
  await copyFile(join(first, 'secret'), join(second, 'secret'));
  expect(await holdfast([...copy, '--past', String(damaged)])).toMatchObject({ code: 0 });
  expect(await holdfast(['verify', '--data', second])).toMatchObject({ code: 0 });
  await served(second, async (url) => {
    await loadNodes(url, nodes);
    await lockNext(url);
  });
  expect(await holdfast(['verify', '--data', second])).toMatchObject({ code: 0 });
}, 300_000);

const missing = kafkaMissing();

describe.skipIf(missing !== null)(missing ?? 'on Kafka', () => {
  let kafka: KafkaLogSettings;
  beforeEach(async () => {
    const { brokers, registry } = await sharedKafka();
    const name = randomUUID();
    const topics = { commands: `commands-${name}`, events: `events-${name}` };
    kafka = { brokers: [brokers], shards: 1, registry: { url: registry! }, topics };
  }, kafkaStartMsMax);

  async function codecOf(settings: KafkaLogSettings): Promise<Codec> {
    const log = await openLog({ data: null, kafka: settings }, nodeRuntime, silentLogger);
    const { codec } = await openCodec({ data: null, kafka: settings }, { log, logger: silentLogger, from: null });
    await log.close();
    return codec;
  }

  async function produce(topic: string, values: (Buffer | null)[]): Promise<void> {
    const client = new kafkajs.Kafka({
      brokers: kafka.brokers,
      clientId: 'stranger',
      logLevel: kafkajs.logLevel.NOTHING,
    });
    const producer = client.producer();
    await producer.connect();
    await producer.send({ topic, messages: values.map((value, n) => ({ key: n % 2 ? null : 'theirs', value })) });
    await producer.disconnect();
  }

  test('while it runs, and at its next start; verify and export name them', async () => {
    const serve = () => serviceFor({ kafka, data: data.directory });
    const { commands, events } = kafka.topics;
    const first = await serve();
    await loadNodes(first.url, nodes);
    // Also a schema's id that this log does not have.
    await produce(events, [...foreign, null, Buffer.from('007fffffff0102', 'hex')]);
    await produce(commands, [...foreign, null, ...(await odd(await codecOf(kafka)))]);
    await lockNext(first.url);
    await appendTransaction(kafka.brokers[0]!, events, ['', 'text']);
    await appendTransaction(kafka.brokers[0]!, commands, ['', 'text'], 'abort');
    await lockNext(first.url);
    await first.close();
    const second = await serve();
    await lockNext(second.url);
    const metrics = await (await fetch(`${second.url}/metrics`)).text();
    expect(metrics).toMatch(/holdfast_stray_records_total\{shard="shard-0",stream="events"\} \d/);
    await second.close();

    const at = ['--kafka', kafka.brokers[0]!, '--registry', kafka.registry!.url];
    at.push('--commands-topic', commands, '--events-topic', events);
    const verified = await holdfast(['verify', '--json', ...at]);
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    // The marks at the ends of the transactions too.
    expect(JSON.parse(verified.stdout).strays).toMatchObject({ events: { count: 10 }, commands: { count: 10 } });
    expect(await holdfast(['export', ...at, '--out', join(data.directory, 'export')])).toMatchObject({ code: 0 });
    expect(await holdfast(['verify', '--export', join(data.directory, 'export')])).toMatchObject({ code: 0 });
  }, 300_000);

  test('a damaged record stops it; a copy within the cluster goes on without that, with the same ids', async () => {
    const { commands, events } = kafka.topics;
    const first = await serviceFor({ kafka, data: data.directory });
    await loadNodes(first.url, nodes);
    await lockNext(first.url);
    const damaged = (await odd(await codecOf(kafka)))[0]!.subarray(0, -1);
    await produce(events, [foreign[4]!, damaged]);
    await vi.waitUntil(async () => (await fetch(`${first.url}/readyz`)).status === 503, { timeout: 20_000 });
    await first.close();

    const cluster = ['--kafka', kafka.brokers[0]!, '--registry', kafka.registry!.url];
    const at = (topics: KafkaLogSettings['topics']) => [
      ...cluster,
      ...['--commands-topic', topics.commands, '--events-topic', topics.events],
    ];
    const found = await holdfast(['verify', ...at(kafka.topics)]);
    const position = Number(/position (\d+)/.exec(found.stderr)?.[1]);
    expect({ code: found.code, position }).toEqual({ code: 1, position: expect.any(Number) });
    const topics = { commands: `${commands}-copy`, events: `${events}-copy` };
    const word = ['--past', String(position), '--reason', 'a test wrote there', '--by', 'operator'];
    const from = ['--from-topics', `${commands},${events}`, '--data', data.directory];
    expect(await holdfast(['copy', ...from, ...at(topics), ...word])).toMatchObject({ code: 0 });
    expect(await holdfast(['verify', ...at(topics)])).toMatchObject({ code: 0, stderr: '' });

    const other = await scratch();
    await copyFile(join(data.directory, 'secret'), join(other.directory, 'secret'));
    const second = await serviceFor({ kafka: { ...kafka, topics }, data: other.directory });
    await lockNext(second.url);
    const { body } = await hsm(second.url, '/locks/status', { ComponentIDs: nodes.slice(0, 3) });
    await second.close();
    await other.remove();
    expect(body.Components.map(({ Locked }: { Locked: boolean }) => Locked)).toEqual([true, true, false]);
    // A moment outside the log is refused, so its last one.
    const { sequence } = JSON.parse((await holdfast(['seal', ...at(topics)])).stdout);
    expect((await holdfast(['replay', '--until', String(sequence), ...at(topics)])).code).toBe(0);
  }, 300_000);
});
