import type { Logger } from './runtime.js';

/**
 * What keeps this process from serving at the moment, by the part of it that says so, e.g. `disk` or `broker`.
 * `/readyz` and metrics show it; the log has one line when it begins and one when it ends, however often it is said.
 */
export class Conditions {
  readonly #reasons = new Map<string, string>();

  constructor(private readonly logger: Logger) {}

  /** In words that say what is wrong and what to do; null: nothing is, any more. */
  set(part: string, reason: string | null): void {
    const before = this.#reasons.get(part) ?? null;
    if (reason === null) this.#reasons.delete(part);
    else this.#reasons.set(part, reason);
    if (before === null && reason !== null) this.logger.error({ part, reason }, 'not ready');
    if (before !== null && reason === null) this.logger.info({ part }, 'ready again');
  }

  get(part: string): string | null {
    return this.#reasons.get(part) ?? null;
  }

  /** The parts that have something to say. */
  get parts(): string[] {
    return [...this.#reasons.keys()];
  }

  get reasons(): string[] {
    return [...this.#reasons.values()];
  }
}
