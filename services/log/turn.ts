/** Lets the event loop turn, so that long work does not hold up all else. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
