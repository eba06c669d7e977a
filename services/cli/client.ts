import { setTimeout as sleep } from 'node:timers/promises';

/** A small HTTP client for the commands that talk to a server. */
export class ServerError extends Error {
  /** `unreachable`: no answer, or none that says what became of the request. */
  constructor(
    message: string,
    readonly code: 'refused' | 'invalid' | 'unreachable' = 'refused',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface Answer {
  status: number;
  body: unknown;
  headers: Headers;
}

export interface CallOptions {
  headers?: Record<string, string>;
  /** How often to try again where nobody answers, or the server says that it cannot now. Only for calls that may be repeated. */
  retries?: number;
}

/** Longest wait before a retry, in seconds, whatever Retry-After says. */
const retrySecondsMax = 10;
/** Answers after which the same request may be sent again. */
const passing = new Set([429, 502, 503, 504]);

export class Client {
  constructor(
    readonly server: string,
    private readonly token: string | null,
    /** Wait before the first retry where no Retry-After says more; doubled each time. */
    private readonly retryMs = 250,
  ) {}

  /** Sends JSON and gives whatever the server answered. Throws ServerError `unreachable` when there is no server. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    { headers = {}, retries = 0 }: CallOptions = {},
  ): Promise<Answer> {
    for (let attempt = 0; ; attempt++) {
      const last = attempt >= retries;
      const waitMs = this.retryMs * 2 ** attempt * (0.5 + Math.random() / 2);
      try {
        const answer = await this.#once(method, path, body, headers);
        if (last || !passing.has(answer.status)) return answer;
        const seconds = Number(answer.headers.get('retry-after') ?? 0);
        await sleep(Math.max(waitMs, Math.min(seconds || 0, retrySecondsMax) * 1_000));
      } catch (error) {
        if (last || !(error instanceof ServerError)) throw error;
        await sleep(waitMs);
      }
    }
  }

  /** As call, but anything except success throws ServerError with the problem's detail. */
  async done(method: string, path: string, body?: unknown, options?: CallOptions): Promise<unknown> {
    const answer = await this.call(method, path, body, options);
    if (answer.status < 300) return answer.body;
    throw failure(method, path, answer);
  }

  /**
   * A stream of lines, and the headers before it. Empty lines are left out. Throws ServerError; `unreachable` also where the
   * connection breaks.
   */
  async lines(path: string): Promise<{ headers: Headers; lines: AsyncGenerator<string> }> {
    const response = await this.#fetch('GET', path, undefined, {});
    const { status, headers } = response;
    if (status === 200) return { headers, lines: this.#linesOf(response) };
    throw failure('GET', path, { status, headers, body: parse(await response.text()) });
  }

  async *#linesOf(response: Response): AsyncGenerator<string> {
    let rest = '';
    try {
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop()!;
        yield* lines.filter((line) => line !== '');
      }
    } catch (cause) {
      throw this.#unreachable(cause);
    }
  }

  async #once(method: string, path: string, body: unknown, more: Record<string, string>): Promise<Answer> {
    const response = await this.#fetch(method, path, body, more);
    const text = await response.text().catch((cause: unknown) => {
      throw this.#unreachable(cause);
    });
    return { status: response.status, body: parse(text), headers: response.headers };
  }

  async #fetch(method: string, path: string, body: unknown, more: Record<string, string>): Promise<Response> {
    const headers = { ...more };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (this.token !== null) headers.authorization = `Bearer ${this.token}`;
    const url = urlOf(this.server, path);
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    return fetch(url, { method, headers, ...sent }).catch((cause: unknown) => {
      throw this.#unreachable(cause);
    });
  }

  #unreachable(cause: unknown): ServerError {
    const why = `no answer from ${this.server}: is Holdfast running there? (npm start, or --server URL)`;
    return new ServerError(why, 'unreachable', { cause });
  }
}

function failure(method: string, path: string, { status, body }: Answer): ServerError {
  const detail = (body as { detail?: string } | null)?.detail ?? JSON.stringify(body);
  const code = passing.has(status) ? 'unreachable' : status === 400 ? 'invalid' : 'refused';
  return new ServerError(`${method} ${path}: ${status} ${detail}`, code);
}

function urlOf(server: string, path: string): URL {
  if (URL.canParse(path, server)) return new URL(path, server);
  throw new ServerError(`--server ${server} is not a URL, such as http://127.0.0.1:28800`, 'invalid');
}

function parse(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return text;
  }
}
