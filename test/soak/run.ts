import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { Proof } from './proofs.js';
import { type Ended, type Known, keep } from './record.js';

export interface SoakOptions {
  proofs: readonly Proof[];
  known: Known;
  /** Holds the record and the outputs. */
  directory: string;
  say(line: string): void;
  signal: AbortSignal;
}

export const recordIn = (directory: string) => join(directory, 'record.json');

/**
 * Runs each proof that has not passed on this commit, and keeps how it ended at once. Gives whether all have passed.
 */
export async function soak({ proofs, known, directory, say, signal }: SoakOptions): Promise<boolean> {
  await mkdir(directory, { recursive: true });
  for (const [n, proof] of proofs.entries()) {
    const head = `${n + 1} of ${proofs.length}: ${proof.name}`;
    const before = known.ended[proof.name];
    if (before?.passed) {
      say(`${head}: passed before (${before.output})`);
      continue;
    }
    say(`${head}, about ${proof.minutes} min: ${proof.command.join(' ')}`);
    const ended = await run(proof, join(directory, `${proof.name}.txt`), signal);
    if (ended === null) return false;
    known.ended[proof.name] = ended;
    await keep(recordIn(directory), known);
    say(`${head}: ${ended.passed ? 'passed' : 'FAILED'} in ${ended.seconds} s (${ended.output})`);
  }
  return proofs.every(({ name }) => known.ended[name]?.passed === true);
}

/** Runs one to its end; null where it was told to stop, which proves nothing. */
async function run({ command }: Proof, output: string, signal: AbortSignal): Promise<Ended | null> {
  const began = performance.now();
  const file = createWriteStream(output);
  const [program, ...args] = command as [string, ...string[]];
  const child = spawn(program, args, {
    env: { ...process.env, HOLDFAST_SOAK: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGTERM',
  });
  for (const stream of [child.stdout, child.stderr]) stream.pipe(file, { end: false });
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(null));
    child.on('close', resolve);
  });
  file.end();
  await finished(file);
  if (signal.aborted) return null;
  return { passed: code === 0, seconds: Math.round((performance.now() - began) / 1_000), output };
}
