import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { requestId } from '@holdfast/api/submit';
import { nodeRuntime } from '@holdfast/log';
import type { Random } from '../simulation/random.js';
import { type Reply, send } from './http.js';
import type { ChaosCaller, ChaosPart, Reading, Wanted } from './module.js';
import { now, type Observation, type Write } from './observations.js';

/** What clients share. */
export interface Scene {
  random: Random;
  /** Of the apis that run. */
  urls(): string[];
  note(observation: Observation): void;
  /** What no client should ever meet. */
  oddity(what: string): void;
  /** False while the read model is unavailable: then nothing is asked for that only it can answer. */
  readModel: boolean;
}

/** A client gives up on an attempt after this long, and tries elsewhere. */
const attemptMs = 2_000;
/** A reader waits longer than the service may take to say that it cannot answer. */
const readMs = 6_000;
/** Between attempts, and between looks at a request that was acknowledged. */
const retryMs = 100;
/** A request whose outcome is not known by then is lost. */
const unknownMsMax = 120_000;

interface Sent {
  id: string;
  key: string;
  wanted: Wanted;
  invoked: number;
  acknowledged: number | null;
}

/** Where a change stands and how it was answered. */
type Outcome = Pick<Write, 'sequence' | 'answer'> & { body: Reply['body'] };

const actor = { name: 'anonymous', authenticated: false, address: '', userAgent: '' };

/** Asks for one thing after the other, and for each of them until its outcome is known. */
export class Client {
  readonly #caller: ChaosCaller;

  constructor(
    private readonly scene: Scene,
    private readonly part: ChaosPart,
  ) {
    this.#caller = part.caller(scene.random);
  }

  /** One request, or read. Gives when it was first sent where it was a change, else null. */
  async act(): Promise<number | null> {
    const reading = this.#caller.reading();
    if (reading === null) return await this.#change();
    await this.read(reading);
    return null;
  }

  async #change(): Promise<number | null> {
    const { random, note } = this.scene;
    const key = randomUUID();
    const { id } = requestId({ actor, reason: '', idempotencyKey: key, traceparent: '' }, nodeRuntime);
    const wanted = this.#caller.next();
    const sent: Sent = { id, key, wanted, invoked: now(), acknowledged: null };
    const outcome = await this.#untilKnown(sent, this.scene.readModel && random.chance(0.1));
    if (outcome === null) return null;
    const { sequence, answer, body } = outcome;
    const { invoked, acknowledged } = sent;
    const answered = now();
    const { name: module } = this.part;
    note({ kind: 'write', module, id, invoked, acknowledged, answered, sequence, answer, leaseMs: wanted.leaseMs });
    this.#caller.learn(body);
    if (this.scene.readModel && random.chance(0.04)) await this.#repeat(sent, outcome);
    if (random.chance(0.005)) await this.#misuse(sent);
    return invoked;
  }

  /** What was answered is answered so again. */
  async #repeat(sent: Sent, { sequence, answer }: Outcome): Promise<void> {
    const again = await this.#untilKnown({ ...sent, invoked: now() }, false);
    if (again === null || (again.sequence === sequence && again.answer === answer)) return;
    const before = `was answered '${answer}' at ${sequence}`;
    this.scene.oddity(`request ${sent.id} ${before}, and when sent again '${again.answer}' at ${again.sequence}`);
  }

  /** The key of one request on another one. */
  async #misuse({ id, key }: Sent): Promise<void> {
    const { nothing: wanted } = this.part;
    const outcome = await this.#untilKnown({ id, key, wanted, invoked: now(), acknowledged: null }, false);
    if (outcome === null) return;
    if (outcome.answer === '422') this.scene.note({ kind: 'conflict', id, sequence: outcome.sequence });
    else this.scene.oddity(`the key of request ${id} was good for another one: '${outcome.answer}'`);
  }

  /** Null where it never was; that is told. */
  async #untilKnown(sent: Sent, async: boolean): Promise<Outcome | null> {
    const { key, wanted } = sent;
    const headers = { 'idempotency-key': key, ...(async ? { prefer: 'respond-async' } : {}) };
    const began = now();
    while (now() - began < unknownMsMax) {
      const reply = await this.#post(wanted.path, wanted.body, headers, attemptMs);
      if (reply?.status === 202) return await this.#whenDecided(sent, String(reply.headers.get('location')));
      const outcome =
        reply && this.#outcomeOf(reply.status, reply.body, Number(reply.headers.get('holdfast-sequence')));
      if (outcome !== null) return outcome;
      if (reply !== null) this.#expectUnavailable(wanted.path, reply);
      await sleep(retryMs);
    }
    this.scene.oddity(`the outcome of request ${sent.id} was not known after ${unknownMsMax / 1_000} s`);
    return null;
  }

  async #whenDecided(sent: Sent, location: string): Promise<Outcome | null> {
    sent.acknowledged = now();
    while (now() - sent.acknowledged < unknownMsMax) {
      const reply = await this.#send('GET', location, null, {}, readMs);
      if (reply?.status === 200 && reply.body.status === 'decided') {
        const { StatusCode, Result, Sequence } = reply.body;
        return this.#outcomeOf(StatusCode, Result, Sequence);
      }
      if (reply !== null && reply.status !== 200) this.#expectUnavailable(location, reply);
      await sleep(retryMs);
    }
    this.scene.oddity(`request ${sent.id} was acknowledged, and not decided after ${unknownMsMax / 1_000} s`);
    return null;
  }

  /** True where it was answered. From any api, unless one is named. */
  async read({ path, body, seen }: Reading, url?: string): Promise<boolean> {
    const invoked = now();
    const reply = await this.#post(path, body, {}, readMs, url);
    const answered = now();
    if (reply === null) return false;
    const shown = seen(reply.status, reply.body);
    if (shown === null) this.#expectUnavailable(path, reply);
    else this.scene.note({ kind: 'read', module: this.part.name, invoked, answered, seen: shown });
    return shown !== null;
  }

  /** Whatever is not an answer must say that it is none for now, and when to come back. */
  #expectUnavailable(path: string, { status, body, headers }: Reply): void {
    if ((status === 503 || status === 429) && Number(headers.get('retry-after')) > 0) return;
    this.scene.oddity(`${path} was answered ${status} ${JSON.stringify(body)}`);
  }

  #post(path: string, body: object, headers: Record<string, string>, timeoutMs: number, url?: string) {
    return this.#send('POST', path, body, headers, timeoutMs, url);
  }

  /** To any api, unless one is named. */
  async #send(
    method: 'GET' | 'POST',
    path: string,
    body: object | null,
    headers: Record<string, string>,
    timeoutMs: number,
    url?: string,
  ): Promise<Reply | null> {
    const urls = this.scene.urls();
    if (urls.length === 0) return null;
    return await send(method, `${url ?? this.scene.random.pick(urls)}${path}`, body, headers, timeoutMs);
  }

  /** Null where the status is that of no outcome. */
  #outcomeOf(status: number, body: Reply['body'], sequence: number): Outcome | null {
    if (status !== 200 && status !== 400 && status !== 422) return null;
    if (!(sequence > 0)) return null;
    return { answer: status === 422 ? '422' : this.part.answerText(status, body), sequence, body };
  }
}
