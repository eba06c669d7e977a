import { describe, test } from 'vitest';
import type { Backend } from './backends.js';

/** Describes what must hold on each of these; what cannot be tried here is skipped, and says why. */
export function describeBackends(backends: readonly Backend[], tests: (backend: Backend) => void): void {
  describe.each(backends)('$name', (backend) => {
    if (backend.missing === null) tests(backend);
    else test.skip(backend.missing, () => {});
  });
}
