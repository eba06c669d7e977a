import { type DecodedEvent, type Event, localCodec, newestLevel, type RecordedSchema } from '@holdfast/events';
import { describe, expect, it } from 'vitest';
import { takeRecord } from './decode.js';
import { GroupReader } from './reader.js';
import { EventWriter, readAll, readOn } from './reader-fixture.js';

const locked: RecordedSchema = { id: 7, name: 'holdfast.engine.Repeated', version: 1, fingerprint: 'f' };
const raised = { type: 'engine.LevelRaised', level: 2 } as const;
const recorded = { type: 'engine.SchemasRecorded', schemas: [locked] } as const;
const wire = (id: number) => Buffer.from(`00${id.toString(16).padStart(8, '0')}aabb`, 'hex');

describe("a log's form (rule 13)", () => {
  it('is the first before anything is said', () => {
    const { reader } = readAll([new EventWriter(1, 'a').claim()]);
    expect(reader.form).toEqual({ level: 1, schemas: [] });
    expect('form' in reader.checkpoint()).toBe(false);
  });

  it('is what accepted groups say, and stands in checkpoints', () => {
    const a = new EventWriter(1, 'a');
    const { reader } = readAll([a.claim(), ...a.group(1, {}, raised), ...a.group(1, {}, recorded), ...a.group(1)]);
    expect(reader.form).toEqual({ level: 2, schemas: [locked] });
    expect(new GroupReader('s', reader.checkpoint()).form).toEqual(reader.form);
  });

  it('is not what a writer says that lost the shard', () => {
    const [a, b] = [new EventWriter(1, 'a'), new EventWriter(2, 'b')];
    const late = [...a.group(1, {}, raised), ...a.group(1, {}, recorded)];
    const { reader } = readAll([a.claim(), b.claim(), ...late, ...b.group(1)]);
    expect(reader).toMatchObject({ form: { level: 1, schemas: [] }, voided: 2 });
  });

  it('is not what an incomplete group says', () => {
    const a = new EventWriter(1, 'a');
    const { reader } = readAll([a.claim(), a.group(2, {}, recorded)[0]!]);
    expect(reader.form.schemas).toEqual([]);
  });

  it('of a later level stops a reader that does not know it, with what to do', () => {
    const a = new EventWriter(1, 'a');
    const group = a.group(1, {}, { type: 'engine.LevelRaised', level: newestLevel + 1 });
    const reader = new GroupReader('s');
    readOn(reader, [a.claim()]);
    const take = () => reader.take({ position: 1, event: group[0]! });
    const code = 'unknown-event';
    const message = `shard s: the log was raised to level ${newestLevel + 1} at position 1, and this version knows levels up to ${newestLevel}: upgrade this process`;
    expect(take).toThrow(expect.objectContaining({ code, message }));
    expect(reader.position).toBe(1);
    const checkpoint = { ...reader.checkpoint(), form: { level: newestLevel + 1, schemas: [] } };
    expect(() => new GroupReader('s', checkpoint)).toThrow(expect.objectContaining({ code }));
  });
});

describe('an id in the wire format', () => {
  const a = new EventWriter(1, 'a');
  const first = [a.claim(), ...a.group(1)];
  const before = readAll(first).reader;
  const { reader } = readAll([...first, ...a.group(1, {}, recorded)]);

  it("is a stranger's once the log has said what its ids are, and none of them is that", () => {
    expect([before, reader].map((one) => one.isForeign(wire(8)))).toEqual([false, true]);
    expect(reader.isForeign(wire(7))).toBe(false);
  });

  it('is passed over then, by whoever goes on from a checkpoint too', () => {
    const on = new GroupReader('s', reader.checkpoint());
    const taken = takeRecord(localCodec(), on, { position: on.position, value: wire(8) });
    expect(taken).toEqual({ group: null, stray: true });
    expect(on.strays).toBe(1);
  });

  it('stops a reader before that', () => {
    const take = () => takeRecord(localCodec(), before, { position: before.position, value: wire(123_456) });
    expect(take).toThrow(expect.objectContaining({ code: 'unknown-event' }));
  });

  it('is looked at in the record that is accepted before its position, not in one before or behind that', () => {
    const b = new EventWriter(1, 'a');
    const later = { ...recorded, schemas: [locked, { ...locked, id: 8, version: 2 }] };
    const on = new GroupReader('s');
    const strange: boolean[] = [];
    const look = () => strange.push(on.isForeign(wire(8)));
    for (const event of [b.claim(), ...b.group(1), ...b.group(2, {}, recorded), ...b.group(2, {}, later)]) {
      look();
      on.take({ position: on.position, event });
    }
    look();
    // Before a claim, a group, the two events of the first record, the two of the one that adds it, and behind that.
    expect(strange).toEqual([false, false, false, false, true, true, false]);
  });

  it('is not looked at in the record of a writer that lost the shard', () => {
    const [b, c] = [new EventWriter(1, 'a'), new EventWriter(2, 'c')];
    const { reader: on } = readAll([b.claim(), c.claim(), ...b.group(1, {}, recorded), ...c.group(1)]);
    expect(on.isForeign(wire(8))).toBe(false);
  });

  it('neither completes nor breaks a group that is held', () => {
    const b = EventWriter.after(reader, 'b');
    const [first, last] = b.group(2) as [DecodedEvent<Event>, DecodedEvent<Event>];
    const on = new GroupReader('s', reader.checkpoint());
    readOn(on, [...Array(on.position).fill(null), b.claim(), first]);
    const { resume } = on.checkpoint();
    expect(takeRecord(localCodec(), on, { position: on.position, value: wire(8) })).toEqual({
      group: null,
      stray: true,
    });
    expect(on).toMatchObject({ held: 1, strays: 1 });
    expect(on.checkpoint().resume).toBe(resume);
    expect(on.take({ position: on.position, event: last })?.events).toEqual([first, last]);
  });

  it('of a text, a self-framed record or none is told by the bytes alone', () => {
    for (const value of ['', 'text', 'HF\x01\0\x08', '\0\0\0\x08'].map((text) => Buffer.from(text, 'latin1'))) {
      expect(reader.isForeign(value)).toBe(false);
    }
  });
});
