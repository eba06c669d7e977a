import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadCatalogue } from './catalogue.js';
import { localCodec } from './codec.js';
import { incompatibilities } from './compatibility.js';
import type { Command, Event } from './messages.js';
import { sampleCommands, sampleEvents, sampleHeader, sampleStamp } from './samples.js';
import ids from './schema-ids.json' with { type: 'json' };

const codec = localCodec();
const catalogue = loadCatalogue();
const messages: (Command | Event)[] = [...Object.values(sampleCommands), ...Object.values(sampleEvents)];
const isCommand = (message: Command | Event): message is Command => message.type in sampleCommands;

function encode(message: Command | Event): Uint8Array {
  if (isCommand(message)) return codec.encodeCommand(message, sampleHeader).value;
  return codec.encodeEvent(message, sampleStamp).value;
}

describe('the catalogue', () => {
  test('every message has a schema, and every schema a message', () => {
    const named = (entries: { type: string }[]) => [...new Set(entries.map(({ type }) => type))].sort();
    expect(named(catalogue.filter(({ role }) => role === 'command'))).toEqual(Object.keys(sampleCommands).sort());
    expect(named(catalogue.filter(({ role }) => role === 'event'))).toEqual(Object.keys(sampleEvents).sort());
  });

  test('every schema has an id of its own', () => {
    const versions = catalogue.map(({ type, version }) => `${type}.v${version}`);
    expect(Object.keys(ids).sort()).toEqual(versions.sort());
    expect(new Set(Object.values(ids)).size).toBe(versions.length);
  });

  test('every version of a message reads every other', () => {
    expect(incompatibilities(catalogue)).toEqual([]);
  });

  test.each([
    ['a new field without a default', { name: 'why', type: 'string' }, 1],
    ['a new field with a default', { name: 'why', type: 'string', default: '' }, 0],
  ])('the check tells %s', (_, field, expected) => {
    const [first] = catalogue;
    const schema = { ...first!.schema, fields: [...first!.schema.fields, field] };
    expect(incompatibilities([first!, { ...first!, version: 2, schema }])).toHaveLength(expected);
  });
});

describe('golden bytes', () => {
  // Written once, when a message is new; decoded for ever. HOLDFAST_WRITE_GOLDEN=1 writes those that are missing.
  test.each(messages.map((message) => [message.type, message] as const))('%s', (type, message) => {
    const version = Math.max(...catalogue.filter((entry) => entry.type === type).map((entry) => entry.version));
    const file = new URL(`golden/${type}.v${version}.json`, import.meta.url);
    if (!existsSync(file) && process.env.HOLDFAST_WRITE_GOLDEN === '1') {
      mkdirSync(new URL('golden/', import.meta.url), { recursive: true });
      const hex = Buffer.from(encode(message)).toString('hex');
      writeFileSync(file, `${JSON.stringify({ message, hex }, null, 2)}\n`);
    }
    const golden = JSON.parse(readFileSync(file, 'utf8')) as { message: Command | Event; hex: string };
    const bytes = Buffer.from(golden.hex, 'hex');
    if (isCommand(message)) {
      expect(codec.decodeCommand(bytes)).toEqual({
        header: sampleHeader,
        command: golden.message,
        digest: expect.stringMatching(/^[\w-]{43}$/),
      });
    } else expect(codec.decodeEvent(bytes)).toMatchObject({ stamp: sampleStamp, event: golden.message });
    expect(Buffer.from(encode(message)).toString('hex')).toBe(golden.hex);
  });
});

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
});
