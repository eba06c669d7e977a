import { isStray } from '@holdfast/events';
import type { StreamName } from '@holdfast/log';
import type { LogSource } from './source.js';

/** How many are named by their position. */
const namedMax = 20;

/** Records of a stream that no writer of this log wrote: how many, and the positions of the first of them. */
export class Strays {
  count = 0;
  readonly first: number[] = [];

  add(position: number): void {
    if (this.count++ < namedMax) this.first.push(position);
  }
}

/** Of the commands, by their bytes alone: whatever else cannot be decoded has an outcome of its own. SPEC rule 3. */
export async function strayCommands(source: LogSource): Promise<Strays> {
  const strays = new Strays();
  const stream: StreamName = 'commands';
  for await (const records of source.read(stream, source.ranges[stream].start)) {
    for (const { position, value } of records) if (isStray(value)) strays.add(position);
  }
  return strays;
}
