import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { apiLimits } from './limits.js';
import type { ApiLimit } from './observer.js';

interface Connection {
  address: string;
  /** Requests that are not answered yet, and the answer of the last of them. */
  requests: number;
  latest: ServerResponse | null;
  /** What its client had taken when it was last seen to take something, and for how many sweeps it has not since. */
  taken: number;
  stuck: number;
}

/** The connections of one address; those on which nothing is asked by when that began, the oldest first. */
interface Address {
  count: number;
  idle: Set<Socket>;
}

/**
 * The open connections. Where there are as many as may be, the new one takes the place of the longest idle one, of the
 * address that has most: so whoever opens thousands and sends nothing on them, or headers byte by byte, keeps nobody
 * away. Where a client does not take its answer, its connection ends.
 */
export class Connections {
  readonly #open = new Map<Socket, Connection>();
  readonly #addresses = new Map<string, Address>();
  #closing = () => false;
  /** Since the server closes. */
  #sweepsLeft: number = apiLimits.stopSweeps;

  constructor(
    private readonly max: number,
    private readonly limitHit: (limit: ApiLimit) => void,
  ) {}

  /** Looks after the connections of a server. */
  watch(server: Server): void {
    server.on('connection', (socket) => this.take(socket));
    this.#closing = () => !server.listening;
    const close = server.close.bind(server);
    server.close = (closed) => {
      close(closed);
      this.#endUnused();
      return server;
    };
    const sweeping = setInterval(() => this.sweep(), apiLimits.sweepMs).unref();
    server.once('close', () => clearInterval(sweeping));
  }

  take(socket: Socket): void {
    if (this.#open.size >= this.max) {
      this.limitHit('connections');
      const idle = this.#longestIdle();
      (idle ?? socket).destroy();
      if (idle === null) return;
      this.#leave(idle);
    }
    const address = socket.remoteAddress ?? '';
    const known = this.#addresses.get(address) ?? { count: 0, idle: new Set() };
    known.count++;
    known.idle.add(socket);
    this.#addresses.set(address, known);
    this.#open.set(socket, { address, requests: 0, latest: null, taken: 0, stuck: 0 });
    socket.once('close', () => this.#leave(socket));
  }

  /** A request on it is to be answered. */
  asked(socket: Socket, response: ServerResponse): void {
    const connection = this.#open.get(socket);
    if (connection === undefined) return;
    const { idle } = this.#addresses.get(connection.address)!;
    connection.requests++;
    connection.latest = response;
    idle.delete(socket);
    response.once('close', () => {
      connection.requests--;
      if (connection.requests > 0 || !this.#open.has(socket)) return;
      idle.add(socket);
      // The server ends those that are idle when it closes. Who has a stream is not idle then, and would keep it for a
      // minute.
      if (this.#closing()) socket.end();
    });
  }

  /**
   * Ends the connections whose clients do not take what they are sent. Counted in sweeps, as bodies are. A server that
   * closes waits for each connection, and looks at none of its time-outs any more: then it also ends those on which
   * nothing is decided, be it that a header or a body does not come, or that the client is gone without a word.
   */
  sweep(): void {
    if (this.#closing() && this.#sweepsLeft-- <= 0) this.#endWithout();
    const { answerWindowSweeps, stopSweeps, bytesPerSecondMin, sweepMs } = apiLimits;
    const windowSweeps = this.#closing() ? stopSweeps : answerWindowSweeps;
    const least = (windowSweeps * bytesPerSecondMin * sweepMs) / 1_000;
    for (const [socket, connection] of this.#open) {
      const waiting = socket.writableLength;
      const taken = socket.bytesWritten - waiting;
      if (waiting === 0 || taken - connection.taken >= least) {
        connection.taken = taken;
        connection.stuck = 0;
      } else if (++connection.stuck >= windowSweeps) {
        this.limitHit('slow_answers');
        socket.destroy();
      }
    }
  }

  /**
   * Connections that nothing was ever sent on, as those that browsers open ahead: a closing server does not take them
   * for idle.
   */
  #endUnused(): void {
    for (const socket of [...this.#open.keys()]) if (socket.bytesRead === 0) socket.destroy();
  }

  /** Those that wait for their client. A body that waits for us is not read on. */
  #endWithout(): void {
    for (const [socket, { requests, latest }] of [...this.#open]) {
      const request = latest?.req;
      const isComing = request?.complete === false && request.readableLength < request.readableHighWaterMark;
      if (requests === 0 || isComing) socket.destroy();
    }
  }

  #longestIdle(): Socket | null {
    let most: Address | null = null;
    for (const address of this.#addresses.values()) {
      if (address.idle.size > 0 && (most === null || address.count > most.count)) most = address;
    }
    return most?.idle.values().next().value ?? null;
  }

  #leave(socket: Socket): void {
    const connection = this.#open.get(socket);
    if (connection === undefined) return;
    this.#open.delete(socket);
    const address = this.#addresses.get(connection.address)!;
    address.idle.delete(socket);
    address.count--;
    if (address.count === 0) this.#addresses.delete(connection.address);
  }
}
