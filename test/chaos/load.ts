import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../simulation/random.js';
import { Client, type Scene } from './client.js';
import type { ChaosPart } from './module.js';
import { now, type Recorder } from './observations.js';

export interface LoadSettings {
  clients: number;
  /** A client's rest between two requests is up to this long. */
  restMsMax: number;
}

/** Many clients at once, of every module that brings some. Their requests are random; only faults are seeded. */
export class Load {
  /** Requests with an answer. */
  requests = 0;
  readonly oddities: string[] = [];
  readonly #scene: Scene;
  #running: Promise<void>[] = [];
  #stopping = false;
  #lastAnswer = now();
  #longestGapMs = 0;
  #waiting: { since: number; left: number; resolve(): void }[] = [];

  constructor(
    urls: () => string[],
    private readonly parts: readonly ChaosPart[],
    recorder: Recorder,
    private readonly settings: LoadSettings,
  ) {
    this.#scene = {
      random: new Random(Date.now()),
      urls,
      note: (observation) => recorder.note(observation),
      oddity: (what) => this.oddities.push(what),
      readModel: true,
    };
  }

  start(): void {
    this.#stopping = false;
    const { clients } = this.settings;
    this.#running = Array.from({ length: clients }, (_, n) => this.#client(this.parts[n % this.parts.length]!));
  }

  /** Begins no more requests. */
  halt(): void {
    this.#stopping = true;
  }

  /** The same, and resolves once every request that was begun has its outcome. */
  async stop(): Promise<void> {
    this.halt();
    await Promise.all(this.#running.splice(0));
  }

  /** While false, clients ask for nothing that only the read model can answer, but for reads. */
  set readModel(is: boolean) {
    this.#scene.readModel = is;
  }

  /** Begins to measure anew. */
  mark(): void {
    this.#lastAnswer = now();
    this.#longestGapMs = 0;
  }

  /** The longest time without an answer to a change since `mark`, in milliseconds. */
  get longestGapMs(): number {
    return Math.max(this.#longestGapMs, now() - this.#lastAnswer);
  }

  /** Resolves once `count` changes that were first sent after now were answered. */
  answered(count: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ since: now(), left: count, resolve }));
  }

  /** Reads all that there is from one api; true where it was shown. */
  async readAll(url: string): Promise<boolean> {
    const shown = this.parts.map((part) => new Client(this.#scene, part).read(part.whole, url));
    return (await Promise.all(shown)).every((was) => was);
  }

  async #client(part: ChaosPart): Promise<void> {
    const client = new Client(this.#scene, part);
    while (!this.#stopping) {
      const invoked = await client.act().catch((error: Error) => {
        this.oddities.push(error.message);
        return null;
      });
      if (invoked !== null) this.#take(invoked);
      await sleep(this.#scene.random.next() * this.settings.restMsMax);
    }
  }

  #take(invoked: number): void {
    this.requests++;
    this.#longestGapMs = Math.max(this.#longestGapMs, now() - this.#lastAnswer);
    this.#lastAnswer = now();
    for (const waiter of this.#waiting) if (invoked >= waiter.since) waiter.left--;
    for (const { left, resolve } of this.#waiting) if (left <= 0) resolve();
    this.#waiting = this.#waiting.filter(({ left }) => left > 0);
  }
}
