import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { About } from '../model/claim.js';

interface Line {
  at: number;
  text: string;
}

/**
 * What happened in a run, line by line: collected only when a schedule is told again, as it costs more than the run.
 */
export class Trace {
  #lines: Line[] = [];
  /** Where in the lines a command landed, by its position. */
  #commands = new Map<number, number>();

  constructor(private readonly began: number) {}

  add(at: number, who: string, text: string): void {
    const seconds = ((at - this.began) / 1_000).toFixed(3).padStart(9);
    this.#lines.push({ at, text: `${seconds}  ${who.padEnd(9)}  ${text}` });
  }

  /** The next line tells how this command landed. */
  mark(command: number): void {
    this.#commands.set(command, this.#lines.length);
  }

  /** The last `count` lines before what was violated, and a few after it. */
  around(about: About, count = 60): string[] {
    const after = 10;
    const end = Math.min(this.#lines.length, this.#indexOf(about) + 1 + after);
    return this.#lines.slice(Math.max(0, end - count - after), end).map(({ text }) => text);
  }

  /** Writes all of it into a file and gives its name. */
  save(seed: number): string {
    const file = join(mkdtempSync(join(tmpdir(), 'holdfast-history-')), `seed-${seed}.txt`);
    writeFileSync(file, `${this.#lines.map(({ text }) => text).join('\n')}\n`);
    return file;
  }

  #indexOf({ command, time }: About): number {
    const last = this.#lines.length - 1;
    if (time !== undefined) return this.#lines.findLastIndex(({ at }) => at <= time);
    return command === undefined ? last : (this.#commands.get(command) ?? last);
  }
}
