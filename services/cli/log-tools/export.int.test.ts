import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { coreModules } from '@holdfast/core';
import { type Codec, type Command, type Event, localCodec, newestLevel, shardSecret } from '@holdfast/events';
import { sampleCommands, sampleEvents, sampleHeader } from '@holdfast/events/samples';
import { type LogRecord, MemoryLog, nodeRuntime, type StreamName } from '@holdfast/log';
import { controlRecord, GroupWriter, newestBeginning } from '@holdfast/processor';
import { shardName } from '@holdfast/shard/shard-name';
import avsc from 'avsc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateLog, VirtualClock } from '../../../test/support/generated-log.js';
import { decided } from '../../../test/support/groups.js';
import { pythonMissing, pythonMsMax, pythonWith } from '../../../test/support/python.js';
import { readBlocks } from './container.js';
import { exportLog } from './export.js';
import { type ChainedRow, chainOf, type EventRow, type Manifest, rowSchemas, rowTypes } from './export-format.js';
import { importLog } from './import.js';
import { exportSource, openExport } from './read-export.js';
import { type LogSource, logSource } from './source.js';
import { verifyLog } from './verify.js';
import { LogWalk } from './walk.js';

const codec = localCodec();
const secret = shardSecret(Buffer.alloc(32, 1));
let folder: string;
let log: MemoryLog;
let manifest: Manifest;
let undecided: string;
const [{ name: module }, { name: other }] = coreModules;
const locked = `${module}.ComponentLocked`;
const file = (name: string) => join(folder, 'export', name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-export-'));
  const clock = new VirtualClock();
  log = new MemoryLog({ shard: shardName, runtime: clock });
  await generateLog({ log, clock, secret, events: 400, components: 10, seed: 3 });
  // What was asked for and not decided when the service ended, and what nobody can decide.
  const command: Command = {
    type: `${module}.LockRequested`,
    selection: { ids: ['x0c0s0b0n0'], criteria: [] },
    rigid: true,
  };
  undecided = nodeRuntime.uuid();
  const { value } = codec.encodeCommand(command, { ...sampleHeader, id: undecided });
  await log.append('commands', [
    { key: 'x0c0s0b0n0', value },
    { key: 'odd', value: Buffer.from('not a command') },
  ]);
  manifest = await exportLog(await logSource(log), codec, file(''), () => {});
});
afterAll(() => rm(folder, { recursive: true }));

async function verifyExported(directory: string) {
  const exported = await openExport(directory, codec);
  const source = exportSource(exported, codec);
  return verifyLog({ source, codec, seals: [exported.manifest.seal], rows: null, secret, onProgress: () => {} });
}

async function walked(source: LogSource): Promise<LogWalk> {
  const walk = new LogWalk(source, codec);
  for await (const _ of walk.groups());
  return walk;
}

test('strays are exported as they are, and come into another log without their bytes, at their positions', async () => {
  const clock = new VirtualClock();
  const strewn = new MemoryLog({ shard: shardName, runtime: clock });
  const put = async (stream: StreamName, record: LogRecord) => {
    clock.time = record.appendTime;
    await strewn.append(stream, [record]);
  };
  const text = { key: 'their key', value: Buffer.from('a line of text') };
  for await (const records of (await logSource(log)).read('events', 0)) {
    for (const record of records) {
      if (record.position === 3) await strewn.append('events', [text]);
      await put('events', record);
    }
  }
  for await (const records of (await logSource(log)).read('commands', 0)) {
    for (const record of records) await put('commands', record);
  }
  const directory = join(folder, 'strewn');
  await exportLog(await logSource(strewn), codec, directory, () => {});
  const rows: EventRow[] = [];
  for await (const block of readBlocks(join(directory, 'events.avro'), rowTypes.events))
    rows.push(...(block.rows as EventRow[]));
  expect(rows[3]).toMatchObject({ position: 3, key: 'their key', type: '', fingerprint: '', body: text.value });
  expect((await verifyExported(directory)).strays.events).toEqual({ count: 1, first: [3] });

  const target = new MemoryLog({ shard: shardName, runtime: new VirtualClock() });
  const exported = await openExport(directory, codec);
  await importLog({ exported, log: target, codec, runtime: new VirtualClock(), onProgress: () => {} });
  const tail = target.tail('events', 3);
  expect((await tail.next())![0]!.value).toHaveLength(0);
  tail.close();
});

