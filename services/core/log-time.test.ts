import type { Reading } from '@holdfast/events';
import { describe, expect, test } from 'vitest';
import { coreLimits } from './limits.js';
import { momentOf, nextMoment, type RememberedTicker, shifted, type Times, withHeard } from './log-time.js';

const second = 1_000;

test.each([
  ['the first command sets log time', 0, 50 * second, { now: 50 * second, shiftMs: 0 }],
  ['log time follows the log', 50 * second, 51 * second, { now: 51 * second, shiftMs: 0 }],
  ['a small step back does not turn it back', 50 * second, 41 * second, { now: 50 * second, shiftMs: 0 }],
  ['ten seconds of silence are not yet a gap', 50 * second, 60 * second, { now: 60 * second, shiftMs: 0 }],
  ['a longer silence moves the leases with it', 50 * second, 60_001, { now: 60_001, shiftMs: 10_001 }],
  ['a large step back moves time and leases back', 50 * second, 39_999, { now: 39_999, shiftMs: -10_001 }],
])('%s', (_, last, appendTime, expected) => {
  expect(nextMoment(last, appendTime)).toEqual(expected);
});

describe('while a ticker is heard', () => {
  const known: RememberedTicker = { ticker: 't', boot: 'b', position: 7, settled: 50 * second };
  const before: Times = { time: 50 * second, settled: 50 * second, tickers: [known] };
  /** A tick whose ticker saw this much pass since the one at position 7. */
  const saw = (ms: number, fields: Partial<Reading> = {}): Reading => {
    return { ticker: 't', boot: 'b', ms: 900 + ms, last: { position: 7, ms: 900 }, ...fields };
  };
  const at = (seconds: number, reading: Reading | null, times = before) =>
    momentOf(times, { position: 9, appendTime: seconds * second, reading }, 4);

  test.each<[what: string, appended: number, Reading | null, now: number, settled: number, shiftMs: number]>([
    ['what both clocks saw pass has passed', 50.8, saw(800), 50.8, 50.8, 0],
    ['a command moves log time by a second at most, and nothing is proven by it', 50.999, null, 50.999, 50, 0],
    ['also where the clock stepped', 59, null, 51, 50, 0],
    ['a step of 9 s moves the leases', 59.8, saw(800), 59.8, 59.8, 9_000],
    ['half a second is a step', 51.3, saw(800), 51.3, 51.3, 500],
    ['less than that is kept for later', 51.299, saw(800), 51.299, 50.8, 0],
    ['who saw more pass than the log moves it no further', 50.8, saw(3_000), 50.8, 50.8, 0],
    ['one tick proves a second at most', 51.499, saw(3_000), 51.499, 51, 0],
    ['what is more moves the leases: nobody was heard', 55, saw(5_000), 55, 55, 4_000],
    ['a step back is kept for later', 49.501, saw(800), 50, 50, 0],
    ['one of half a second moves the leases back', 49.5, saw(800), 49.5, 49.5, -500],
    ['where no ticker tells of it, it waits for one', 45, null, 50, 50, 0],
    ['a tick that came late tells nothing of a step forward', 55, saw(0), 51, 50, 0],
    ['ten seconds without a ticker are not yet a silence', 60, null, 51, 50, 0],
    ['more are, and move all', 60.001, null, 60.001, 60.001, 10_001],
    ['an hour back, too', -3_550, null, -3_550, -3_550, -3_600_000],
    ['of an hour forward a ticker proves what it saw', 3_650, saw(800), 3_650, 3_650, 3_599_200],
    ['a reading of another boot proves nothing', 55, saw(5_000, { boot: 'c' }), 51, 50, 0],
    ['nor does one of another ticker', 55, saw(5_000, { ticker: 'u' }), 51, 50, 0],
    ['nor one since a tick that is not remembered', 55, saw(5_000, { last: { position: 8, ms: 900 } }), 51, 50, 0],
    ['nor one since none', 55, saw(5_000, { last: null }), 51, 50, 0],
    ['nor one that goes back', 55, saw(-1), 51, 50, 0],
  ])('%s', (_, appended, reading, now, settled, shiftMs) => {
    const found = at(appended, reading);
    expect(found).toMatchObject({ now: now * second, settled: settled * second, shiftMs });
  });

  test('log time does not go back but by what moves the leases, and is never behind what is settled', () => {
    const ahead = { ...before, time: 50.9 * second };
    expect(at(50.2, null, ahead)).toMatchObject({ now: 50.9 * second, settled: 50 * second });
    expect(at(50.2, saw(200), ahead)).toMatchObject({ now: 50.9 * second, settled: 50.2 * second });
  });

  test('below level 4 nothing of a reading counts, and nothing is remembered', () => {
    const old = momentOf(before, { position: 9, appendTime: 60 * second, reading: saw(1_000) }, 3);
    expect(old).toEqual({ now: 60 * second, settled: 60 * second, shiftMs: 0, heard: null });
  });

  test.each([
    ['ticks without a reading', null],
    ['the first tick that has one', saw(800)],
  ])('where no ticker was heard %s let time pass as below that level', (_, reading) => {
    const unheard = { ...before, tickers: [] };
    expect(at(59, reading, unheard)).toMatchObject({ now: 59 * second, settled: 59 * second, shiftMs: 0 });
    expect(at(61, reading, unheard)).toMatchObject({ now: 61 * second, settled: 61 * second, shiftMs: 11_000 });
  });

  test.each<[what: string, appended: number, Reading | null, heard: Partial<RememberedTicker> | null]>([
    ['who proves what is settled leaves nothing', 50.8, saw(800), null],
    ['who saw a little more neither', 50.7, saw(800), null],
    [
      'what it saw beyond that is forgotten, and makes up for no later step',
      50.2,
      saw(800),
      { position: 7, settled: 49_400 },
    ],
    ['as after a step back', 49, saw(800), { position: 7, settled: 48_200 }],
    ['a step forward moves what is remembered with the rest', 59.8, saw(800), null],
    [
      'one that is not known is remembered from its first tick on',
      50.8,
      saw(0, { ticker: 'u', last: null }),
      { position: 9, settled: 50_000 },
    ],
    ['so is one that began anew', 50.8, saw(800, { boot: 'c' }), { position: 9, settled: 50_000 }],
    ['one that has not read back yet is not remembered again', 50.8, saw(0, { last: null }), null],
    ['no other command is', 50.8, null, null],
  ])('%s', (_, appended, reading, heard) => {
    const found = at(appended, reading).heard;
    if (heard === null) expect(found).toBeNull();
    else expect(found).toMatchObject(heard);
  });

  test('one that fell behind is with the others again from its next tick on', () => {
    const others = { ...before, time: 60 * second, settled: 60 * second };
    expect(at(60, saw(9_500), others).heard).toBeNull();
    expect(at(60, saw(9_499), others).heard).toMatchObject({ position: 9, settled: 60 * second });
  });

  test('no more than so many are remembered, those that were heard last', () => {
    const heard = { type: 'engine.TickerHeard', ...known } as const;
    let tickers: readonly RememberedTicker[] = [];
    for (let n = 0; n < coreLimits.tickersMax; n++) tickers = withHeard(tickers, { ...heard, ticker: `t${n}` });
    tickers = withHeard(tickers, { ...heard, ticker: 't0' });
    expect(tickers).toHaveLength(coreLimits.tickersMax);
    tickers = withHeard(tickers, heard);
    expect(tickers).toHaveLength(coreLimits.tickersMax);
    expect(tickers.map(({ ticker }) => ticker)).not.toContain('t1');
    expect(tickers.map(({ ticker }) => ticker)).toContain('t0');
    expect(shifted(tickers, -second).at(-1)).toEqual({ ...known, settled: 49 * second });
  });
});
