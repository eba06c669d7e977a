import type { SnapshotForm } from './decider.js';

/** For a small state that JSON can hold: kept in one piece. */
export function wholeSnapshot<State>(snapshotVersion: number): SnapshotForm<State> {
  return {
    snapshotVersion,
    save: (state) => [state],
    restorer() {
      let restored: { state: State } | null = null;
      return {
        take: (piece) => {
          restored = { state: piece as State };
        },
        state() {
          if (restored === null) throw new Error('the saved state is empty');
          return restored.state;
        },
      };
    },
  };
}
