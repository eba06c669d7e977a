import type { Runtime } from '@holdfast/log';
import { BrokerConnection } from './broker-connection.js';
import type { KafkaSettings } from './client.js';
import { within } from './retry.js';

/** What brokers answered, by their addresses, and why others did not. */
export interface Answers<T> {
  answers: Map<string, T>;
  errors: Map<string, Error>;
}

/** Connections to the brokers of a cluster: each is made when that broker is first asked, and anew after it failed. */
export class BrokerConnections {
  #open = new Map<string, Promise<BrokerConnection>>();

  constructor(
    private readonly settings: KafkaSettings,
    private readonly runtime: Pick<Runtime, 'after'>,
  ) {}

  /** Asks all of them at once, each for at most `ms`. Never rejects. */
  async ask<T>(
    addresses: Iterable<string>,
    ms: number,
    question: (broker: BrokerConnection) => Promise<T>,
  ): Promise<Answers<T>> {
    const found: Answers<T> = { answers: new Map(), errors: new Map() };
    const asked = [...addresses].map(async (address) => {
      try {
        found.answers.set(address, await this.#ask(address, ms, question));
      } catch (error) {
        found.errors.set(address, error as Error);
      }
    });
    await Promise.all(asked);
    return found;
  }

  close(): void {
    for (const address of [...this.#open.keys()]) this.#discard(address);
  }

  async #ask<T>(address: string, ms: number, question: (broker: BrokerConnection) => Promise<T>): Promise<T> {
    const connecting = this.#open.get(address) ?? BrokerConnection.to(address, this.settings);
    this.#open.set(address, connecting);
    try {
      return await within(this.runtime, ms, connecting.then(question));
    } catch (error) {
      if (this.#open.get(address) === connecting) this.#discard(address);
      throw error;
    }
  }

  #discard(address: string): void {
    this.#open
      .get(address)
      ?.then((connection) => connection.close())
      .catch(() => {});
    this.#open.delete(address);
  }
}
