import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { mayPass, whyNoAnswer } from './no-answer.js';
import { ownPathOf } from './own-paths.js';
import { type Peer, theServer } from './peer.js';
import { headersOf, NoAnswer, send } from './transport.js';

/** A small HTTP client for the commands that talk to a server. */
export class ServerError extends Error {
  /** Whether the request cannot have been taken by anybody. */
  readonly unsent: boolean;

  /** `unreachable`: no answer, or none that says what became of the request. */
  constructor(
    message: string,
    readonly code: 'refused' | 'invalid' | 'unreachable' = 'refused',
    { unsent = false, ...options }: ErrorOptions & { unsent?: boolean } = {},
  ) {
    super(message, options);
    this.unsent = unsent;
  }
}

export interface ServerAnswer {
  status: number;
  /** Parsed where it is JSON, else its text. */
  body: unknown;
  headers: Headers;
}

export interface CallOptions {
  headers?: Record<string, string>;
  /**
   * How often to try again where nobody answers, or the server says that it cannot now. Only for calls that may be
   * repeated.
   */
  retries?: number;
}

export interface ClientOptions {
  /** Certificates that the server's is signed with, PEM; default: those that Node trusts. */
  ca?: string | undefined;
  /** Wait before the first retry where no Retry-After says more, in milliseconds; doubled each time. */
  retryMs?: number;
  /** The longest silence of the server, in milliseconds; default: that of transport.ts. */
  silentMs?: number;
  /** For a connection to be there, in milliseconds; default: that of transport.ts. */
  connectMs?: number;
  /** What answers there, and by which options it is named. */
  peer?: Peer;
}

/** Longest wait before a retry, in seconds, whatever Retry-After says. */
const retrySecondsMax = 10;
/** Answers after which the same request may be sent again. */
const passing = new Set([429, 502, 503, 504]);

export class Client {
  /** Ends with a slash. */
  readonly #base: URL;
  readonly #ca: string | undefined;
  readonly #retryMs: number;
  readonly #silentMs: number | undefined;
  readonly #connectMs: number | undefined;
  readonly #peer: Peer;

  /** Throws ServerError `invalid` where `server` is no URL of a server, or no header can hold the token. */
  constructor(
    server: string,
    private readonly token: string | null,
    { ca, retryMs = 250, silentMs, connectMs, peer = theServer }: ClientOptions = {},
  ) {
    this.#base = baseOf(server, peer);
    this.#ca = ca;
    this.#retryMs = retryMs;
    this.#silentMs = silentMs;
    this.#connectMs = connectMs;
    this.#peer = peer;
    if (token !== null && !/^[!-~]+$/.test(token)) {
      throw new ServerError('the token holds what no header may hold, such as a space or the end of a line', 'invalid');
    }
  }

  /**
   * Sends JSON and gives whatever the server answered. Throws ServerError `unreachable` when there is no server;
   * `unsent` there says that none of the attempts can have been taken.
   */
  async call(
    method: string,
    path: string,
    body?: unknown,
    { headers = {}, retries = 0 }: CallOptions = {},
  ): Promise<ServerAnswer> {
    for (let attempt = 0, unsent = true; ; attempt++) {
      const last = attempt >= retries;
      const waitMs = this.#retryMs * 2 ** attempt * (0.5 + Math.random() / 2);
      try {
        const answer = await this.#once(method, path, body, headers);
        if (last || !passing.has(answer.status)) return answer;
        // It may have been decided all the same.
        unsent = false;
        const seconds = Number(answer.headers.get('retry-after') ?? 0);
        await sleep(Math.max(waitMs, Math.min(seconds || 0, retrySecondsMax) * 1_000));
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        unsent &&= !error.sent;
        if (last || !mayPass(error)) throw this.#unreachable(error, unsent);
        await sleep(waitMs);
      }
    }
  }

  /** As call, but anything except success throws ServerError with the problem's detail. */
  async done(method: string, path: string, body?: unknown, options?: CallOptions): Promise<unknown> {
    return (await this.whole(method, path, body, options)).body;
  }

  /** As done, with the headers. */
  async whole(method: string, path: string, body?: unknown, options?: CallOptions): Promise<ServerAnswer> {
    const answer = await this.call(method, path, body, options);
    if (answer.status >= 300) throw this.#failure(method, path, answer);
    if (typeof answer.body !== 'string') return answer;
    const why = `${method} ${path}: ${answer.status} with what is no JSON: is it ${this.#peer.name} that answers at ${this.#base}?`;
    throw new ServerError(why, 'unreachable');
  }

