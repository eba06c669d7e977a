import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CatalogueEntry, loadCatalogue } from '../catalogue.js';
import { createCodec, localCodec } from '../codec.js';
import type { CodecError } from '../codec-error.js';
import lockV1 from '../golden/cray.LockRequested.v1.json' with { type: 'json' };
import decidedV1 from '../golden/engine.RequestDecided.v1.json' with { type: 'json' };
import type { Command, Event } from '../messages.js';
import { sampleCommands, sampleEvents, sampleHeader, sampleHeaderV1, sampleStamp } from '../samples.js';
import localIds from '../schema-ids.json' with { type: 'json' };

const codec = localCodec();
const isCommand = (message: Command | Event): message is Command => message.type in sampleCommands;

function encode(message: Command | Event): Uint8Array {
  if (isCommand(message)) return codec.encodeCommand(message, sampleHeader).value;
  return codec.encodeEvent(message, sampleStamp).value;
}

describe('decoding', () => {
  const value = Buffer.from(encode(sampleEvents['cray.ComponentLocked']));

  test.each([
    ['not-avro', Buffer.from([])],
    ['not-avro', Buffer.from([1, 0, 0, 0, 1, 5])],
    ['unknown-schema', Buffer.concat([Buffer.from([0, 0x7f, 0, 0, 0]), value.subarray(5)])],
    ['invalid', value.subarray(0, -1)],
    ['invalid', Buffer.concat([value, Buffer.from([0])])],
    ['wrong-role', Buffer.from(encode(sampleCommands['cray.LockRequested']))],
  ])('bytes that are no event are refused: %s', (code, bytes) => {
    expect(() => codec.decodeEvent(bytes)).toThrow(expect.objectContaining({ code }));
  });

  test('damage never passes as anything but an error or another valid event', () => {
    fc.assert(
      fc.property(fc.nat(value.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = Buffer.from(value);
        damaged[at]! ^= flip;
        try {
          codec.decodeEvent(damaged);
        } catch (error) {
          expect(error).toMatchObject({ name: 'CodecError' });
        }
      }),
    );
  });
});

describe('counts that are not true', () => {
  const deletion = Buffer.from(encode({ type: 'cray.ComponentsDeletionRequested', ids: [] }));
  // Zigzag of 10^9 and of -10^9, each in place of the empty array's end: more items than any process could hold.
  test.each([
    ['a count', '80a8d6b907'],
    ['a count with a block size', 'ffa7d6b90700'],
  ])('%s far larger than the bytes is an error at once', (_, count) => {
    const damaged = Buffer.concat([deletion.subarray(0, -1), Buffer.from(count, 'hex')]);
    expect(() => codec.decodeCommand(damaged)).toThrow(expect.objectContaining({ code: 'invalid' }));
  });

  test('an array in several blocks is read whole', () => {
    const blocks = Buffer.from('02046131' + '0106046232' + '00', 'hex');
    const value = Buffer.concat([deletion.subarray(0, -1), blocks]);
    expect(codec.decodeCommand(value).command).toMatchObject({ ids: ['a1', 'b2'] });
  });
});

describe('what does not fit its schema', () => {
  test('is refused, and the error repeats nothing of it', () => {
    const secret = 'x0c0s0b0n0:rk:8d7f0c7e';
    const event = { type: 'cray.ComponentLocked', xname: { secret } } as unknown as Event;
    let refusal: CodecError | undefined;
    try {
      codec.encodeEvent(event, sampleStamp);
    } catch (error) {
      refusal = error as CodecError;
    }
    expect(refusal).toMatchObject({ name: 'CodecError', code: 'invalid' });
    // As a logger shows it: with its stack and whatever it holds as a cause.
    expect(inspect(refusal, { depth: null, showHidden: true })).not.toContain(secret);
  });

  test('a type that has no schema is refused', () => {
    const event = { type: 'cray.Nothing' } as unknown as Event;
    expect(() => codec.encodeEvent(event, sampleStamp)).toThrow(expect.objectContaining({ code: 'unknown-schema' }));
  });
});

describe('absent values', () => {
  const { 'cray.ReservationCreated': created, 'cray.ComponentPut': put } = sampleEvents;
  test.each<Event>([
    { ...created, expiresAt: null, durationMs: null },
    { ...put, properties: { ...put.properties, nid: null } },
  ])('nulls of $type come back as nulls', (event) => {
    expect(codec.decodeEvent(encode(event)).event).toEqual(event);
  });
});

