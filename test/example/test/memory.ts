import type { ClaimRow, ExampleModel } from '@holdfast/projections/example/port';
import type { ExampleChange } from '@holdfast/projections/example/rows';
import type { MemoryPart } from '../../support/rows.js';

/** Claims as a plain map. */
export class MemoryExample implements ExampleModel, MemoryPart<ExampleChange> {
  #claims = new Map<string, ClaimRow>();

  copy(): MemoryExample {
    const copy = new MemoryExample();
    copy.#claims = new Map(this.#claims);
    return copy;
  }

  clear(): void {
    this.#claims.clear();
  }

  async claims(): Promise<ClaimRow[]> {
    return [...this.#claims.values()].sort((a, b) => (a.instrument < b.instrument ? -1 : 1));
  }

  fold(change: ExampleChange): void {
    if (change.table === 'claims') this.#move(change.byMs);
    else if (change.op === 'delete') this.#claims.delete(change.instrument);
    else {
      const { instrument, claim, expiresAt } = change;
      this.#claims.set(instrument, { instrument, claim, expiresAt });
    }
  }

  #move(byMs: number): void {
    for (const row of this.#claims.values())
      this.#claims.set(row.instrument, { ...row, expiresAt: row.expiresAt + byMs });
  }
}
