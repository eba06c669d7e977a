import { type Codec, createCodec, eventKey, localCodec, type RecordedSchema, type SchemaIds } from '@holdfast/events';
import { GroupReader, LogError, MemoryLog, nodeRuntime, type ShardLog, takeRecord } from '@holdfast/log';
import { beforeEach, describe, expect, test } from 'vitest';
import ids from '../../events/schema-ids.json' with { type: 'json' };
import { beginCommandLog, newestBeginning, resumePosition } from './command-log.js';
import { begunWith, findSchemas } from './log-schemas.js';
import { controlRecord, GroupWriter } from './writer.js';

/** Ids of a registry that gave them `by` higher than here. */
function registryOf(by: number): Codec {
  const shifted = Object.entries(ids as SchemaIds).map(([key, id]) => [key, id + by] as const);
  return createCodec(Object.fromEntries(shifted));
}

/** Knows no registry: what it is given alone. */
function codecWith(schemas: readonly RecordedSchema[]): Codec {
  const codec = localCodec();
  codec.adopt(schemas);
  return codec;
}

const find = () => findSchemas(log, codecWith, null);
let log: MemoryLog;
beforeEach(() => {
  log = new MemoryLog({ shard: 's', runtime: nodeRuntime });
});

/** One owner, who writes with these ids. */
class Owner {
  #writer: GroupWriter | null = null;
  #hash = '';
  constructor(
    readonly codec: Codec,
    readonly epoch: number,
    private sequence = 0,
  ) {}

  async claim(before = ''): Promise<void> {
    const claim = { shard: 's', epoch: this.epoch, owner: `owner ${this.epoch}`, time: 0 };
    this.#writer = new GroupWriter(this.codec, 's', this.epoch, claim.owner, this.sequence, before);
    await log.append('events', [controlRecord(this.codec, { type: 'engine.EpochStarted' }, claim)]);
  }

  /** The group of a command; the first `count` of its records. */
  async write(commandPosition: number, schemas: readonly RecordedSchema[] | null, count = 9): Promise<void> {
    const recorded = schemas === null ? [] : [{ type: 'engine.SchemasRecorded', schemas } as const];
    const { records, sequence, hash } = this.#writer!.write(
      {
        events: [
          { type: 'engine.TimeShifted', byMs: 0 },
          ...recorded,
          {
            ...{ type: 'engine.RequestDecided', command: '', status: 'accepted', total: 0, reason: null },
            ...{ digest: '', keyed: false, origin: null },
          },
        ],
        ...{ now: 0, level: 2, commandId: `command ${commandPosition}`, actor: '' },
      },
      commandPosition,
    );
    [this.sequence, this.#hash] = [sequence, hash];
    await log.append('events', records.slice(0, count));
  }

  get place(): { sequence: number; hash: string } {
    return { sequence: this.sequence, hash: this.#hash };
  }
}

test('a log that is empty, or older than the record, has none', async () => {
  expect(await find()).toBeNull();
  await beginCommandLog(log, registryOf(500), nodeRuntime, { domains: [], secretFingerprint: '' });
  const owner = new Owner(registryOf(500), 1);
  await owner.claim();
  await owner.write(0, null);
  expect(await find()).toBeNull();
});

test('a log that was begun says it in its first command, before anything is decided', async () => {
  const codec = registryOf(500);
  await beginCommandLog(log, codec, nodeRuntime, { domains: [], secretFingerprint: '' }, newestBeginning(codec));
  expect(await begunWith(log, localCodec())).toEqual(codec.schemas());
  await new Owner(codec, 1).claim();
  expect(await find()).toEqual(codec.schemas());
});

test('where the log removes its first command while that is looked for, a start goes on without it', async () => {
  const codec = registryOf(500);
  await beginCommandLog(log, codec, nodeRuntime, { domains: [], secretFingerprint: '' }, newestBeginning(codec));
  const removing = {
    start: async () => 0,
    head: async () => 1,
    tail: (stream: string, position: number) => {
      throw new LogError('out-of-range', `${stream} holds nothing at ${position}`);
    },
  } as Partial<ShardLog> as ShardLog;
  expect(await begunWith(removing, localCodec())).toBeNull();
  expect(await resumePosition(removing, codec, { commandLog: 'another', commandPosition: 0 })).toBe(1);
  // It would notice that this is another log where the command is there.
  expect(await resumePosition(log, codec, { commandLog: 'another', commandPosition: 0 })).toBe(0);
});

test('it is found in the first group, and anywhere later, with no registry at hand', async () => {
  const codec = registryOf(500);
  const owner = new Owner(codec, 1);
  await owner.claim();
  for (let n = 0; n < 40; n++) await owner.write(n, null);
  await owner.write(40, codec.schemas());
  expect(await find()).toEqual(codec.schemas());
});

test('who goes on from a checkpoint needs what is behind it alone', async () => {
  const codec = registryOf(500);
  const owner = new Owner(codec, 1);
  await owner.claim();
  await owner.write(0, codec.schemas());
  await owner.write(1, null);
  const reader = new GroupReader('s');
  for await (const record of recordsOf()) takeRecord(codecWith(codec.schemas()), reader, record);
  expect(await findSchemas(log, codecWith, reader.checkpoint())).toEqual(codec.schemas());
});

describe('of a writer whose groups do not count', () => {
  const [theirs, counted] = [registryOf(900), registryOf(500)];

  test('a record of other ids is passed over where the log cannot be read with it', async () => {
    const owner = new Owner(counted, 1);
    await owner.claim();
    await owner.write(0, null);
    const { sequence, hash } = owner.place;
    // It dies half way, with a record of ids that nobody else has; the next decides the same command.
    await owner.write(1, theirs.schemas(), 2);
    const next = new Owner(counted, 2, sequence);
    await next.claim(hash);
    await next.write(1, counted.schemas());
    expect(await find()).toEqual(counted.schemas());
  });

  test('where none can be read with, it is said, and nothing is taken', async () => {
    const owner = new Owner(registryOf(2_000), 1);
    await owner.claim();
    await owner.write(0, null);
    await owner.write(1, theirs.schemas());
    await owner.write(2, counted.schemas());
    await expect(find()).rejects.toThrow('2 records say what ids mean, and the log can be read with none of them');
  });
});

test('records that agree are one: the last of them has all', async () => {
  const codec = registryOf(500);
  const all = codec.schemas();
  const owner = new Owner(codec, 1);
  await owner.claim();
  await owner.write(1, all.slice(0, 60));
  await owner.write(2, all);
  expect(await find()).toEqual(all);
});

async function* recordsOf() {
  const tail = log.tail('events', 0);
  const head = await log.head('events');
  for (let position = 0; position < head; ) {
    for (const record of (await tail.next()) ?? []) {
      position++;
      yield record;
    }
  }
  tail.close();
}

test('the key of such a record is the shard', () => {
  expect(eventKey({ type: 'engine.SchemasRecorded', schemas: [] }, 's')).toBe('s');
});
