/** A small HTTP client for the commands that talk to a server. */
export class ServerError extends Error {}

export interface Answer {
  status: number;
  body: unknown;
  headers: Headers;
}

export class Client {
  constructor(
    readonly server: string,
    private readonly token: string | null,
  ) {}

  /** Sends JSON and gives whatever the server answered. Throws ServerError when there is no server. */
  async call(method: string, path: string, body?: unknown): Promise<Answer> {
    const headers: Record<string, string> = {};
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (this.token !== null) headers.authorization = `Bearer ${this.token}`;
    let response: Response;
    try {
      response = await fetch(new URL(path, this.server), {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw new ServerError(`no answer from ${this.server}: is Holdfast running there? (npm start, or --server URL)`, {
        cause: error,
      });
    }
    const text = await response.text();
    return { status: response.status, body: parse(text), headers: response.headers };
  }

  /** As call, but anything except success throws ServerError with the problem's detail. */
  async done(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await this.call(method, path, body);
    if (answer.status < 300) return answer.body;
    const detail = (answer.body as { detail?: string } | null)?.detail ?? JSON.stringify(answer.body);
    throw new ServerError(`${method} ${path}: ${answer.status} ${detail}`);
  }
}

function parse(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return text;
  }
}
