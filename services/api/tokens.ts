import type { Token } from './settings.js';

/** The tokens that count, which may be replaced while the API serves. */
export class Tokens {
  #listeners: (() => void)[] = [];

  constructor(private counting: readonly Token[]) {}

  get current(): readonly Token[] {
    return this.counting;
  }

  /**
   * From now on these count and no others. An API that asks for tokens never serves anybody without, nor the reverse.
   */
  replace(tokens: readonly Token[]): void {
    if ((tokens.length === 0) !== (this.counting.length === 0)) {
      throw new Error('whether tokens are asked for is decided at the start');
    }
    this.counting = tokens;
    for (const listener of this.#listeners) listener();
  }

  onReplaced(listener: () => void): void {
    this.#listeners.push(listener);
  }
}