  /**
   * A stream of lines, and the headers before it. Empty lines are left out. Throws ServerError; `unreachable` also
   * where the connection breaks.
   */
  async lines(path: string): Promise<{ headers: Headers; lines: AsyncGenerator<string> }> {
    const response = await this.#send('GET', path, undefined, {}).catch((error: NoAnswer) => {
      throw this.#unreachable(error, !error.sent);
    });
    const [status, headers] = [response.statusCode!, headersOf(response.headers)];
    if (status === 200) return { headers, lines: this.#linesOf(response) };
    throw this.#failure('GET', path, { status, headers, body: parse(await this.#text(response)) });
  }

  async *#linesOf(response: IncomingMessage): AsyncGenerator<string> {
    let rest = '';
    try {
      for await (const chunk of response.setEncoding('utf8')) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop()!;
        yield* lines.filter((line) => line !== '');
      }
    } catch (cause) {
      throw this.#unreachable(broken(cause), false);
    }
  }

  async #once(method: string, path: string, body: unknown, more: Record<string, string>): Promise<ServerAnswer> {
    const response = await this.#send(method, path, body, more);
    const text = await this.#text(response);
    return { status: response.statusCode!, body: parse(text), headers: headersOf(response.headers) };
  }

  /** Rejects with NoAnswer. */
  async #text(response: IncomingMessage): Promise<string> {
    let text = '';
    try {
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      return text;
    } catch (cause) {
      throw broken(cause);
    }
  }

  /** Rejects with NoAnswer. */
  #send(method: string, path: string, body: unknown, more: Record<string, string>): Promise<IncomingMessage> {
    const headers = { ...more };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (this.token !== null) headers.authorization = `Bearer ${this.token}`;
    // What the server's URL ends with stays before it.
    const url = new URL(path.replace(/^\//, ''), this.#base);
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const limits = { silentMs: this.#silentMs, connectMs: this.#connectMs };
    return send({ method, url, headers, ca: this.#ca, ...limits, ...sent });
  }

  #unreachable(cause: NoAnswer, unsent: boolean): ServerError {
    return new ServerError(whyNoAnswer(this.#base, cause, this.#peer), 'unreachable', { cause, unsent });
  }

  #failure(method: string, path: string, { status, body, headers }: ServerAnswer): ServerError {
    if (status >= 300 && status < 400) {
      const to = headers.get('location') ?? 'nowhere';
      const why = `${method} ${path}: ${status}, sent on to ${to}: give its own URL with ${this.#peer.option}`;
      return new ServerError(why, 'unreachable', { unsent: true });
    }
    const detail = (body as { detail?: unknown } | null)?.detail;
    const own = ownPathOf(this.#base);
    const nothing = status === 404 || (status === 401 && own?.tokenFirst === true);
    if (own !== null && nothing && (typeof detail !== 'string' || detail.startsWith('There is no such path'))) {
      return new ServerError(this.#tooFar(`${method} ${path}: ${status}`, own.path), 'invalid');
    }
    // What has a position was decided: it was put as it must be.
    const invalid = status === 400 && !headers.has('holdfast-sequence');
    const code = passing.has(status) ? 'unreachable' : invalid ? 'invalid' : 'refused';
    const said = typeof detail === 'string' ? detail : foreign(body, this.#peer);
    return new ServerError(`${method} ${path}: ${status} ${said}${this.#advice(status)}`, code);
  }

  #tooFar(what: string, own: string): string {
    const given = this.#base.href.replace(/\/$/, '');
    const address = given.slice(0, -own.length);
    return `${what}: give the base address alone, ${this.#peer.option} ${address}, not ${given}: ${own} is a path of the API, and is added where it is needed`;
  }

  #advice(status: number): string {
    const { token } = this.#peer;
    if (status === 401 && this.token === null) return `: give it in ${token.replace('or ', 'or with ')}`;
    if (status === 401) return `: check the token in ${token}`;
    return status === 403 ? `: the token in ${token}, has not that role` : '';
  }
}

/** An answer that ended early. */
function broken(cause: unknown): NoAnswer {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return new NoAnswer(code, true, message, { cause });
}

/** What is no problem of ours, short. */
function foreign(body: unknown, { name, option }: Peer): string {
  const text = typeof body === 'string' ? body.replaceAll(/\s+/g, ' ').trim() : JSON.stringify(body);
  const https = /plain HTTP request was sent to HTTPS port/i.test(text) ? ` (give https:// in ${option})` : '';
  return `${text.slice(0, 200)}${https}: no problem of ${name}'s, see what answers there`;
}

/** With the path that it ends with kept. Throws ServerError. */
function baseOf(server: string, { option, token }: Peer): URL {
  const wrong = (why: string) => new ServerError(`${option} ${server} ${why}`, 'invalid');
  const example = 'is no URL of a server, such as http://127.0.0.1:28800';
  if (!URL.canParse(server)) throw wrong(example);
  const url = new URL(server);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw wrong(example);
  if (url.username !== '' || url.password !== '')
    throw new ServerError(`${option} holds a user: give a token instead, in ${token}`, 'invalid');
  if (url.search !== '' || url.hash !== '') throw wrong('has a query or fragment: leave that out');
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/`;
  return url;
}

function parse(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return text;
  }
}
