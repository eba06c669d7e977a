import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { answerMalformed, cameTooLate, inTurns } from './server.js';

const urgent = new Set([
  '/renew',
  '/v1/locks/reservations/release',
  '/livez',
  '/hsm/v2/locks/service/reservations/renew',
]);

/** What is handed on, turn by turn, of requests with these paths; those of `gone` go away before their turn. */
function handedOn(paths: string[], { gone = [] as string[], waitingMax = 100, atOnceMax = 0 } = {}): string[][] {
  const waiting: (() => void)[] = [];
  let handed: string[] = [];
  const take = inTurns((request) => handed.push(`${request.url}${cameTooLate(request) ? ' too late' : ''}`), {
    ...{ waitingMax, atOnceMax },
    isUrgent: (method, path) => method === 'POST' && urgent.has(path),
    nextTurn: (callback) => waiting.push(callback),
  });
  for (const url of paths) {
    take(
      { method: 'POST', url } as IncomingMessage,
      { destroyed: gone.includes(url) } as ServerResponse & { req: IncomingMessage },
    );
  }
  const turns: string[][] = handed.length > 0 ? [handed] : [];
  for (let turn = waiting.shift(); turn !== undefined; turn = waiting.shift()) {
    handed = [];
    turn();
    turns.push(handed);
  }
  return turns;
}

test('one request is handed on in a turn, first those that are urgent, else in the order in which they came', () => {
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

test('a few are handed on as they come; the rest waits, and who comes then waits behind it', () => {
  expect(handedOn(['/a', '/b'], { atOnceMax: 2 })).toEqual([['/a', '/b'], []]);
  expect(handedOn(['/a', '/b', '/c', '/d', '/renew'], { atOnceMax: 2 })).toEqual([
    ['/a', '/b'],
    ['/renew'],
    ['/c'],
    ['/d'],
    [],
  ]);
});

test('what is no HTTP gets a problem that says what is wrong, and the connection ends', () => {
  const told = (code: string): string => {
    let text = '';
    let ended = false;
    const socket = {
      destroyed: false,
      writable: true,
      write: (written: string) => {
        text += written;
      },
      destroy: () => {
        ended = true;
      },
    };
    answerMalformed(Object.assign(new Error(), { code }), socket as unknown as Socket);
    return `${text} ${ended}`;
  };
  expect(told('HPE_INVALID_CONTENT_LENGTH')).toMatch(
    /^HTTP\/1\.1 400 Bad Request\r\n.*content-length header must be an integer.* true$/s,
  );
  expect(told('ERR_HTTP_REQUEST_TIMEOUT')).toContain('408 Request Timeout');
  expect(told('HPE_HEADER_OVERFLOW')).toContain('431 ');
  expect(told('HPE_INVALID_METHOD')).toContain('Content-Type: application/problem+json');
  expect(told('ECONNRESET')).toBe(' false');
});
