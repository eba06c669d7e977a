import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadCatalogue } from './catalogue.js';
import { createCodec, localCodec } from './codec.js';
import type { RecordedSchema } from './envelope.js';
import { isSelfFramed } from './frame.js';
import { frameOf, newestLevel } from './levels.js';
import { sampleCommands, sampleEvents, sampleHeader, sampleStamp } from './samples.js';

const catalogue = loadCatalogue();
const wire = catalogue.filter((entry) => frameOf(entry) === 'wire');
const keyOf = ({ type, version }: { type: string; version: number }) => `${type}.v${version}`;

/** A codec whose registry gave these ids, one for each schema of the wire format. */
function withIds(ids: readonly number[]) {
  return createCodec(Object.fromEntries(wire.map((entry, n) => [keyOf(entry), ids[n]!])), catalogue);
}

const from = (first: number) => wire.map((_, n) => first + n);
const rotated = (ids: number[], by: number) => [...ids.slice(by), ...ids.slice(0, by)];
/** Ids of a log, and those that a registry gives now. */
const tables: [string, number[], number[]][] = [
  ['the same', from(1), from(1)],
  ['each the one that another had', from(1), rotated(from(1), 1)],
  ['in the opposite order', from(1), from(1).reverse()],
  ['two exchanged', from(1), [2, 1, ...from(1).slice(2)]],
  ['all of them others', from(1), from(40_000)],
  ['later by a stranger in front', from(1), from(4)],
  ['earlier', from(100), from(60)],
  ['with holes', from(1), from(1).map((id) => id * 3)],
  ['the largest', from(2_147_483_000), from(2_147_483_500)],
];

describe.each(tables)('where ids are %s', (_, logIds, registryIds) => {
  const writer = withIds(logIds);
  const recorded = writer.schemas();

  test("all that is in the log is read with the log's ids, and written with them", () => {
    const other = withIds(registryIds);
    other.adopt(recorded);
    for (const event of Object.values(sampleEvents)) {
      const { value } = writer.encodeEvent(event, sampleStamp, newestLevel);
      expect(other.decodeEvent(value)).toMatchObject({ event, stamp: sampleStamp });
      expect(Buffer.from(other.encodeEvent(event, sampleStamp, newestLevel).value)).toEqual(Buffer.from(value));
    }
    for (const command of Object.values(sampleCommands)) {
      const { value } = writer.encodeCommand(command, sampleHeader, newestLevel);
      expect(other.decodeCommand(value).header).toEqual(sampleHeader);
      expect(Buffer.from(other.encodeCommand(command, sampleHeader, newestLevel).value)).toEqual(Buffer.from(value));
    }
    expect(other.schemas()).toEqual(recorded);
  });
});

test("whatever ids a registry gives, none means two schemas once the log's are known", () => {
  const permutation = fc.shuffledSubarray(from(1), { minLength: wire.length });
  fc.assert(
    fc.property(permutation, permutation, fc.nat(wire.length), (logIds, registryIds, known) => {
      // The log may know fewer schemas than this version.
      const recorded = withIds(logIds).schemas().slice(0, known);
      const codec = withIds(registryIds);
      codec.adopt(recorded);
      const meaning = new Map(recorded.map(({ id, name, version }) => [id, `${name} ${version}`]));
      for (const { name, version, fingerprint } of recorded) {
        const id = Buffer.from(codec.frame(fingerprint, Buffer.alloc(0))).readUInt32BE(1);
        expect(meaning.get(id)).toBe(`${name} ${version}`);
      }
      for (const { fingerprint } of known === 0 ? [] : wire.slice(known)) {
        const frame = () => codec.frame(fingerprint, Buffer.alloc(0));
        expect(frame).toThrow(expect.objectContaining({ code: 'unknown-schema' }));
      }
    }),
    { numRuns: 30 },
  );
});

describe('what contradicts the record is refused:', () => {
  const recorded = withIds(from(1)).schemas();
  const repeated = sampleEvents['engine.Repeated'];

  test('an id that was read with another meaning', () => {
    const codec = withIds(rotated(from(1), 1));
    codec.decodeEvent(codec.encodeEvent(repeated, sampleStamp).value);
    expect(() => codec.adopt(recorded)).toThrow(/the log has the id \d+ for holdfast\..*/);
  });

  test('another schema under the same name and version', () => {
    const other = recorded.map((schema) => ({ ...schema, fingerprint: `not ${schema.fingerprint}` }));
    expect(() => withIds(from(1)).adopt(other)).toThrow(/is another schema than this version's/);
  });

  test('a schema that is new to the log, and whose id the log has for another: both are named, and nothing is recorded', () => {
    const [, second] = recorded;
    const codec = withIds(from(2));
    // The registry has the id of the log's second schema for the first.
    codec.adopt([second!]);
    expect(() => codec.schemas()).toThrow(
      /version \d+ has no id of its own: the id 2, which the registry has for it, is that of .* in this log/,
    );
  });
});

test('an id that is recorded for a schema of a later version is said to be that', () => {
  const later: RecordedSchema = { id: 77_777, name: 'holdfast.engine.Later', version: 3, fingerprint: 'f' };
  const codec = localCodec();
  codec.adopt([later]);
  const value = Buffer.from(`00${(77_777).toString(16).padStart(8, '0')}00`, 'hex');
  expect(() => codec.decodeEvent(value)).toThrow('the id 77777 is that of holdfast.engine.Later version 3');
});

test('what is framed by itself is read whatever ids there are, and bears the same bytes everywhere', () => {
  const [a, b] = [withIds(from(1)), withIds(from(9_000))];
  const event = sampleEvents['engine.SchemasRecorded'];
  const { value } = a.encodeEvent(event, sampleStamp);
  expect(isSelfFramed(value)).toBe(true);
  expect(b.decodeEvent(value).event).toEqual(event);
  expect(Buffer.from(b.encodeEvent(event, sampleStamp).value)).toEqual(Buffer.from(value));
});

test('a form of framing that only later versions know is unknown, not damage', () => {
  const value = Buffer.from('4846020001aabb', 'hex');
  expect(() => localCodec().decodeEvent(value)).toThrow(expect.objectContaining({ code: 'unknown-schema' }));
});

test('at the first level nothing is written that the version before levels cannot read', () => {
  const codec = localCodec();
  const started = codec.encodeCommand(sampleCommands['engine.CommandLogStarted'], sampleHeader, 1).value;
  expect(isSelfFramed(started)).toBe(false);
  expect(codec.unframe(started)).toMatchObject({
    fingerprint: catalogue.find((entry) => keyOf(entry) === 'engine.CommandLogStarted.v2')!.fingerprint,
  });
  expect(isSelfFramed(codec.encodeCommand(sampleCommands['engine.CommandLogStarted'], sampleHeader, 2).value)).toBe(
    true,
  );
});
