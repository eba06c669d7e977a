import type { Logger, Runtime } from './runtime.js';

/** Kinds that are remembered; past it the oldest may be told again early. */
const kindsMax = 1_000;

/**
 * What goes on for long, such as a broker that is unavailable, is worth a line now and then, not one for each that
 * meets it.
 */
export class Seldom {
  readonly #told = new Map<string, { at: number; leftOut: number }>();

  constructor(
    private readonly runtime: Pick<Runtime, 'now'>,
    private readonly ms: number,
  ) {}

  /** Whether a line of this kind is due: then how many were left out since the last one, else null. */
  due(kind: string): number | null {
    const now = this.runtime.now();
    const last = this.#told.get(kind);
    if (last !== undefined && Math.abs(now - last.at) < this.ms) {
      last.leftOut++;
      return null;
    }
    this.#told.delete(kind);
    this.#told.set(kind, { at: now, leftOut: 0 });
    if (this.#told.size > kindsMax) this.#told.delete(this.#told.keys().next().value!);
    return last?.leftOut ?? 0;
  }
}

/** What tells one line of trouble from another, besides its message. */
const names = ['shard', 'topic', 'family', 'from', 'snapshot'];

/**
 * A logger whose warnings come once in `ms` for each message and what it is about; the next one says how many were left
 * out.
 */
export function seldomWarning(logger: Logger, runtime: Pick<Runtime, 'now'>, ms: number): Logger {
  const seldom = new Seldom(runtime, ms);
  return {
    info: (details, message) => logger.info(details, message),
    error: (details, message) => logger.error(details, message),
    warn(details, message) {
      const given = details as Record<string, unknown>;
      const leftOut = seldom.due([message, ...names.map((name) => given[name] ?? '')].join('\n'));
      if (leftOut !== null) logger.warn(leftOut === 0 ? details : { ...details, leftOut }, message);
    },
  };
}
