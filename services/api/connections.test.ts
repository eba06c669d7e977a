import { EventEmitter } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Connections } from './connections.js';
import { apiLimits } from './limits.js';

class FakeSocket extends EventEmitter {
  destroyed = false;
  bytesRead = 100;
  bytesWritten = 0;
  writableLength = 0;
  constructor(readonly remoteAddress: string) {
    super();
  }
  end() {
    this.destroy();
  }
  destroy() {
    this.destroyed = true;
    this.emit('close');
  }
}

function connectionsWith(max: number) {
  const limitHit = vi.fn();
  const connections = new Connections(max, limitHit);
  const open = (address = 'a') => {
    const socket = new FakeSocket(address);
    connections.take(socket as unknown as Socket);
    return socket;
  };
  /** Gives what ends it. */
  const ask = (socket: FakeSocket, request: object = { complete: true }) => {
    const response = Object.assign(new EventEmitter(), { req: request });
    connections.asked(socket as unknown as Socket, response as unknown as ServerResponse);
    return () => response.emit('close');
  };
  const server = Object.assign(new EventEmitter(), {
    listening: true,
    close() {
      server.listening = false;
    },
  });
  connections.watch(server as unknown as Server);
  onTestFinished(() => void server.emit('close'));
  return { connections, limitHit, open, ask, server };
}

test('where as many are open as may, the longest idle one of the address with the most ends', () => {
  const { open, ask, limitHit } = connectionsWith(4);
  const holder = open('holder');
  const [first, second, third] = [open(), open(), open()];
  const answered = ask(first);
  open('other');
  expect([holder, first, second, third].map(({ destroyed }) => destroyed)).toEqual([false, false, true, false]);
  answered();
  // The first has been idle for less long than the third now.
  open('other');
  expect([holder, first, third].map(({ destroyed }) => destroyed)).toEqual([false, false, true]);
  expect(limitHit.mock.calls).toEqual([['connections'], ['connections']]);
});

test('where all are busy, the new one ends; where one leaves, the next is taken', () => {
  const { open, ask } = connectionsWith(2);
  const busy = [open(), open()];
  for (const socket of busy) ask(socket);
  expect(open().destroyed).toBe(true);
  busy[0]!.destroy();
  expect([open().destroyed, busy[1]!.destroyed]).toEqual([false, false]);
});

test('a stream that ends once the server closes ends its connection, too', () => {
  const { open, ask, server } = connectionsWith(2);
  const [before, stream] = [open(), open()];
  const ends = [ask(before), ask(stream)];
  ends[0]!();
  expect(before.destroyed).toBe(false);
  server.close();
  ends[1]!();
  expect(stream.destroyed).toBe(true);
});

test('a server that closes ends at once what was never used, and after a while whatever waits for its client; what is decided goes on', () => {
  const { connections, open, ask, server } = connectionsWith(10);
  const { stopSweeps } = apiLimits;
  const [unused, halfHeader, halfBody, unread, decided, slowly] = [open(), open(), open(), open(), open(), open()];
  unused.bytesRead = 0;
  ask(halfBody, { complete: false, readableLength: 10, readableHighWaterMark: 65_536 });
  ask(unread, { complete: false, readableLength: 65_536, readableHighWaterMark: 65_536 });
  const [stuck, gone] = [open(), open()];
  const gives = [decided, slowly, stuck, gone].map((socket) => ask(socket));
  [slowly.bytesWritten, stuck.bytesWritten] = [30_000_000, 30_000_000];
  [slowly.writableLength, stuck.writableLength] = [29_000_000, 29_000_000];
  connections.sweep();
  server.close();
  expect([unused, halfHeader, gone].map(({ destroyed }) => destroyed)).toEqual([true, false, false]);
  // It is told that it ends, and says nothing.
  gone.end = () => {};
  gives[3]!();
  for (let sweep = 1; sweep <= 3 * stopSweeps; sweep++) {
    slowly.writableLength -= apiLimits.bytesPerSecondMin;
    connections.sweep();
    const ended = [halfHeader, halfBody, gone].map(({ destroyed }) => destroyed);
    expect([sweep, ...ended]).toEqual([sweep, sweep > stopSweeps, sweep > stopSweeps, sweep > stopSweeps]);
    expect([sweep, stuck.destroyed]).toEqual([sweep, sweep >= stopSweeps]);
  }
  expect([unread, decided, slowly].map(({ destroyed }) => destroyed)).toEqual([false, false, false]);
});

test('a client that does not take its answer is cut off after a window; one that takes enough of it is not', () => {
  const { connections, open, ask, limitHit } = connectionsWith(10);
  const { answerWindowSweeps, bytesPerSecondMin } = apiLimits;
  const [stuck, slow, idle, again] = [open(), open(), open(), open()];
  for (const socket of [stuck, slow, again]) {
    ask(socket);
    socket.bytesWritten = 30_000_000;
    socket.writableLength = 29_000_000;
  }
  for (let sweep = 1; sweep <= 4 * answerWindowSweeps; sweep++) {
    slow.writableLength -= bytesPerSecondMin;
    // It takes all of it at times.
    again.writableLength = sweep % answerWindowSweeps === 0 ? 0 : 1_000;
    connections.sweep();
    // The first sweep sees what was taken before.
    expect(stuck.destroyed, String(sweep)).toBe(sweep > answerWindowSweeps);
    expect([slow, idle, again].map(({ destroyed }) => destroyed)).toEqual([false, false, false]);
  }
  expect(limitHit.mock.calls).toEqual([['slow_answers']]);
});
