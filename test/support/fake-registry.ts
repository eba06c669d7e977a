import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface FakeRegistryOptions {
  /** The id of the next schema that is new. Default: one more than the last. */
  nextId?: (last: number) => number;
  /** How long each answer takes, in milliseconds. */
  answerMs?: number;
}

interface Subject {
  schemas: { schema: string; id: number }[];
  compatibility: string | null;
}

/**
 * What this service asks of a schema registry, with any ids. As some do, it uses up an id for each request to register,
 * also where it refuses it; a second one for a subject that is just being made is refused.
 */
export class FakeRegistry {
  readonly subjects = new Map<string, Subject>();
  /** Ids that were used up, by whomever. */
  readonly used: number[] = [];
  /** Requests to register that came while another was under way. */
  overlapping = 0;
  answerMs: number;
  #registering = 0;
  #server: Server;
  #nextId: (last: number) => number;

  private constructor({ nextId = (last) => last + 1, answerMs = 0 }: FakeRegistryOptions) {
    this.#nextId = nextId;
    this.answerMs = answerMs;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(options: FakeRegistryOptions = {}): Promise<FakeRegistry> {
    const registry = new FakeRegistry(options);
    await new Promise<void>((resolve) => registry.#server.listen(0, '127.0.0.1', resolve));
    return registry;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** As one that lost its storage, and gives ids by `nextId` from now on. */
  empty(nextId: (last: number) => number = (last) => last + 1): void {
    this.subjects.clear();
    this.used.length = 0;
    this.#nextId = nextId;
  }

  /** Somebody else's schemas use up these many ids. */
  takeIds(count: number): void {
    for (let n = 0; n < count; n++) this.#take();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(): number {
    const id = this.#nextId(this.used.at(-1) ?? 0);
    this.used.push(id);
    return id;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += chunk;
    if (this.answerMs > 0) await sleep(this.answerMs);
    const body = text === '' ? {} : JSON.parse(text);
    const { status, answer } = await this.#found(`${request.method}`, decodeURIComponent(request.url!), body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  async #found(method: string, path: string, body: { schema?: string; compatibility?: string }) {
    const [, of, name = '', versions] = path.split('/');
    const subject = this.subjects.get(name);
    const missing = { status: 404, answer: { error_code: 40401, message: 'not found' } };
    if (of === 'subjects' && name === '') return { status: 200, answer: [...this.subjects.keys()] };
    if (of === 'config' && method === 'GET') {
      if (subject?.compatibility == null) return missing;
      return { status: 200, answer: { compatibilityLevel: subject.compatibility } };
    }
    if (of === 'config' && subject !== undefined) {
      subject.compatibility = body.compatibility ?? null;
      return { status: 200, answer: body };
    }
    if (of === 'subjects' && versions === undefined) {
      const known = subject?.schemas.find(({ schema }) => schema === body.schema);
      return known === undefined ? missing : { status: 200, answer: { id: known.id } };
    }
    if (of === 'subjects' && versions === 'versions') return this.#register(name, body.schema ?? '');
    return missing;
  }

  async #register(name: string, schema: string) {
    const subject = this.subjects.get(name) ?? { schemas: [], compatibility: null };
    const known = subject.schemas.find((one) => one.schema === schema);
    if (known !== undefined) return { status: 200, answer: { id: known.id } };
    const id = this.#take();
    const alone = this.#registering++ === 0;
    if (!alone) this.overlapping++;
    // Long enough that others who do not wait come in between.
    await sleep(2);
    this.#registering--;
    if (!alone) return { status: 409, answer: { error_code: 409, message: 'the subject is being changed' } };
    subject.schemas.push({ schema, id });
    this.subjects.set(name, subject);
    return { status: 200, answer: { id } };
  }
}
