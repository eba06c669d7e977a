import type { DecodedEvent, Event } from '@holdfast/events';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { GroupReader } from './reader.js';
import { EventWriter, type FoundLog, readAll, readOn } from './reader-fixture.js';

/** One step of a schedule; numbers choose among what there is, modulo how many there are. */
type Step =
  | { do: 'claim'; late: boolean }
  | { do: 'write'; writer: number; sizes: number[]; fate: 'whole' | 'cut' | 'split' | 'doubled' | 'late'; cut: number }
  | { do: 'deliver'; which: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ do: fc.constant('claim' as const), late: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      writer: fc.nat(9),
      sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
      fate: fc.constantFrom('whole', 'whole', 'whole', 'cut', 'split', 'doubled', 'late'),
      cut: fc.nat(12),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('deliver' as const), which: fc.nat(9) }) },
);

interface Claimer {
  claim: EventWriter;
  state: 'claiming' | 'owner' | 'waiting' | 'done';
}

/**
 * Writers that keep the protocol over a network that does not: each owns once its claim came back, never looks again
 * whether it still does (which makes it a zombie after the next claim), and is done after an append that failed.
 */
function play(steps: Step[]): DecodedEvent<Event>[] {
  const log: DecodedEvent<Event>[] = [];
  const claimers: Claimer[] = [];
  const late: { records: DecodedEvent<Event>[]; landed(): void }[] = [];
  const write = (claimer: Claimer, { sizes, fate, cut }: Extract<Step, { do: 'write' }>) => {
    const records = sizes.flatMap((size) => claimer.claim.group(size));
    const part = cut % (records.length + 1);
    if (fate !== 'whole') claimer.state = fate === 'split' ? 'waiting' : 'done';
    if (fate === 'whole' || fate === 'doubled') log.push(...records);
    if (fate === 'cut' || fate === 'split') log.push(...records.slice(0, part));
    if (fate === 'doubled' || fate === 'late') late.push({ records, landed() {} });
    if (fate === 'split') {
      const landed = () => {
        claimer.state = 'owner';
      };
      late.push({ records: records.slice(part), landed });
    }
  };
  for (const each of steps) {
    if (each.do === 'claim') {
      const claim = EventWriter.after(readAll(log).reader, `owner ${claimers.length}`);
      const claimer: Claimer = { claim, state: 'claiming' };
      claimers.push(claimer);
      // A late claim may meet another with its number, or a higher one.
      if (each.late) late.push({ records: [claim.claim()], landed() {} });
      else log.push(claim.claim());
    } else if (each.do === 'write') {
      const claimer = claimers[each.writer % claimers.length];
      if (claimer?.state === 'claiming') own(claimer, readAll(log).reader);
      if (claimer?.state === 'owner') write(claimer, each);
    } else {
      const [delivery] = late.splice(each.which % late.length || 0, 1);
      if (delivery) log.push(...delivery.records);
      delivery?.landed();
    }
  }
  return log;
}

function own(claimer: Claimer, reader: GroupReader): void {
  const { epoch, owner } = claimer.claim;
  if (reader.epoch < epoch) return;
  claimer.state = reader.epoch === epoch && reader.owner === owner ? 'owner' : 'done';
  // What was accepted before the claim landed, which may be more than when it was sent.
  claimer.claim = new EventWriter(epoch, owner, reader.sequence, reader.commandPosition, reader.hash);
}

/** The same log with strays in front of these positions; where each of its records then is. */
function withStrays(log: FoundLog, at: readonly number[]): { strewn: FoundLog; placed: number[] } {
  const strewn: FoundLog = [];
  const placed: number[] = [];
  for (let position = 0; position <= log.length; position++) {
    for (const _ of at.filter((one) => one === position)) strewn.push(null);
    placed.push(strewn.length);
    if (position < log.length) strewn.push(log[position]!);
  }
  return { strewn, placed };
}

/** Strays change nothing but positions: not what is accepted, nor what a reader knows, nor where it may go on. */
function expectSame(log: FoundLog, at: readonly number[]): void {
  const { strewn, placed } = withStrays(log, at);
  const plain = new GroupReader('s');
  const strayed = new GroupReader('s');
  for (let end = 1; end <= log.length; end++) {
    const expected = readOn(plain, log, end).map((group) => ({ ...group, end: placed[group.end - 1]! + 1 }));
    expect(readOn(strayed, strewn, placed[end - 1]! + 1)).toEqual(expected);
    const { resume, ...known } = plain.checkpoint();
    const { resume: resumed, ...knows } = strayed.checkpoint();
    expect(knows).toEqual(known);
    expect(strayed).toMatchObject({ held: plain.held, voided: plain.voided, duplicates: plain.duplicates });
    // Where nothing is held, all that was read; else the place before the first that is, strays in front of it passed
    // or not.
    const [before, first] = resume === 0 ? [0, placed[0]!] : [placed[resume - 1]! + 1, placed[resume]!];
    expect(resumed).toBeGreaterThanOrEqual(before);
    expect(resumed).toBeLessThanOrEqual(first);
    const again = new GroupReader('s', strayed.checkpoint());
    readOn(again, strewn, strayed.position);
    expect(again).toMatchObject({ held: strayed.held, hash: strayed.hash, sequence: strayed.sequence });
  }
}

it('takes a stray at any position for nothing', () => {
  const [a, b] = [new EventWriter(1, 'a'), new EventWriter(2, 'b')];
  const torn = a.group(3).slice(0, 2);
  const log = [a.claim(), ...torn, b.claim(), ...b.group(3), ...b.group(1), b.end()];
  for (let position = 0; position <= log.length; position++) expectSame(log, [position]);
});

it('accepts the same of any log, however many strays lie in it', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), fc.array(fc.nat(60), { maxLength: 12 }), (steps, places) => {
      const log = play([{ do: 'claim', late: false }, ...steps]);
      const at = places.map((place) => place % (log.length + 1)).sort((x, y) => x - y);
      expectSame(log, at);
    }),
    { numRuns: 150 },
  );
});

it('lets every reader accept the same whole groups, each command once and in order, wherever it begins', () => {
  const seen = { groups: 0, voided: 0, duplicates: 0, held: 0 };
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.infiniteStream(fc.nat(7)), (steps, cuts) => {
      const log = play([{ do: 'claim', late: false }, ...steps]);
      const { groups, commands, reader } = readAll(log);
      expect(commands).toEqual(groups.map((_, i) => i));
      for (const { events, stamp } of groups) {
        expect(events).toHaveLength(stamp.size);
        expect(new Set(events.map(({ stamp: { owner } }) => owner)).size).toBe(1);
      }
      // One reader that restarts again and again: at each restart it goes back to its checkpoint.
      let restarted = new GroupReader('s');
      const accepted = [];
      while (restarted.position < log.length) {
        accepted.push(...readOn(restarted, log, Math.min(log.length, restarted.position + 1 + cuts.next().value)));
        const { held } = restarted;
        const again = new GroupReader('s', restarted.checkpoint());
        // Reads what was held once more, so that it gets on even where a group is longer than the next cut.
        accepted.push(...readOn(again, log, restarted.position));
        expect(again.held).toBe(held);
        restarted = again;
      }
      expect(accepted).toEqual(groups);
      expect(restarted.checkpoint()).toEqual(reader.checkpoint());
      seen.groups += groups.length;
      seen.voided += reader.voided;
      seen.duplicates += reader.duplicates;
      seen.held += reader.held;
    }),
    { numRuns: 400 },
  );
  // The schedules are worth something only if each of these happened.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
});