test('what a later record of schemas adds is a stray before it', async () => {
  const grown = new MemoryLog({ shard: shardName, runtime: new VirtualClock() });
  const source = await logSource(log);
  for (const stream of ['events', 'commands'] as const) {
    for await (const records of source.read(stream, 0)) await grown.append(stream, records);
  }
  const { reader } = await walked(await logSource(grown));
  const me = { epoch: reader.epoch + 1, owner: 'another' };
  const writer = new GroupWriter(codec, log.shard, me.epoch, me.owner, reader.sequence, reader.hash);
  const claim = controlRecord(codec, { type: 'engine.EpochStarted' }, { shard: log.shard, ...me, time: 0 });
  await grown.append('events', [claim]);
  const all = newestBeginning(codec).schemas;
  const added = all.findIndex(({ name }) => name.endsWith('ProviderPut'));
  const stranger = { key: 'their key', value: Buffer.alloc(9, 0xff) };
  stranger.value.writeUInt32BE(all[added]!.id, 1);
  stranger.value[0] = 0;
  const record = async (schemas: typeof all) => {
    const events: Event[] = [{ type: 'engine.SchemasRecorded', schemas }, decided('engine.LevelRaiseRequested')];
    const verdict = { events, now: 1e15, level: newestLevel, commandId: nodeRuntime.uuid(), actor: 'anonymous' };
    const { records } = writer.write(verdict, await grown.head('commands'));
    await grown.append('commands', [{ key: '', value: Buffer.from('asks for it') }]);
    await grown.append('events', records);
  };
  await record(all.toSpliced(added, 1));
  const at = { events: await grown.head('events'), commands: await grown.head('commands') };
  for (const stream of ['events', 'commands'] as const) await grown.append(stream, [stranger]);
  await record([...all]);
  const directory = join(folder, 'grown');
  await exportLog(await logSource(grown), codec, directory, () => {});
  for (const stream of ['events', 'commands'] as const) {
    const rows: ChainedRow[] = [];
    for await (const block of readBlocks(join(directory, `${stream}.avro`), rowTypes[stream]))
      rows.push(...(block.rows as ChainedRow[]));
    const strange = { position: at[stream], type: '', fingerprint: '', body: stranger.value };
    expect(rows[at[stream]]).toMatchObject(strange);
    expect(rows.filter(({ key }) => key === stranger.key)).toHaveLength(1);
  }
  const exported = await openExport(directory, codec);
  expect((await walked(exportSource(exported, codec))).strays.first).toEqual([at.events]);
});

test('an export holds what the log holds, and is verified as the log is', async () => {
  const source = await logSource(log);
  const found = await verifyExported(file(''));
  expect(found).toEqual(await verifyLog({ source, codec, seals: [], rows: null, secret, onProgress: () => {} }));
  expect(found.undecided).toBe(2);
  for (const stream of ['events', 'commands'] as const) {
    const [records, exported] = [[], []] as [unknown[], unknown[]];
    for await (const some of source.read(stream, 0))
      records.push(...some.map((one) => ({ ...one, value: Buffer.from(one.value) })));
    for await (const some of exportSource({ directory: file(''), manifest }, codec).read(stream, 0))
      exported.push(...some);
    expect(exported).toEqual(records);
  }
});

test('what a version exported that did not know a field yet is read by one that does, but not with another field missing', async () => {
  const old = new MemoryLog({ shard: shardName, runtime: new VirtualClock() });
  const source = await logSource(log);
  for (const stream of ['events', 'commands'] as const) {
    for await (const records of source.read(stream, 0)) await old.append(stream, records);
  }
  const { reader } = await walked(await logSource(old));
  const me = { epoch: reader.epoch + 1, owner: 'another' };
  const writer = new GroupWriter(codec, log.shard, me.epoch, me.owner, reader.sequence, reader.hash);
  await old.append('events', [
    controlRecord(codec, { type: 'engine.EpochStarted' }, { shard: log.shard, ...me, time: 0 }),
  ]);
  const refused = sampleEvents[`${other}.RequestRefused`];
  const asked = Object.keys(sampleCommands).find((type) => type.startsWith(`${other}.`))!;
  const events: Event[] = [{ ...refused, traits: [] }, decided(asked)];
  const verdict = { events, now: 1e15, level: 1, commandId: nodeRuntime.uuid(), actor: 'anonymous' };
  const { records } = writer.write(verdict, await old.head('commands'));
  await old.append('commands', [{ key: '', value: Buffer.from('asks for it') }]);
  await old.append('events', records);
  /** As a version that does not know these fields. */
  const exportedWithout = async (name: string, unknown: string) => {
    const before: Codec = {
      ...codec,
      decodeEvent(value) {
        const decoded = codec.decodeEvent(value);
        const event = Object.fromEntries(Object.entries(decoded.event).filter(([field]) => field !== unknown));
        return decoded.event.type === `${other}.RequestRefused` ? { ...decoded, event: event as never } : decoded;
      },
    };
    await exportLog(await logSource(old), before, join(folder, name), () => {});
    return walked(exportSource(await openExport(join(folder, name), codec), codec));
  };
  expect((await exportedWithout('before', 'traits')).reader.sequence).toBe(reader.sequence + 2);
  await expect(exportedWithout('edited', 'reason')).rejects.toThrow(/payload/);
});

