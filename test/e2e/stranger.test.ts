import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openCodec } from '@holdfast/cli/codec';
import { type KafkaLogSettings, openLog } from '@holdfast/cli/log';
import type { Service } from '@holdfast/cli/service';
import { type Codec, type Event, eventKey, type Stamp } from '@holdfast/events';
import { sampleEvents } from '@holdfast/events/samples';
import { type LogRecord, nodeRuntime, type ShardLog, silentLogger } from '@holdfast/log';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kafkaMissing, kafkaStartMsMax, sharedKafka } from '../support/kafka.js';
import { pythonMissing, pythonMsMax, pythonWith } from '../support/python.js';
import { hsm, scratch, serviceFor } from '../support/service.js';

/* A consumer that shares nothing with Holdfast but the topic, the registry and the document of the protocol. */

const missing = kafkaMissing() ?? pythonMissing();
const examples = fileURLToPath(new URL('../../docs/examples/', import.meta.url));
const run = promisify(execFile);

const [node, other] = ['x0c0s0b0n0', 'x0c0s1b0n0'];
const callers = ['installer', 'operator', 'firmware-update'];
const tokens = callers.map((name) => ({
  token: `token-of-${name}`,
  name,
  roles: ['admin' as const, 'service' as const],
}));

describe.skipIf(missing !== null)(missing ?? 'a consumer in Python', () => {
  let python: string;
  let kafka: KafkaLogSettings;
  let data: Awaited<ReturnType<typeof scratch>>;

  beforeAll(async () => {
    python = await pythonWith(`${examples}requirements.txt`);
    const { brokers, registry } = await sharedKafka();
    const name = randomUUID();
    const topics = { commands: `commands-${name}`, events: `events-${name}` };
    kafka = { brokers: [brokers], shards: 1, registry: { url: registry! }, topics };
    data = await scratch();
  }, pythonMsMax + kafkaStartMsMax);
  afterAll(() => data?.remove());

  const serve = () => serviceFor({ kafka, data: data.directory, api: { tokens } });

  /** Lines of `time sequence event actor`. */
  async function historyInPython(xname: string): Promise<string[][]> {
    const at = ['--kafka', kafka.brokers[0]!, '--registry', kafka.registry!.url, '--topic', kafka.topics.events];
    const { stdout } = await run(python, [`${examples}history.py`, xname, ...at]);
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' '));
  }

  /** By a client whose batches our own could not read as they are sent. */
  async function produceCompressed(program: string): Promise<void> {
    const script = [
      'import sys, confluent_kafka',
      "for kind in ('snappy', 'lz4', 'zstd', 'gzip'):",
      "  producer = confluent_kafka.Producer({'bootstrap.servers': sys.argv[1], 'compression.type': kind})",
      "  for n in range(50): producer.produce(sys.argv[2], b'a line of text ' * 20)",
      '  assert producer.flush(20) == 0',
    ];
    await run(program, ['-c', script.join('\n'), kafka.brokers[0]!, kafka.topics.events]);
  }

  test('prints exactly what counts of one component, whatever else lies in the topic', async () => {
    const first = await serve();
    await useFrom(first.url);
    await first.close();
    await leaveStrayEvents(kafka);
    await produceCompressed(python);
    const second = await serve();
    await unlock(second.url);

    const printed = await historyInPython(node!);
    const told = await second.history();
    await second.close();

    expect(printed.map(([, , event, actor]) => `${event} ${actor}`)).toEqual([
      'ComponentPut installer',
      'ReservationCreated firmware-update',
      'RequestRefused operator',
      'ReservationReleased firmware-update',
      'ComponentLocked operator',
      'ComponentUnlocked operator',
    ]);
    expect(printed.map(inWords)).toEqual(told.filter((line) => line.includes(node!)).map(withoutDetails));
  }, 120_000);
});

const as = (caller: string) => ({ authorization: `Bearer token-of-${caller}` });

