import { isStray } from '@holdfast/events';
import {
  type Foreign,
  firstForm,
  foreignTo,
  type Group,
  type LogForm,
  type LogRecord,
  type StreamName,
} from '@holdfast/log';
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
 * What the log said of its ids at each position of a stream: for an event, what was accepted before it; for a command,
 * what was when it was decided. By that, or by its bytes alone, a record is none of the log's; what else of the
 * commands cannot be decoded is not told apart from ours. SPEC rules 3 and 6.
 */
export class StreamForms {
  #from: { position: number; isForeign: Foreign }[] = [];
  #schemas: LogForm['schemas'] = firstForm.schemas;

  /**
   * After each group: the form is that of its end, and holds from this position on. `anew`: of another stream than
   * before.
   */
  from(position: number, { schemas }: LogForm, anew = false): void {
    if (schemas === this.#schemas && !anew) return;
    this.#schemas = schemas;
    if (anew) this.#from = [];
    this.#from.push({ position, isForeign: foreignTo(schemas) });
  }

  isStray({ position, value }: LogRecord): boolean {
    return isStray(value) || (this.#from.findLast((form) => form.position <= position)?.isForeign(value) ?? false);
  }
}

/** The forms of both streams, as the groups of a walk come. */
export class LogForms {
  readonly events = new StreamForms();
  readonly commands = new StreamForms();

  /** `attached`: with this group another log of commands begins. */
  group({ stamp, end }: Group, form: LogForm, attached: boolean): void {
    this.events.from(end, form);
    this.commands.from(attached ? 0 : stamp.commandPosition + 1, form, attached);
  }
}

/** Those among the commands of a source whose events were read. */
export async function strayCommands(source: LogSource, forms: StreamForms): Promise<Strays> {
  const strays = new Strays();
  const stream: StreamName = 'commands';
  for await (const records of source.read(stream, source.ranges[stream].start)) {
    for (const record of records) if (forms.isStray(record)) strays.add(record.position);
  }
  return strays;
}
