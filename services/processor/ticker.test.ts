import { coreLimits } from '@holdfast/core';
import type { Event } from '@holdfast/events';
import type { Group } from '@holdfast/log';
import { expect, test } from 'vitest';
import { gatewayLimits } from './limits.js';
import { Ticker } from './ticker.js';

class Clock {
  time = 5_000.7;
  readonly steady = { boot: 'boot', ms: () => this.time };
  readonly uuid = () => 'ticker';
}

/** What is remembered from the tick at a position on, in the group of a command. */
function group(commandPosition: number, { ticker = 'ticker', position = commandPosition } = {}): Group {
  const event: Event = { type: 'engine.TickerHeard', ticker, boot: 'boot', position, settled: 0 };
  return { stamp: { commandPosition }, events: [{ event }] } as unknown as Group;
}

test('a process without a monotonic clock reads none', () => {
  const ticker = new Ticker({ uuid: () => 'ticker' });
  ticker.onGroup(group(7));
  expect(ticker.read()).toBeNull();
});

test('a reading names the last tick that was read back, and when: it tells of no time before that', () => {
  const clock = new Clock();
  const ticker = new Ticker(clock);
  expect(ticker.read()).toEqual({ ticker: 'ticker', boot: 'boot', ms: 5_000, last: null });
  clock.time += 3_000;
  ticker.onGroup(group(7));
  clock.time += 900;
  expect(ticker.read()).toEqual({ ticker: 'ticker', boot: 'boot', ms: 8_900, last: { position: 7, ms: 8_001 } });
});

test.each([
  ['what another ticker said', group(9, { ticker: 'other' })],
  ['what is less of the tick that it names already', group(9, { position: 7 })],
])('%s changes nothing of that', (_, read) => {
  const ticker = new Ticker(new Clock());
  ticker.read();
  ticker.onGroup(group(7));
  ticker.onGroup(read);
  expect(ticker.read()?.last).toMatchObject({ position: 7 });
});

test('a tick comes before what one may prove is over, also where its timer is late', () => {
  expect(coreLimits.aheadMs - gatewayLimits.tickMs).toBeGreaterThanOrEqual(200);
});
