/** The only way to a clock, a timer, or chance, so that a simulator can stand in for all three. */
export interface Runtime {
  /** Wall clock, milliseconds since 1970. Never decides on a lease. SPEC rule 10. */
  now(): number;
  /** Calls back once after `ms`; the result cancels it. */
  after(ms: number, callback: () => void): () => void;
  /**
   * A clock that never steps, in milliseconds; its readings compare within one `boot`. Absent: there is none, and ticks
   * carry no reading. SPEC rule 10.
   */
  readonly steady?: { readonly boot: string; ms(): number };
  /** Uniform in [0, 1). */
  random(): number;
  /** A fresh UUIDv7. */
  uuid(): string;
}

/** Where the parts say what an operator should know. Never a key, a token or a body. */
export interface Logger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export const silentLogger: Logger = { info() {}, warn() {}, error() {} };
