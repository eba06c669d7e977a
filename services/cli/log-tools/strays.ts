import { isStray } from '@holdfast/events';
import { type Foreign, firstForm, foreignTo, type LogForm, type LogRecord, type StreamName } from '@holdfast/log';
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

/**
 * What the log said of its ids when each command was decided. A command is none of the log's by its bytes alone, or by the record
 * of schemas that was accepted before its own group; what else cannot be decoded is not told apart from ours. SPEC rules 3 and 6.
 */
export class CommandForms {
  #from: { position: number; isForeign: Foreign }[] = [];
  #schemas: LogForm['schemas'] = firstForm.schemas;

  /** After each group: `position` is that of its command, and `attached` says that positions begin anew with it. */
  group(position: number, { schemas }: LogForm, attached: boolean): void {
    if (schemas === this.#schemas && !attached) return;
    this.#schemas = schemas;
    if (attached) this.#from = [];
    this.#from.push({ position: attached ? 0 : position + 1, isForeign: foreignTo(schemas) });
  }

  isForeign({ position, value }: LogRecord): boolean {
    return this.#from.findLast((form) => form.position <= position)?.isForeign(value) ?? false;
  }
}

/** Those among the commands of a source whose events were read. */
export async function strayCommands(source: LogSource, forms: CommandForms): Promise<Strays> {
  const strays = new Strays();
  const stream: StreamName = 'commands';
  for await (const records of source.read(stream, source.ranges[stream].start)) {
    for (const record of records) if (isStray(record.value) || forms.isForeign(record)) strays.add(record.position);
  }
  return strays;
}