test('its files are for their user alone, whatever the umask: they hold Idempotency-Keys and hashes of keys', async () => {
  for (const name of ['events.avro', 'commands.avro', 'manifest.json', 'SHA256SUMS']) {
    expect([name, (await stat(file(name))).mode & 0o777]).toEqual([name, 0o600]);
  }
});

test('a directory that holds something is left as it is', async () => {
  await expect(exportLog(await logSource(log), codec, file(''), () => {})).rejects.toThrow(/is not empty/);
  await expect(openExport(file(''), codec)).resolves.toBeDefined();
});

describe('a flipped byte is found, wherever it is:', () => {
  const flips = { 'events.avro': 90, 'commands.avro': 60, 'manifest.json': 100, SHA256SUMS: 80 };

  test.each(Object.entries(flips))('%s', async (name, count) => {
    const bytes = await readFile(file(name));
    const stream = name.startsWith('events') ? 'events' : 'commands';
    const headerBytes = name.endsWith('.avro') ? manifest.files[stream].headerBytes : 0;
    const spread = (from: number, to: number, n: number) =>
      Array.from({ length: n }, (_, i) => Math.floor(from + ((to - from) * i) / n));
    const offsets = [
      ...spread(0, headerBytes, headerBytes > 0 ? 20 : 0),
      ...spread(headerBytes, bytes.length, count),
      bytes.length - 1,
    ];
    try {
      for (const at of offsets) {
        const damaged = Buffer.from(bytes);
        damaged[at]! ^= 1 << (at % 8);
        await writeFile(file(name), damaged);
        const { difference } = await openExport(file(''), codec).then(
          () => expect.unreachable(`${name}, byte ${at}`),
          (error) => error,
        );
        if (name === 'SHA256SUMS')
          expect([difference.where, difference.subject]).toContainEqual(expect.stringContaining(name));
        else expect(difference, `byte ${at}`).toMatchObject({ where: name });
        if (!name.endsWith('.avro')) continue;
        // In the header, or at a row.
        expect(difference.subject === 'header', `byte ${at}`).toBe(at < headerBytes);
      }
    } finally {
      await writeFile(file(name), bytes);
    }
  });
});

test('a row that was changed is named by its position, also where its chain was made to fit', async () => {
  const rows: ChainedRow[] = [];
  for await (const block of readBlocks(file('events.avro'), rowTypes.events))
    rows.push(...(block.rows as ChainedRow[]));
  const at = 200;
  const sequence = (rows[at] as unknown as EventRow).sequence;
  const changed = { ...rows[at]!, actor: 'mallory' };
  expect(await differenceWith(rows.map((row) => (row.position === at ? changed : row)))).toMatchObject({
    position: at,
    sequence,
    expected: expect.stringContaining('chain'),
  });
  let chain = '';
  const fitting = rows.map((row) => {
    const { chain: _, ...rest } = row.position === at ? changed : row;
    chain = chainOf('events', chain, rest);
    return { ...rest, chain };
  });
  expect(await differenceWith(fitting)).toMatchObject({ position: at, sequence, found: '"mallory"' });
  expect(await differenceWith(rows.filter(({ position }) => position !== at))).toMatchObject({ position: at });
});

