import { type Client, ServerError } from '../../client.js';

/** Of requests that may be repeated; about 8 s in all. */
export const retries = 5;
/** What every path of an inventory begins with. */
export const root = '/hsm/v2';

export interface ChangesOptions {
  to: Client;
  dryRun: boolean;
  /** Sent with each change. */
  headers: Record<string, string>;
  /** Is told what was not done, and why. */
  told: (text: string) => void;
  /** Is told each change that a dry run would make. */
  would: (text: string) => void;
}

/** The changes of one pass: sent, or in a dry run only told, and what is left undone counted. */
export class Changes {
  left = 0;

  constructor(private readonly options: ChangesOptions) {}

  leave(why: string): void {
    this.left++;
    this.options.told(why);
  }

  /** What a dry run would do. */
  would(text: string): void {
    if (this.options.dryRun) this.options.would(`would ${text}`);
  }

  async send(method: string, path: string, body?: unknown): Promise<void> {
    const { dryRun, to, headers } = this.options;
    if (!dryRun) await to.done(method, `${root}${path}`, body, { retries, headers });
  }

  /** False where it was refused, which is told. */
  async did(what: string, method: string, path: string, body?: unknown): Promise<boolean> {
    try {
      await this.send(method, path, body);
      return true;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.leave(`${what}: ${error.message}`);
      return false;
    }
  }
}

/**
 * What comes back by itself: nobody answers, or a fault of who does, such as hms-smd has where its database is
 * unavailable.
 */
export function comesBack(error: unknown): boolean {
  return error instanceof ServerError && (error.code === 'unreachable' || /: 5\d\d /.test(error.message));
}

/** By the server, of this request; whoever may not ask at all need not go on. */
export function isRefusal(error: unknown): error is ServerError {
  return error instanceof ServerError && error.code !== 'unreachable' && !/: 40[13] /.test(error.message);
}
