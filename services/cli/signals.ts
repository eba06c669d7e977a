import { closeSync, fstatSync, openSync } from 'node:fs';
import { isatty } from 'node:tty';

/**
 * Signals that come again within this time are one wish to stop: npm passes on what a terminal sends to the whole group
 * anyway.
 */
const sameWishMs = 2_000;

export interface SignalHandlers {
  /** Told once. */
  stop(why: string): void;
  /** Told where the wish to stop comes again, after some time. */
  insist(): void;
  /** SIGHUP, but from a terminal that was closed. */
  hangUp(): void;
}

/**
 * What signals ask of a service: SIGTERM and SIGINT to stop, SIGHUP to read again what it was given. Where a terminal
 * that it was started at is closed, SIGHUP means to stop, as for everything else in it; not where all output and input
 * was led elsewhere, as by nohup.
 */
export function heedSignals({ stop, insist, hangUp }: SignalHandlers): void {
  const hadTerminal = [0, 1, 2].some(isatty) && hasTerminal();
  let stoppedAt: number | null = null;
  const ask = (why: string) => {
    const now = performance.now();
    if (stoppedAt === null) {
      stoppedAt = now;
      stop(why);
    } else if (now - stoppedAt > sameWishMs) insist();
  };
  takeOver('SIGTERM', () => ask(''));
  takeOver('SIGINT', () => ask(''));
  takeOver('SIGHUP', () => (hadTerminal && !hasTerminal() ? ask('The terminal was closed. ') : hangUp()));
}

/**
 * In place of what heeds it in the first moment: see bin/holdfast.cjs. Without a gap, in which one that has come would
 * be dropped.
 */
function takeOver(signal: NodeJS.Signals, heed: () => void): void {
  const former = process.listeners(signal);
  process.on(signal, heed);
  for (const each of former) process.off(signal, each);
}

/**
 * To be called right before the end. Node sets what terminals it was started at back to how they were, and ends by
 * SIGABRT where one is closed; what is no terminal any more it leaves alone.
 */
export function letGoOfTerminal(): void {
  if (hasTerminal()) return;
  for (const descriptor of [0, 1, 2]) {
    try {
      if (fstatSync(descriptor).isCharacterDevice()) closeSync(descriptor);
    } catch {
      // It was closed before.
    }
  }
}

/** Whether the process belongs to a terminal. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
