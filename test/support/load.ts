import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

export const operations = ['lock', 'unlock', 'reserve', 'renew', 'release'] as const;
export type Operation = (typeof operations)[number];

/** A request and its answer. Times are milliseconds since 1970. */
export interface Answered {
  operation: Operation;
  xname: string;
  /** Its Idempotency-Key. */
  key: string;
  path: string;
  request: object;
  /** How often it was sent. */
  attempts: number;
  began: number;
  ended: number;
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: read as a client would.
  body: any;
  /** From Holdfast-Sequence: where in the order of all changes it stands. */
  sequence: number;
}

type Reply = Pick<Answered, 'status' | 'body' | 'sequence'>;

/** A client gives up on an attempt after this long, and tries elsewhere. */
const attemptMs = 1_500;
/** A reader waits longer than the service may take to say that it cannot answer. */
const readMs = 5_000;
/** Between a client's requests, and before it tries again. */
const pauseMs = 15;

/**
 * Clients that lock, unlock, reserve, renew and release a few components, against one another. Each request has a key,
 * and is sent again, to whichever server, until its outcome is known; some are then sent once more.
 */
export class Load {
  /** In the order of the answers. */
  readonly answers: Answered[] = [];
  /** What no client should ever meet. */
  readonly oddities: string[] = [];
  /** When a status was read, in milliseconds since 1970. */
  readonly reads: number[] = [];
  /** How often a request or a read was refused for now. */
  refusals = 0;
  /** Whether some are sent once more. What was decided before is answered from the read model, and so needs it. */
  repeats = true;
  #running: Promise<void>[] = [];
  #stopping = false;
  #waiting: { since: number; left: number; resolve(): void }[] = [];
  #keys = new Map<string, string>();

  constructor(
    private readonly urls: () => string[],
    private readonly fleet: string[],
  ) {}

  start(clients = 6): void {
    this.#stopping = false;
    this.#running = Array.from({ length: clients }, () => this.#client());
    this.#running.push(this.#reader());
  }

  /** Resolves once every request that was begun has its answer. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#running.splice(0));
  }

  /** Resolves once `count` requests that began after `since` were answered. */
  answered(count: number, since: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ since, left: count, resolve }));
  }

  /** The longest time without an answer, between `since` and now, in milliseconds. */
  longestGapMs(since: number): number {
    return longestGap(
      this.answers.map(({ ended }) => ended),
      since,
    );
  }

  /** The same for reads. */
  longestReadGapMs(since: number): number {
    return longestGap(this.reads, since);
  }

  /** Sends an answered request once more; gives what differs, or null. */
  async again(first: Answered): Promise<string | null> {
    const { status, body, sequence } = await this.#send({ ...first, attempts: 0 });
    const [before, after] = [first, { status, body, sequence }].map((each) =>
      JSON.stringify([each.status, each.body, each.sequence]),
    );
    return before === after ? null : `${first.path}: ${before}, and when sent again ${after}`;
  }

  async #client(): Promise<void> {
    for (let n = 0; !this.#stopping; n++) {
      const answered = await this.#send(this.#next());
      this.#take(answered);
      if (this.repeats && n % 10 === 9) {
        const different = await this.again(answered);
        if (different !== null) this.oddities.push(different);
      }
      await sleep(pauseMs);
    }
  }

  /** What it reads must be whole, or refused for now. */
  async #reader(): Promise<void> {
    while (!this.#stopping) {
      const url = this.urls()[0];
      const reply = url === undefined ? null : await post(url, '/locks/status', {}, {}, readMs).catch(() => null);
      if (reply?.status === 200) this.reads.push(Date.now());
      if (reply?.status === 503) this.refusals++;
      const whole = reply?.status === 200 && reply.body.Components.length === this.fleet.length;
      if (reply !== null && reply.status !== 503 && !whole) {
        this.oddities.push(`the status was ${reply.status} ${JSON.stringify(reply.body)}`);
      }
      await sleep(3 * pauseMs);
    }
  }

  #next(): Answered {
    const xname = one(this.fleet);
    const key = this.#keys.get(xname);
    // Where a reservation is known to exist, mostly something is done with it.
    const operation = key !== undefined && Math.random() < 0.7 ? one(['renew', 'release'] as const) : one(operations);
    const only = { ComponentIDs: [xname] };
    const owned = { ReservationKeys: [{ ID: xname, Key: key ?? `${xname}:rk:${randomUUID()}` }] };
    const long = { ReservationDuration: 15 };
    const [path, request] = {
      lock: ['/locks/lock', only] as const,
      unlock: ['/locks/unlock', only] as const,
      reserve: ['/locks/service/reservations', { ...only, ...long }] as const,
      renew: ['/locks/service/reservations/renew', { ...owned, ...long, ProcessingModel: 'rigid' }] as const,
      release: ['/locks/service/reservations/release', { ...owned, ProcessingModel: 'rigid' }] as const,
    }[operation];
    const unknown = { attempts: 0, began: Date.now(), ended: 0, status: 0, body: null, sequence: 0 };
    return { operation, xname, key: randomUUID(), path, request, ...unknown };
  }

  /** Sends it until its outcome is known. */
  async #send(request: Answered): Promise<Answered> {
    for (let attempts = 1; ; attempts++) {
      const reply = await this.#attempt(request);
      if (reply !== null) {
        return { ...request, ...reply, attempts, ended: Date.now() };
      }
      await sleep(pauseMs);
    }
  }

  /** Null where it must be tried again. */
  async #attempt({ path, request, key }: Answered): Promise<Reply | null> {
    const urls = this.urls();
    if (urls.length === 0) return null;
    const headers = { 'idempotency-key': key };
    const reply = await post(one(urls), path, request, headers).catch(() => null);
    if (reply?.status === 503) this.refusals++;
    if (reply === null || reply.status === 503) return null;
    if (reply.status < 500 && reply.status !== 422) return reply;
    this.oddities.push(`${path} was answered ${reply.status} ${JSON.stringify(reply.body)}`);
    return null;
  }

  #take(answered: Answered): void {
    this.answers.push(answered);
    const { operation, xname, status, body } = answered;
    if (status === 200 && operation === 'reserve') this.#keys.set(xname, body.Success[0].ReservationKey);
    if (operation === 'release') this.#keys.delete(xname);
    for (const waiter of this.#waiting) {
      if (answered.began >= waiter.since) waiter.left--;
      if (waiter.left <= 0) waiter.resolve();
    }
    this.#waiting = this.#waiting.filter(({ left }) => left > 0);
  }
}

function longestGap(times: readonly number[], since: number): number {
  let [longest, before] = [0, since];
  for (const time of [...times.filter((time) => time >= since), Date.now()]) {
    longest = Math.max(longest, time - before);
    before = time;
  }
  return longest;
}

async function post(
  url: string,
  path: string,
  body: object,
  headers: Record<string, string>,
  timeoutMs = attemptMs,
): Promise<Reply> {
  const response = await fetch(`${url}/hsm/v2${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const sequence = Number(response.headers.get('holdfast-sequence'));
  return { status: response.status, body: await response.json(), sequence };
}

function one<T>(list: readonly T[]): T {
  return list[Math.floor(Math.random() * list.length)]!;
}
