import { connect, type Socket } from 'node:net';

/** How a socket is in the way. */
export type TrickleKind = 'header' | 'length' | 'chunked' | 'unread' | 'silent';

const renew = '/hsm/v2/locks/service/reservations/renew';
const reserve = '/v1/locks/service/reservations';
const host = 'Host: localhost\r\nContent-Type: application/json\r\n';

/** What each begins with, and goes on with, a piece at a time. */
const begins: Record<TrickleKind, (n: number) => [first: string, then: (n: number) => string]> = {
  header: (n) => [`POST ${path(n)} HTTP/1.1\r\nHost: localhost\r\nX-`, () => 'a'],
  length: (n) => [`POST ${path(n)} HTTP/1.1\r\n${host}Content-Length: 8000000\r\n\r\n{`, () => ' '],
  chunked: (n) => [
    `POST ${path(n)} HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`,
    () => '1\r\n \r\n',
  ],
  unread: () => [`GET /hsm/v2/State/Components HTTP/1.1\r\n${host}\r\n`.repeat(10), () => ''],
  silent: (n) => [`POST ${path(n)} HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`, () => ''],
};

/** Changes of either kind, those that are refused last too. */
function path(n: number): string {
  return n % 2 === 0 ? renew : reserve;
}

/** Sockets that send a byte now and then, or do not read, and come again when they are ended. */
export class Tricklers {
  /** Answers that ended one, by status, and ends without an answer. */
  readonly ended = new Map<string, number>();
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #over = false;

  constructor(
    private readonly url: URL,
    kinds: readonly TrickleKind[],
    count: number,
    private readonly everyMs: number,
  ) {
    for (let n = 0; n < count; n++) this.#open(kinds[n % kinds.length]!, Math.floor(n / kinds.length));
  }

  stop(): void {
    this.#over = true;
    for (const timer of this.#timers) clearInterval(timer);
    for (const socket of this.#sockets) socket.destroy();
  }

  #open(kind: TrickleKind, n: number): void {
    const [first, then] = begins[kind](n);
    const socket = connect({ host: this.url.hostname, port: Number(this.url.port) });
    this.#sockets.add(socket);
    let answer = '';
    if (kind === 'unread') socket.pause();
    else {
      socket.on('data', (data) => {
        answer ||= data.toString('latin1');
      });
    }
    socket.on('error', () => {});
    socket.write(first);
    const timer = setInterval(() => {
      const text = then(n);
      if (text !== '' && socket.writable) socket.write(text);
    }, this.everyMs);
    this.#timers.add(timer);
    socket.once('close', () => {
      clearInterval(timer);
      this.#timers.delete(timer);
      this.#sockets.delete(socket);
      if (this.#over) return;
      const status = `${kind} ${answer.split(' ')[1] ?? 'cut off'}`;
      this.ended.set(status, (this.ended.get(status) ?? 0) + 1);
      setTimeout(() => this.#over || this.#open(kind, n), this.everyMs).unref();
    });
  }
}
