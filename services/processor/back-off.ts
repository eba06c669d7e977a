import type { Runtime } from '@holdfast/log';
import { processorLimits } from './limits.js';

/** How long to wait after a lost claim or a failed append. */
export class BackOff {
  /** In a row. */
  #failures = 0;

  constructor(private readonly runtime: Pick<Runtime, 'random'>) {}

  /** After one more failure. */
  nextMs(): number {
    const { backOffMs, backOffMsMax } = processorLimits;
    const ms = Math.min(backOffMs * 2 ** this.#failures++, backOffMsMax);
    return ms * (0.5 + this.runtime.random() / 2);
  }

  reset(): void {
    this.#failures = 0;
  }
}
