import { createHash } from 'node:crypto';
import { localCodec, shardSecret } from '@holdfast/events';
import { beginning, GroupReader, MemoryLog, type StreamName } from '@holdfast/log';
import { shardName } from '@holdfast/shard/shard-name';
import { expect, test } from 'vitest';
import { testModules } from '../modules.js';
import { generateLog, VirtualClock } from './generated-log.js';

const secret = shardSecret(Buffer.alloc(32, 1));

async function generated(seed: number): Promise<MemoryLog> {
  const clock = new VirtualClock();
  const log = new MemoryLog({ shard: shardName, runtime: clock });
  await generateLog({ log, clock, events: 20_000, components: 300, seed, secret });
  return log;
}

async function* records(log: MemoryLog, stream: StreamName) {
  const tail = log.tail(stream, 0);
  for (let left = await log.head(stream); left > 0; ) {
    const batch = (await tail.next())!;
    left -= batch.length;
    yield* batch;
  }
  tail.close();
}

async function digest(log: MemoryLog): Promise<string> {
  const hash = createHash('sha256');
  for (const stream of ['commands', 'events'] as const) {
    for await (const { key, value, appendTime } of records(log, stream))
      hash.update(`${key} ${appendTime}`).update(value);
  }
  return hash.digest('hex');
}

test('a seed gives one log, another seed another', async () => {
  const [one, again, other] = [await generated(1), await generated(1), await generated(2)];
  expect(await digest(again)).toBe(await digest(one));
  expect(await digest(other)).not.toBe(await digest(one));
});

test('a reader accepts all of it, each group was decided at its command, and every kind of event occurs', async () => {
  const log = await generated(3);
  const codec = localCodec();
  const commands: { id: string; appendTime: number }[] = [];
  for await (const { value, appendTime } of records(log, 'commands')) {
    commands.push({ id: codec.decodeCommand(value).header.id, appendTime });
  }
  const reader = new GroupReader(log.shard, beginning);
  const types = new Set<string>();
  for await (const { position, value } of records(log, 'events')) {
    const group = reader.take({ position, event: codec.decodeEvent(value) });
    if (group === null) continue;
    const { commandPosition, commandId, time } = group.stamp;
    expect(commands[commandPosition]).toEqual({ id: commandId, appendTime: time });
    for (const { event } of group.events) types.add(event.type);
  }
  expect([reader.ended, reader.voided, reader.duplicates, reader.held]).toEqual([true, 0, 0, 0]);
  expect([...types].sort()).toEqual(
    [
      ...testModules.flatMap(({ longTraffic }) => longTraffic?.leaves ?? []),
      'engine.CommandLogAttached',
      'engine.Repeated',
      'engine.RequestDecided',
      'engine.ShardOpened',
    ].sort(),
  );
});