/** What is found in the export with other events. */
async function differenceWith(rows: ChainedRow[]) {
  await copyFile(file('events.avro'), join(folder, 'kept'));
  try {
    const encoder = avsc.createFileEncoder(file('events.avro'), rowSchemas.events, { codec: 'deflate' });
    for (const row of rows) encoder.write(row);
    await new Promise((resolve) => encoder.end(() => setTimeout(resolve, 50)));
    const header = (await readFile(file('events.avro'))).subarray(0, manifest.files.events.headerBytes);
    const original = (await readFile(join(folder, 'kept'))).subarray(0, manifest.files.events.headerBytes);
    expect(header.subarray(0, -16)).toEqual(original.subarray(0, -16));
    await restoreMarker(original.subarray(-16));
    return await openExport(file(''), codec).then(
      () => expect.unreachable(),
      (error) => error.difference,
    );
  } finally {
    await copyFile(join(folder, 'kept'), file('events.avro'));
  }
}

/** Gives the file the marker that it had, so that only its rows are other ones. */
async function restoreMarker(marker: Buffer): Promise<void> {
  const bytes = await readFile(file('events.avro'));
  const own = Buffer.from(bytes.subarray(manifest.files.events.headerBytes - 16, manifest.files.events.headerBytes));
  for (let at = bytes.indexOf(own); at >= 0; at = bytes.indexOf(own, at)) marker.copy(bytes, at);
  await writeFile(file('events.avro'), bytes);
}

test('an import puts events where they were, and asks again for what was not decided', async () => {
  const target = new MemoryLog({ shard: shardName, runtime: nodeRuntime });
  const exported = await openExport(file(''), codec);
  const found = await importLog({ exported, log: target, codec, runtime: nodeRuntime, onProgress: () => {} });
  expect(found).toMatchObject({ events: manifest.files.events.rows, commands: 1, seal: manifest.seal });
  const commands = [];
  for await (const records of (await logSource(target)).read('commands', 0))
    commands.push(...records.map(({ value }) => codec.decodeCommand(value)));
  expect(commands.map(({ command, header }) => [command.type, header.id])).toEqual([
    ['engine.CommandLogStarted', expect.any(String)],
    [`${module}.LockRequested`, undecided],
  ]);
  await expect(importLog({ exported, log: target, codec, runtime: nodeRuntime, onProgress: () => {} })).rejects.toThrow(
    /not empty/,
  );
});

const missing = pythonMissing();
const script = `
import json, sys, fastavro
for name in ('events', 'commands'):
    with open(f'{sys.argv[1]}/{name}.avro', 'rb') as file:
        rows = list(fastavro.reader(file))
    first, last = rows[0], rows[-1]
    print(json.dumps({'rows': len(rows), 'columns': sorted(first), 'time': first['appendTime'].isoformat(),
      'types': sorted({row['type'] for row in rows}), 'locked': sum(row['type'] == sys.argv[2] for row in rows),
      'xnames': sorted({row['xname'] for row in rows if row.get('xname')}),
      'totals': sum(json.loads(row['payload']).get('total', 0) for row in rows if row['type'] == 'engine.RequestDecided')}))
`;

describe.skipIf(missing !== null)(missing ?? 'fastavro', () => {
  let python: string;
  beforeAll(async () => {
    python = await pythonWith(fileURLToPath(new URL('../../../docs/examples/requirements.txt', import.meta.url)));
  }, pythonMsMax);

  test('reads every row, its columns and its payload', async () => {
    const { stdout } = await promisify(execFile)(python, ['-c', script, file(''), locked]);
    const [events, commands] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const decoded = [];
    for await (const records of (await logSource(log)).read('events', 0))
      decoded.push(...records.map(({ value }) => codec.decodeEvent(value).event));
    expect(events).toMatchObject({
      rows: decoded.length,
      columns: expect.arrayContaining([
        'position',
        'appendTime',
        'key',
        'type',
        'sequence',
        'actor',
        'xname',
        'payload',
        'chain',
      ]),
      time: expect.stringMatching(/^2026-01-01T00:\d\d:\d\d.*\+00:00$/),
      types: [...new Set(decoded.map(({ type }) => type))].sort(),
      locked: decoded.filter(({ type }) => type === locked).length,
      xnames: [...new Set(decoded.flatMap((event) => ('xname' in event ? [event.xname] : [])))].sort(),
      totals: decoded.reduce((sum, event) => sum + ('total' in event ? event.total : 0), 0),
    });
    expect(commands.rows).toBe(manifest.files.commands.rows);
    expect(commands.types).toContain('');
  });
});