async function useFrom(url: string): Promise<void> {
  const Components = [node, other].map((ID) => ({ ID, State: 'Ready', Role: 'Compute' }));
  await hsm(url, '/State/Components', { Components }, as('installer'));
  const both = { ComponentIDs: [node, other], ReservationDuration: 5 };
  const { body } = await hsm(url, '/locks/service/reservations', both, as('firmware-update'));
  await hsm(url, '/locks/service/reservations', { ...both, ComponentIDs: [node] }, as('operator'));
  const ReservationKeys = body.Success.map(({ ID, ReservationKey }: { ID: string; ReservationKey: string }) => ({
    ID,
    Key: ReservationKey,
  }));
  await hsm(url, '/locks/service/reservations/release', { ReservationKeys }, as('firmware-update'));
  await hsm(url, '/locks/lock', { ComponentIDs: [node] }, as('operator'));
}

async function unlock(url: string): Promise<void> {
  const { body } = await hsm(url, '/locks/unlock', { ComponentIDs: [node] }, as('operator'));
  expect(body.Counts.Success).toBe(1);
}

/** What crashes and pauses leave behind, none of which counts. SPEC rules 4 to 6. */
async function leaveStrayEvents(kafka: KafkaLogSettings): Promise<void> {
  const settings = { data: null, kafka };
  const log = await openLog(settings, nodeRuntime, silentLogger);
  const { codec } = await openCodec(settings, { log, logger: silentLogger, from: null });
  try {
    const records = await readAll(log);
    const last = lastStamp(records, codec);
    const group = records.filter(({ value }) => codec.decodeEvent(value).stamp.commandId === last.commandId);
    const next = { ...last, sequence: last.sequence + 1, commandPosition: last.commandPosition + 1, index: 0 };
    const unlocked = unlocking(node!);
    const claim = { epoch: last.epoch + 1, owner: 'died-half-way' };
    await log.append('events', [
      // An append that landed twice.
      ...group.map(({ key, value }) => ({ key, value })),
      record(codec, { type: 'engine.EpochStarted' }, { ...next, ...claim, sequence: 0, commandPosition: -1, size: 1 }),
      // Of the owner before, who has not noticed yet.
      record(codec, unlocked, { ...next, size: 1 }),
      // A stranger's, with an id that the log has not recorded.
      { key: node!, value: Buffer.from('007ffffff0aabb', 'hex') },
      // The outcome never came: the group stays incomplete.
      record(codec, unlocked, { ...next, ...claim, size: 2 }),
    ]);
  } finally {
    await log.close();
  }
}

function record(codec: Codec, event: Event, stamp: Stamp) {
  return { key: eventKey(event, stamp.shard), value: codec.encodeEvent(event, stamp).value };
}

/** As an operator would. */
function unlocking(xname: string): Event {
  const sample = Object.values(sampleEvents).find(({ type }) => type.endsWith('.ComponentUnlocked'));
  return { ...sample, xname } as Event;
}

/** Of the last event that is not a control event. */
function lastStamp(records: LogRecord[], codec: Codec): Stamp {
  const stamps = records.map(({ value }) => codec.decodeEvent(value).stamp);
  return stamps.filter(({ sequence }) => sequence > 0).at(-1)!;
}

async function readAll(log: ShardLog): Promise<LogRecord[]> {
  const head = await log.head('events');
  const tail = log.tail('events', 0);
  const records: LogRecord[] = [];
  while (records.length < head) records.push(...((await tail.next()) ?? []));
  tail.close();
  return records;
}

/** As `Service.history` has it. */
function inWords([time, sequence, event]: string[]): string {
  return `${sequence!.padStart(5)}  ${time!.slice(11, 19)}  ${node}  ${event}`;
}

function withoutDetails(line: Awaited<ReturnType<Service['history']>>[number]): string {
  return line.split(',')[0]!;
}
