import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { stepsOf } from './history.js';
import type { Stage } from './stage.js';

/**
 * Writes down what is needed to look into a broken promise, beside the observations: `log.ndjson`, each command with
 * the group that decided it, and `processes.txt`, what the processes printed. As far as can be had.
 */
export async function keep(stage: Stage, directory: string): Promise<void> {
  await writeFile(join(directory, 'processes.txt'), stage.outputs());
  const file = createWriteStream(join(directory, 'log.ndjson'));
  try {
    const { log, codec } = await stage.open();
    try {
      for await (const step of stepsOf(log, codec, await log.head('commands'))) file.write(`${JSON.stringify(step)}\n`);
    } finally {
      await log.close();
    }
  } catch (error) {
    file.write(`${JSON.stringify({ unreadable: String(error) })}\n`);
  }
  file.end();
  await finished(file);
}
