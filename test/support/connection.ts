import { connect, type Socket } from 'node:net';

export interface RawReply {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  text: string;
}

/** Longer than the service may take for any answer. */
const answerMsMax = 60_000;

/**
 * One connection that takes one request at a time, and little of a core: thousands of clients of node:http would be
 * busier than the service that they are to overload. Answers need a Content-Length.
 */
export class Connection {
  #socket: Socket | null = null;
  #received = '';
  #settle: ((result: RawReply | Error) => void) | null = null;
  readonly #url: URL;

  constructor(url: string) {
    this.#url = new URL(url);
  }

  /** Rejects where no answer comes; the next request then opens another connection. */
  post(path: string, headers: Record<string, string>, body: string): Promise<RawReply> {
    const socket = this.#open();
    const lines = [
      `POST ${path} HTTP/1.1`,
      `host: ${this.#url.host}`,
      `content-length: ${Buffer.byteLength(body)}`,
      'content-type: application/json',
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ];
    return new Promise((resolve, reject) => {
      this.#settle = (result) => {
        this.#settle = null;
        if (result instanceof Error) reject(result);
        else resolve(result);
      };
      socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    if (this.#socket !== null) return this.#socket;
    const socket = connect({ host: this.#url.hostname, port: Number(this.#url.port), noDelay: true });
    this.#socket = socket;
    this.#received = '';
    socket.setEncoding('latin1').setTimeout(answerMsMax);
    socket.on('data', (text: string) => this.#take(text));
    socket.once('timeout', () => socket.destroy(new Error(`nothing for ${answerMsMax / 1_000} s`)));
    let why = new Error('the connection was closed');
    socket.once('error', (error) => {
      why = error;
    });
    socket.once('close', () => {
      if (this.#socket === socket) this.#socket = null;
      this.#settle?.(why);
    });
    return socket;
  }

  #take(text: string): void {
    this.#received += text;
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const [first = '', ...lines] = this.#received.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const length = Number(headers['content-length']);
    const body = this.#received.slice(end + 4);
    if (body.length < length) return;
    this.#received = '';
    this.#settle?.({ status: Number(first.split(' ')[1]), headers, text: body });
  }
}
