import { createWriteStream, type WriteStream } from 'node:fs';
import { open } from 'node:fs/promises';

/** A request whose outcome a client learned. Times are milliseconds since 1970, with fractions. */
export interface Write {
  kind: 'write';
  module: string;
  /** Of its command. */
  id: string;
  /** When it was first sent. */
  invoked: number;
  /** When 202 said that it is in the log; null where nothing said so before the answer. */
  acknowledged: number | null;
  answered: number;
  /** From Holdfast-Sequence: where in the order of all changes it stands. */
  sequence: number;
  /** As its module tells it. */
  answer: string;
  /** What a reservation or renewal asked for. */
  leaseMs: number | null;
}

/** A request that used the id of another one again, with another body, and was refused with 422. */
export interface Conflict {
  kind: 'conflict';
  id: string;
  sequence: number;
}

/** What a linearizable read showed. */
export interface Read {
  kind: 'read';
  module: string;
  invoked: number;
  answered: number;
  /** Which of the module's readings it was, and the rest as that has it. */
  seen: { of: string };
}

export type Observation = Write | Conflict | Read;

/** A file with a line of JSON for each observation. */
export class Recorder {
  #file: WriteStream;
  #failure: Error | null = null;

  constructor(readonly path: string) {
    this.#file = createWriteStream(path, { flags: 'w' }).on('error', (error) => {
      this.#failure ??= error;
    });
  }

  note(observation: Observation): void {
    this.#file.write(`${JSON.stringify(observation)}\n`);
  }

  /** Resolves once all is written. Rejects where something was not. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#file.end(resolve));
    if (this.#failure !== null) throw this.#failure;
  }
}

export async function* recorded(path: string): AsyncGenerator<Observation> {
  const file = await open(path);
  try {
    for await (const line of file.readLines()) yield JSON.parse(line) as Observation;
  } finally {
    await file.close();
  }
}

/** Milliseconds since 1970 with fractions, by a clock that never steps back. */
export function now(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1_000) / 1_000;
}
