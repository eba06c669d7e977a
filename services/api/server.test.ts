import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { cameTooLate, inTurns } from './server.js';

/** What is handed on, turn by turn, of requests with these paths; those of `gone` go away before their turn. */
function handedOn(paths: string[], { gone = [] as string[], waitingMax = 100 } = {}): string[][] {
  const waiting: (() => void)[] = [];
  let handed: string[] = [];
  const take = inTurns(
    (request) => handed.push(`${request.url}${cameTooLate(request) ? ' too late' : ''}`),
    waitingMax,
    (callback) => waiting.push(callback),
  );
  for (const url of paths) {
    take({ url } as IncomingMessage, { destroyed: gone.includes(url) } as ServerResponse & { req: IncomingMessage });
  }
  const turns: string[][] = [];
  for (let turn = waiting.shift(); turn !== undefined; turn = waiting.shift()) {
    handed = [];
    turn();
    turns.push(handed);
  }
  return turns;
}

test('one request is handed on in a turn, first those that must not wait, else in the order in which they came', () => {
  const renew = '/hsm/v2/locks/service/reservations/renew?x=/status';
  const paths = ['/a', '/hsm/v2/renewed', renew, '/b?c=/renew', '/v1/locks/reservations/release', '/livez'];
  const order = [renew, '/v1/locks/reservations/release', '/livez', '/a', '/hsm/v2/renewed', '/b?c=/renew'];
  expect(handedOn(paths)).toEqual([...order.map((path) => [path]), []]);
});

test('who went away is passed over, and the rest is handed on', () => {
  expect(handedOn(['/a', '/b', '/c'], { gone: ['/a', '/b'] })).toEqual([[], [], ['/c'], []]);
});

test('who comes when as many wait as may is handed on at once, to be refused; a renewal waits for nobody', () => {
  const turns = handedOn(['/a', '/b', '/c', '/d', '/renew'], { waitingMax: 2 });
  expect(turns).toEqual([['/renew too late', '/c too late', '/d too late'], ['/a'], ['/b'], []]);
});
