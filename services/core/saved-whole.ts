import type { Savable } from './decider.js';

/** For a small state that JSON can hold: kept in one piece. */
export function savedWhole<State>(savedVersion: number): Savable<State> {
  return {
    savedVersion,
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
