import { groupHash } from '@holdfast/events';
import { describe, expect, it } from 'vitest';
import { beginning } from './group.js';
import { GroupReader } from './reader.js';
import { EventWriter, plainEvent, readAll, readOn } from './reader-fixture.js';

/** What a reader says of the last of `log`, having taken the others. */
function refusal(...log: Parameters<typeof readAll>[0]): string {
  const { reader } = readAll(log.slice(0, -1));
  const take = () => reader.take({ position: reader.position, event: log.at(-1)! });
  const before = reader.checkpoint();
  expect(take).toThrow(expect.objectContaining({ name: 'LogError', code: 'corrupt' }));
  expect(reader.checkpoint()).toEqual(before);
  try {
    take();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

describe('a group (rules 3 and 4)', () => {
  it('counts once it is complete, and is held back until then', () => {
    const a = new EventWriter(1, 'a');
    const log = [a.claim(), ...a.group(3)];
    const reader = new GroupReader('s');
    expect(readOn(reader, log, 3)).toEqual([]);
    expect(reader.held).toBe(2);
    expect(readOn(reader, log)).toEqual([
      { events: log.slice(1), stamp: log[1]!.stamp, sequence: 3, end: 4, hash: groupHash('', log.slice(1)) },
    ]);
    expect(reader).toMatchObject({ held: 0, sequence: 3, commandPosition: 0, position: 4, hash: a.hash });
  });

  it('is found between void events', () => {
    const [a, b] = [new EventWriter(1, 'a'), new EventWriter(2, 'b')];
    const [first, second] = b.group(2);
    expect(readAll([a.claim(), b.claim(), first!, ...a.group(1), second!]).commands).toEqual([0]);
  });

  it.each([
    ['size', { size: 4 }],
    ['command position', { commandPosition: 7 }],
    ['command id', { commandId: 'another' }],
    ['index', { index: 2 }],
    ['hash of the group before', { before: 'another' }],
  ])('is torn when its %s changes inside', (_, changes) => {
    const a = new EventWriter(1, 'a');
    const [first, second] = a.group(3);
    const changed = { ...second!, stamp: { ...second!.stamp, ...changes } };
    expect(refusal(a.claim(), first!, changed)).toContain('torn group');
  });

  it('is torn when it begins in its middle', () => {
    const a = new EventWriter(1, 'a');
    expect(refusal(a.claim(), ...a.group(1, { index: 1, size: 2 }))).toContain('torn group');
  });

  it('is voided by a new epoch, whose owner decides the command again', () => {
    const [a, b] = [new EventWriter(1, 'a'), new EventWriter(2, 'b')];
    const log = [a.claim(), ...a.group(3).slice(0, 2), b.claim(), ...b.group(2)];
    const { groups, reader } = readAll(log);
    expect(groups.map(({ events }) => events.map(({ stamp }) => stamp.owner))).toEqual([['b', 'b']]);
    expect(reader.sequence).toBe(2);
  });

  it('stays void when its rest comes after the new epoch', () => {
    const [a, b] = [new EventWriter(1, 'a'), new EventWriter(2, 'b')];
    const [first, last] = a.group(2);
    const { groups, reader } = readAll([a.claim(), first!, b.claim(), last!, ...b.group(1)]);
    expect(groups.map(({ stamp }) => stamp.owner)).toEqual(['b']);
    expect(reader.voided).toBe(1);
  });
});

describe('an epoch (rule 5)', () => {
  it('belongs to the first that claims its number', () => {
    const [a, b] = [new EventWriter(1, 'a'), new EventWriter(1, 'b')];
    const { reader, groups } = readAll([a.claim(), b.claim(), ...a.group(2)]);
    expect(groups.map(({ stamp }) => stamp.owner)).toEqual(['a']);
    expect(reader).toMatchObject({ epoch: 1, owner: 'a', voided: 1 });
  });

  it('has one owner for all readers: an event by another shows that a claim was lost', () => {
    const [a, b] = [new EventWriter(1, 'a'), new EventWriter(1, 'b')];
    expect(() => readAll([a.claim(), b.claim(), ...b.group(1)])).toThrow(/the log lost a claim/);
  });

  it('voids the events of every other epoch and owner', () => {
    const [a, b] = [new EventWriter(1, 'a'), new EventWriter(2, 'b')];
    const { commands, reader } = readAll([a.claim(), b.claim(), ...a.group(2), ...b.group(1), ...a.group(1)]);
    expect(commands).toEqual([0]);
    expect(reader.voided).toBe(3);
  });

  it('is not taken back by a claim that lands late or twice', () => {
    const [a, b] = [new EventWriter(1, 'a'), new EventWriter(2, 'b')];
    const { reader } = readAll([a.claim(), b.claim(), a.claim(), b.claim(), ...b.group(1)]);
    expect(reader).toMatchObject({ epoch: 2, owner: 'b', sequence: 1, voided: 1, duplicates: 1 });
  });

  it('may skip a number, as a claim that got lost leaves no trace', () => {
    expect(readAll([new EventWriter(7, 'a').claim()]).reader.epoch).toBe(7);
  });

  it('is over when its owner says so, until the next begins', () => {
    const [a, b] = [new EventWriter(1, 'a'), new EventWriter(2, 'b')];
    const log = [a.claim(), ...a.group(1), a.end()];
    expect(readAll(log).reader).toMatchObject({ ended: true, epoch: 1, sequence: 1 });
    expect(readAll([...log, b.claim()]).reader.ended).toBe(false);
  });

  it('is not ended by anybody else', () => {
    const [a, b] = [new EventWriter(1, 'a'), new EventWriter(2, 'b')];
    expect(readAll([a.claim(), b.claim(), a.end()]).reader).toMatchObject({ ended: false, voided: 1 });
  });

  it.each([
    ['an event', () => new EventWriter(3, 'c').group(1)[0]!],
    ['an end', () => new EventWriter(3, 'c').end()],
  ])('is corrupt when %s of it comes without a claim', (_, event) => {
    expect(refusal(new EventWriter(1, 'a').claim(), event())).toContain('no claim announced');
  });

  it('is corrupt when an event comes before any claim', () => {
    expect(refusal(plainEvent({ type: 'engine.CommandLogAttached', logId: '' }, { epoch: 0, owner: '' }))).toContain(
      'no claim announced',
    );
  });
});

describe('the order of events (rule 6)', () => {
  it('drops what was read before, also inside a held group', () => {
    const a = new EventWriter(1, 'a');
    const [one, two] = [a.group(2), a.group(3)];
    const { commands, reader } = readAll([a.claim(), ...one, ...one, ...two.slice(0, 2), ...one, ...two]);
    expect(commands).toEqual([0, 1]);
    expect(reader).toMatchObject({ duplicates: 6, sequence: 5 });
  });

  it('is corrupt at a gap', () => {
    const a = new EventWriter(1, 'a');
    const [one, , three] = [a.group(1), a.group(1), a.group(1)];
    const told = refusal(a.claim(), ...one, ...three);
    expect(told).toContain('sequence 2 is missing');
    expect(told).toContain('position 2 (epoch 1, sequence 3)');
  });

  it('is corrupt where a hash does not follow', () => {
    const a = new EventWriter(1, 'a');
    expect(refusal(a.claim(), ...a.group(1), ...a.group(2, { before: groupHash('', []) }))).toContain('hash');
  });

  it('has hashes that tell apart groups with equal stamps', () => {
    const a = new EventWriter(1, 'a');
    const [one, two] = [a.group(1), a.group(1)];
    const other = one.map((event) => ({ ...event, body: Buffer.from('other') }));
    expect(refusal(a.claim(), ...other, ...two)).toContain('hash');
  });

  it.each([0, 4, 5])('is corrupt when command %i comes after command 5', (commandPosition) => {
    const a = new EventWriter(1, 'a');
    const log = [a.claim(), ...a.group(1, { commandPosition: 5 }), ...a.group(1, { commandPosition })];
    expect(refusal(...log)).toContain(`command ${commandPosition} is out of order, after 5`);
  });

  it('may skip commands that left no event', () => {
    const a = new EventWriter(1, 'a');
    const log = [a.claim(), ...a.group(1, { commandPosition: 5 }), ...a.group(2, { commandPosition: 9 })];
    expect(readAll(log).commands).toEqual([5, 9]);
  });

  it('begins again with another command log', () => {
    const a = new EventWriter(1, 'a');
    const attach = { type: 'engine.CommandLogAttached', logId: 'another' } as const;
    const log = [a.claim(), ...a.group(1, { commandPosition: 5 }), ...a.group(1, { commandPosition: 0 }, attach)];
    expect(readAll([...log, ...a.group(1)]).commands).toEqual([5, 0, 1]);
  });

  it('is corrupt at a fork: a new owner that had read less than this reader', () => {
    const [a, b] = [new EventWriter(1, 'a'), new EventWriter(2, 'b')];
    expect(refusal(a.claim(), ...a.group(2), b.claim(), ...b.group(1))).toContain(
      'a fork: its epoch began after sequence 2',
    );
  });

  it('is no fork where the new owner had read as much', () => {
    const a = new EventWriter(1, 'a');
    const log = [a.claim(), ...a.group(2)];
    const b = EventWriter.after(readAll(log).reader, 'b');
    const more = [b.claim(), ...b.group(1)];
    expect(readAll([...log, ...more, ...more]).reader).toMatchObject({ sequence: 3, duplicates: 2 });
  });

  it('keeps its floor across a restart', () => {
    const a = new EventWriter(1, 'a');
    const [b, log] = [new EventWriter(2, 'b'), [a.claim(), ...a.group(2)]];
    const { reader } = readAll([...log, b.claim()]);
    const again = new GroupReader('s', reader.checkpoint());
    expect(() => again.take({ position: 4, event: b.group(1)[0]! })).toThrow('fork');
  });

  it.each([
    ['a hole', 3],
    ['going back', 1],
  ])('is corrupt when positions show %s', (_, position) => {
    const a = new EventWriter(1, 'a');
    const { reader } = readAll([a.claim(), ...a.group(1)]);
    expect(() => reader.take({ position, event: a.group(1)[0]! })).toThrow('position 2 was expected');
  });

  it("is corrupt at another shard's event", () => {
    const a = new EventWriter(1, 'a');
    expect(refusal(a.claim(), ...a.group(1, { shard: 'other' }))).toContain('it belongs to shard other');
  });

  it('takes nothing more after corruption', () => {
    const a = new EventWriter(1, 'a');
    const { reader } = readAll([a.claim()]);
    const [, ...rest] = [...a.group(1), ...a.group(1), ...a.group(1)];
    expect(() => reader.take({ position: 1, event: rest[0]! })).toThrow('missing');
    expect(() => reader.take({ position: 2, event: rest[1]! })).toThrow('position 1 was expected');
  });
});

describe('a checkpoint (rule 8)', () => {
  it('is the beginning until something is read', () => {
    expect(new GroupReader('s').checkpoint()).toEqual(beginning);
  });

  it('resumes before a group that is not complete, and after control and void events otherwise', () => {
    const [z, a] = [new EventWriter(1, 'z'), new EventWriter(2, 'a')];
    const log = [z.claim(), a.claim(), ...z.group(1), ...a.group(2), ...a.group(2), a.end()];
    const reader = new GroupReader('s');
    const resumes = log.map((_, i) => {
      readOn(reader, log, i + 1);
      return reader.checkpoint().resume;
    });
    expect(resumes).toEqual([1, 2, 3, 3, 5, 5, 7, 8]);
  });

  it('lets another reader accept the same from anywhere', () => {
    const a = new EventWriter(1, 'a');
    const log = [a.claim(), ...a.group(3), ...a.group(1), ...a.group(2)];
    for (let cut = 0; cut <= log.length; cut++) {
      const first = new GroupReader('s');
      const before = readOn(first, log, cut);
      const second = new GroupReader('s', first.checkpoint());
      expect([...before, ...readOn(second, log)]).toEqual(readAll(log).groups);
      expect(second.checkpoint()).toEqual(readAll(log).reader.checkpoint());
    }
  });
});
