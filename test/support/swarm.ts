import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, type RawReply } from './connection.js';
import type { Answered, Operation } from './load.js';

export interface SwarmSettings {
  url: string;
  /** Components that the crowd locks and reserves, against one another. */
  fleet: readonly string[];
  clients: number;
  /** A component for each of those who hold it by a lease of a minute, and renew it. */
  held: readonly string[];
  /** Between two renewals. */
  renewEveryMs: number;
}

const pauseMs = 5;
/** A status that says to come again later. */
const refusals = [429, 503];

/**
 * More clients than the service is made for. Each asks, and comes again when it is told to, until it has an answer.
 * Some hold a reservation all the while, and renew it; the others want those components, too.
 */
export class Swarm {
  /** Decided requests, accepted or not. */
  readonly answers: Answered[] = [];
  /** What no client should ever meet. */
  readonly oddities: string[] = [];
  /** How often each status was given that says to come again; `reads` are statuses of components. */
  readonly refused = { requests: new Map<number, number>(), renewals: 0, reads: 0 };
  reads = 0;
  /**
   * Milliseconds until an answer was there: of requests and of renewals that were admitted at once, and of refusals.
   */
  readonly ms = { admitted: [] as number[], renewed: [] as number[], refused: [] as number[] };
  /** The longest time between two renewals of one client that the service took, in milliseconds. */
  longestUnrenewedMs = 0;
  #connections: Connection[] = [];
  #keys = new Map<string, string>();
  #stopping = false;
  #running: Promise<void>[] = [];

  constructor(private readonly settings: SwarmSettings) {}

  /** Resolves once each of those who hold a component has it; the crowd comes then. */
  async start(): Promise<void> {
    const { held, clients } = this.settings;
    const holders = held.map((xname) => ({ xname, connection: this.#connect() }));
    await Promise.all(holders.map(({ xname, connection }) => this.#ask(connection, 'reserve', xname, 1)));
    this.#running = holders.map(({ xname, connection }) => this.#hold(connection, xname));
    for (let n = 0; n < clients; n++) this.#running.push(this.#crowd(this.#connect()));
  }

  /** Resolves once every request that was begun has its answer. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#running);
    for (const connection of this.#connections) connection.close();
  }

  async #hold(connection: Connection, xname: string): Promise<void> {
    let renewed = Date.now();
    await sleep(Math.random() * this.settings.renewEveryMs);
    while (!this.#stopping) {
      const { status, body } = await this.#ask(connection, 'renew', xname, 1);
      if (status !== 200) this.oddities.push(`${xname} was lost: ${status} ${JSON.stringify(body)}`);
      this.longestUnrenewedMs = Math.max(this.longestUnrenewedMs, Date.now() - renewed);
      renewed = Date.now();
      await sleep(this.settings.renewEveryMs * (0.5 + Math.random() / 2));
    }
  }

  async #crowd(connection: Connection): Promise<void> {
    const { fleet, held } = this.settings;
    while (!this.#stopping) {
      const chance = Math.random();
      if (chance < 0.1) await this.#read(connection);
      else if (chance < 0.15) await this.#ask(connection, 'reserve', one(held), 15);
      else {
        const xname = one(fleet);
        const owned = this.#keys.has(xname) && Math.random() < 0.7;
        await this.#ask(
          connection,
          one(owned ? (['renew', 'release'] as const) : (['lock', 'unlock', 'reserve'] as const)),
          xname,
          15,
        );
      }
      await sleep(pauseMs);
    }
  }

  async #read(connection: Connection): Promise<void> {
    const xname = one(this.settings.fleet);
    const reply = await this.#send(connection, '/locks/status', { ComponentIDs: [xname] }, randomUUID());
    if (reply === null) return;
    if (refusals.includes(reply.status)) this.refused.reads++;
    else if (reply.status === 200 && JSON.parse(reply.text).Components[0].ID === xname) this.reads++;
    else this.oddities.push(`a status was ${reply.status} ${reply.text}`);
  }

  /** Sends it, and again when told to, until it is decided. */
  async #ask(connection: Connection, operation: Operation, xname: string, minutes: number): Promise<Answered> {
    const [path, body] = this.#request(operation, xname, minutes);
    const [key, began] = [randomUUID(), Date.now()];
    const isHolders = operation === 'renew' && minutes === 1;
    for (let attempts = 1; ; attempts++) {
      const sent = performance.now();
      const reply = await this.#send(connection, path, body, key);
      const ms = performance.now() - sent;
      if (reply !== null && refusals.includes(reply.status)) {
        this.ms.refused.push(ms);
        if (isHolders) this.refused.renewals++;
        else this.refused.requests.set(reply.status, (this.refused.requests.get(reply.status) ?? 0) + 1);
        await sleep(this.#retryMs(path, reply));
      } else if (reply !== null && (reply.status === 200 || reply.status === 400)) {
        if (attempts === 1) this.ms[isHolders ? 'renewed' : 'admitted'].push(ms);
        const sequence = Number(reply.headers['holdfast-sequence']);
        const known = { status: reply.status, body: JSON.parse(reply.text), sequence, ended: Date.now() };
        const answered = { operation, xname, key, path, request: body, attempts, began, ...known };
        this.#take(answered);
        return answered;
      } else {
        if (reply !== null) this.oddities.push(`${path} was answered ${reply.status} ${reply.text}`);
        await sleep(1_000);
      }
    }
  }

  #request(operation: Operation, xname: string, minutes: number): [string, object] {
    const only = { ComponentIDs: [xname] };
    const keys = [{ ID: xname, Key: this.#keys.get(xname) ?? `${xname}:rk:${randomUUID()}` }];
    const owned = { ReservationKeys: keys, ProcessingModel: 'rigid' };
    switch (operation) {
      case 'lock':
      case 'unlock':
        return [`/locks/${operation}`, only];
      case 'reserve':
        return ['/locks/service/reservations', { ...only, ReservationDuration: minutes }];
      case 'renew':
        return ['/locks/service/reservations/renew', { ...owned, ReservationDuration: minutes }];
      case 'release':
        return ['/locks/service/reservations/release', owned];
    }
  }

  #take(answered: Answered): void {
    this.answers.push(answered);
    const { operation, xname, status, body } = answered;
    if (status === 200 && operation === 'reserve') this.#keys.set(xname, body.Success[0].ReservationKey);
    if (status === 200 && operation === 'release') this.#keys.delete(xname);
  }

  /** A refusal says what it is, and when to come again. */
  #retryMs(path: string, { status, headers, text }: RawReply): number {
    const seconds = Number(headers['retry-after']);
    const isProblem = headers['content-type'] === 'application/problem+json' && JSON.parse(text).status === status;
    if (!isProblem || !Number.isInteger(seconds) || seconds < 1) {
      this.oddities.push(`${path} was refused with ${status} ${JSON.stringify(headers)} ${text}`);
    }
    return seconds * 1_000;
  }

  /** Null, and an oddity, where no answer came. */
  async #send(connection: Connection, path: string, body: object, key: string): Promise<RawReply | null> {
    try {
      return await connection.post(`/hsm/v2${path}`, { 'idempotency-key': key }, JSON.stringify(body));
    } catch (error) {
      this.oddities.push(`${path} got no answer: ${(error as Error).message}`);
      return null;
    }
  }

  #connect(): Connection {
    const connection = new Connection(this.settings.url);
    this.#connections.push(connection);
    return connection;
  }
}

function one<T>(list: readonly T[]): T {
  return list[Math.floor(Math.random() * list.length)]!;
}