describe('versions', () => {
  // A second version of one event, as a change that is allowed would bring it.
  const ids = { ...localIds, 'cray.ComponentLocked.v2': 900_001 };
  const first = loadCatalogue().find(({ type }) => type === 'cray.ComponentLocked')!;
  const fields = [...first.schema.fields, { name: 'note', type: 'string', default: 'none' }];
  const second: CatalogueEntry = { ...first, version: 2, fingerprint: 'second', schema: { ...first.schema, fields } };
  const newer = createCodec(ids, [first, second]);
  const locked = sampleEvents['cray.ComponentLocked'];

  test('bytes of an older version are read as the newest, and keep the fingerprint that they were written with', () => {
    const { event, fingerprint, stamp } = newer.decodeEvent(encode(locked));
    expect({ event, fingerprint, stamp }).toEqual({
      event: { ...locked, note: 'none' },
      fingerprint: first.fingerprint,
      stamp: sampleStamp,
    });
  });

  test('the newest version is the one that is written', () => {
    const noted = { ...locked, note: 'by hand' };
    const { value } = newer.encodeEvent(noted, sampleStamp);
    expect(Buffer.from(value).readUInt32BE(1)).toBe(ids['cray.ComponentLocked.v2']);
    expect(newer.decodeEvent(value).event).toEqual(noted);
  });

  test('a process that does not know a version yet refuses it, and guesses nothing', () => {
    const { value } = newer.encodeEvent(locked, sampleStamp);
    expect(() => codec.decodeEvent(value)).toThrow(expect.objectContaining({ code: 'unknown-schema' }));
  });

  test('a schema without an id stops the start', () => {
    expect(() => createCodec(localIds, [first, second])).toThrow('cray.ComponentLocked.v2 has no schema id');
  });

  test("ids come from whoever gives them: another registry's change neither digest nor body", () => {
    const theirs = createCodec(Object.fromEntries(Object.entries(localIds).map(([key, id]) => [key, id + 40_000])));
    const lock = sampleCommands['cray.LockRequested'];
    expect(theirs.encodeCommand(lock, sampleHeader).digest).toBe(codec.encodeCommand(lock, sampleHeader).digest);
    const [a, b] = [theirs, codec].map((one) => one.encodeEvent(locked, sampleStamp));
    expect([a?.body, a?.fingerprint]).toEqual([b?.body, b?.fingerprint]);
    expect(a?.value).not.toEqual(b?.value);
  });
});

describe('the digest', () => {
  const digestOf = (command: Command, header = sampleHeader) => codec.encodeCommand(command, header).digest;
  const lock = sampleCommands['cray.LockRequested'];

  test('is the same when read back', () => {
    for (const command of Object.values(sampleCommands)) {
      const { value, digest } = codec.encodeCommand(command, sampleHeader);
      expect(codec.decodeCommand(value).digest).toBe(digest);
    }
  });

  test('says whether two bodies are the same, whoever sent them', () => {
    const { actor } = sampleHeader;
    expect(digestOf(lock, { ...sampleHeader, actor: { ...actor, userAgent: 'another, and longer' } })).toBe(
      digestOf(lock),
    );
    expect(digestOf({ ...lock, rigid: false })).not.toBe(digestOf(lock));
    expect(digestOf({ ...lock, type: 'cray.UnlockRequested' })).not.toBe(digestOf(lock));
  });

  test('is that of the version before where only the header changed', () => {
    // The bytes of version 1, as they were written before there was a version 2.
    const golden = Buffer.from(lockV1.hex, 'hex');
    expect(codec.decodeCommand(golden).digest).toBe(digestOf(lock));
    expect(golden.readUInt32BE(1)).toBe(localIds['cray.LockRequested.v1']);
  });

  test('says the same whatever the reason, the key and the trace', () => {
    const bare = { ...sampleHeader, reason: '', idempotencyKey: '', traceparent: '' };
    expect(digestOf(lock, bare)).toBe(digestOf(lock));
  });
});

describe('version 1 of the header', () => {
  test('is read with what it did not have as empty', () => {
    const { header } = codec.decodeCommand(Buffer.from(lockV1.hex, 'hex'));
    expect(header).toEqual({ ...sampleHeaderV1, reason: '', idempotencyKey: '', traceparent: '' });
  });

  test('called nobody anonymous, who has no name now', () => {
    const first = loadCatalogue().filter(({ version }) => version === 1);
    const older = createCodec(localIds, first);
    const actor = { ...sampleHeader.actor, name: 'anonymous', authenticated: false };
    const { value } = older.encodeCommand(sampleCommands['cray.LockRequested'], { ...sampleHeader, actor });
    expect(codec.decodeCommand(value).header.actor).toEqual({ ...actor, name: '' });
    const stated = { ...actor, name: 'anonymous' };
    const newer = codec.encodeCommand(sampleCommands['cray.LockRequested'], { ...sampleHeader, actor: stated });
    expect(codec.decodeCommand(newer.value).header.actor).toEqual(stated);
  });

  test('outcomes of version 1 do not say who and why', () => {
    const { event } = codec.decodeEvent(Buffer.from(decidedV1.hex, 'hex'));
    expect(event).toEqual({ ...decidedV1.message, origin: null, settled: 0 });
  });
});
