import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('stepped-clock.c', import.meta.url));

/** Why the clock of another process cannot be stepped here, or null. */
export function steppingMissing(): string | null {
  if (process.platform !== 'linux') return 'no Linux, whose clocks can be stepped for one process';
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'no C compiler, to step the clock of a broker with';
  }
}

/**
 * A wall clock of processes that are begun with `env`: it goes by that of the machine, but for what it was stepped by.
 */
export class SteppedWallClock {
  readonly env: Record<string, string>;
  #directory = mkdtempSync(join(tmpdir(), 'holdfast-clock-'));
  #file: number;
  #offMs = 0;

  constructor() {
    const library = join(this.#directory, 'stepped-clock.so');
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl']);
    const name = join(this.#directory, 'off');
    this.#file = openSync(name, 'w+');
    this.env = { LD_PRELOAD: library, HOLDFAST_CLOCK_FILE: name };
    this.step(0);
  }

  now(): number {
    return Date.now() + this.#offMs;
  }

  step(byMs: number): void {
    this.#offMs += byMs;
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(this.#offMs));
    writeSync(this.#file, bytes, 0, 8, 0);
  }

  remove(): void {
    closeSync(this.#file);
    rmSync(this.#directory, { recursive: true });
  }
}
