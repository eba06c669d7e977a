import { LogError } from '@holdfast/log';

/** Another process has the directory. */
export class InUse extends LogError {
  constructor(
    message: string,
    /** Its process id, as it says; null where nobody answers. */
    readonly holder: number | null,
  ) {
    super('in-use', message);
  }
}

/** Whether it was refused for one that is about to be free: who had it has ended, or does not answer any more. */
export function holderIsGone(error: unknown): boolean {
  if (!(error instanceof InUse)) return false;
  if (error.holder === null) return true;
  try {
    process.kill(error.holder, 0);
    return false;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
