import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { apiLimits } from './limits.js';
import type { ApiLimit } from './observer.js';

interface Connection {
  address: string;
  /** Requests that are not answered yet. */
  requests: number;
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
 * address that has most: so whoever opens thousands and sends nothing on them, or headers byte by byte, keeps nobody away.
 * Where a client does not take its answer, its connection ends.
 */
export class Connections {
  readonly #open = new Map<Socket, Connection>();
  readonly #addresses = new Map<string, Address>();

  constructor(
    private readonly max: number,
    private readonly limitHit: (limit: ApiLimit) => void,
  ) {}

  /** Looks after the connections of a server. */
  watch(server: Server): void {
    server.on('connection', (socket) => this.take(socket));
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
    this.#open.set(socket, { address, requests: 0, taken: 0, stuck: 0 });
    socket.once('close', () => this.#leave(socket));
  }

  /** A request on it is to be answered. */
  asked(socket: Socket, response: ServerResponse): void {
    const connection = this.#open.get(socket);
    if (connection === undefined) return;
    const { idle } = this.#addresses.get(connection.address)!;
    connection.requests++;
    idle.delete(socket);
    response.once('close', () => {
      connection.requests--;
      if (connection.requests === 0 && this.#open.has(socket)) idle.add(socket);
    });
  }

  /** Ends the connections whose clients do not take what they are sent. Counted in sweeps, as bodies are. */
  sweep(): void {
    const { answerWindowSweeps, bytesPerSecondMin, sweepMs } = apiLimits;
    const least = (answerWindowSweeps * bytesPerSecondMin * sweepMs) / 1_000;
    for (const [socket, connection] of this.#open) {
      const waiting = socket.writableLength;
      const taken = socket.bytesWritten - waiting;
      if (waiting === 0 || taken - connection.taken >= least) {
        connection.taken = taken;
        connection.stuck = 0;
      } else if (++connection.stuck >= answerWindowSweeps) {
        this.limitHit('slow_answers');
        socket.destroy();
      }
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
