import { describe, expect, test } from 'vitest';
import { projectionLimits } from '../limits.js';
import { changedBy } from './changes.js';
import { nextPiece, type TableCount } from './plan.js';

const limits = projectionLimits.house;
const again = limits.analyzeAgainMsMin;
const count = (fields: Partial<TableCount>): TableCount => ({
  ...{ rows: 0, grown: 0, uncounted: 0, changed: 0, analyzedAt: 0, unswept: 0 },
  ...fields,
});
const next = (fields: Partial<TableCount>, { walBytes = 0, idle = true, vacuums = true, now = 0 } = {}) =>
  nextPiece({ walBytes, tables: new Map([['holdfast.t', count(fields)]]), vacuums, now }, limits, idle)?.what ?? null;

describe('what is done next', () => {
  test.each([
    ['nothing where nothing was written', {}, {}, null],
    ['no checkpoint before so much was written', {}, { walBytes: limits.walBytesMin - 1 }, null],
    ['a checkpoint from there on, if nothing else is asked', {}, { walBytes: limits.walBytesMin }, 'checkpoint'],
    ['none yet while others are served', {}, { walBytes: limits.walBytesMax - 1, idle: false }, null],
    ['one all the same from there on', {}, { walBytes: limits.walBytesMax, idle: false }, 'checkpoint'],
    ['a few rows are not worth statistics', { grown: limits.analyzeRowsMin - 1 }, {}, null],
    ['some are', { grown: limits.analyzeRowsMin }, {}, 'analyze'],
    ['growth by less than half', { rows: 10_000, grown: 4_999 }, {}, null],
    ['growth by half', { rows: 10_000, grown: 5_000 }, {}, 'analyze'],
    ['half of it gone', { rows: 10_000, grown: -5_000 }, {}, 'analyze'],
    ['the same while others are served', { rows: 10_000, grown: 19_999 }, { idle: false }, null],
    ['what cannot wait', { rows: 10_000, grown: 20_000 }, { idle: false }, 'analyze'],
    ['whatever was changed in place', { rows: 10_000, changed: 9_000_000 }, { now: again - 1 }, null],
    ['the same a while later', { rows: 10_000, changed: 5_000 }, { now: again }, 'analyze'],
    ['less than half of it', { rows: 10_000, changed: 4_999 }, { now: again }, null],
    ['nothing is counted for a few rows', { rows: 10_000, uncounted: 4_999 }, {}, null],
    ['half of it was changed: how many of them are new is counted', { rows: 10_000, uncounted: 5_000 }, {}, 'count'],
    ['not on a server', { rows: 10_000, uncounted: 5_000 }, { vacuums: false }, null],
    ['few dead rows', { rows: 1_000, unswept: limits.vacuumRowsMin - 1 }, {}, null],
    ['enough of them', { rows: 1_000, unswept: limits.vacuumRowsMin }, {}, 'vacuum'],
    ['less than their share', { rows: 100_000, unswept: 19_999 }, {}, null],
    ['their share', { rows: 100_000, unswept: 20_000 }, {}, 'vacuum'],
    ['a large table is swept before that, or it took too long', { rows: 5_000_000, unswept: 49_999 }, {}, null],
    ['at so many rows', { rows: 5_000_000, unswept: limits.vacuumRowsMax }, {}, 'vacuum'],
    ['a server sweeps by itself', { rows: 5_000_000, unswept: 5_000_000 }, { vacuums: false }, null],
  ] as const)('%s', (_, fields, given, expected) => {
    expect(next(fields, given)).toBe(expected);
  });

  test('of several tables the one that has most to gain', () => {
    const tables = new Map([
      ['holdfast.a', count({ rows: 1_000, grown: 600 })],
      ['holdfast.b', count({ rows: 1_000, grown: 2_000 })],
      ['holdfast.c', count({ rows: 100_000, grown: 60_000 })],
    ]);
    const piece = nextPiece({ walBytes: 0, tables, vacuums: true, now: 0 }, limits, true);
    expect(piece).toEqual({ what: 'analyze', table: 'holdfast.b' });
  });
});

test.each([
  ['SELECT * FROM holdfast.component WHERE x = 1 FOR UPDATE', []],
  ['INSERT INTO holdfast.component (a) SELECT 1 ON CONFLICT (a) DO UPDATE SET a = excluded.a', ['holdfast.component']],
  ['UPDATE holdfast_status_rebuilt.component c SET a = c.b', ['holdfast_status_rebuilt.component']],
  [
    `WITH moved AS (UPDATE holdfast.inventory i SET used = 1), gone AS (DELETE FROM holdfast.allocation a)
      INSERT INTO holdfast.allocation (a) SELECT 1`,
    ['holdfast.inventory', 'holdfast.allocation'],
  ],
])('what a statement changes: %s', (sql, tables) => {
  expect(changedBy(sql)).toEqual(tables);
});
