import type { LogErrorCode } from '@holdfast/log';
import type { DatabaseErrorCode } from '@holdfast/projections';
import { ServerError } from './client.js';
import { isFileError, whyFile } from './files.js';
import { ToolError } from './log-tools/errors.js';
import { SettingsError } from './settings-error.js';

/** What `holdfast` ends with. */
export const exitCodes = {
  done: 0,
  /** Refused at least in part, or a log or an export is not as it must be, or a service that cannot be served. */
  refused: 1,
  usage: 2,
  /** No server, log or database, or not to its end, or no answer that says what became of the request. */
  unreachable: 3,
} as const;

export const exitCodeHelp = `
Exit codes: 0 done; 1 refused at least in part, or a difference found; 2 wrong usage; 3 not reachable, not read to its end, or undecided.
serve: 0 told to stop; 1 cannot serve, or --check found a problem; 2 wrong usage, also with --check; 3 the directory is in use, or no broker or registry to be used.`;

/** What a log is not at fault for, or not for sure. */
const unread: ReadonlySet<unknown> = new Set<LogErrorCode>([
  'in-use',
  'closed',
  'unavailable',
  'unknown-event',
  'append-failed',
]);
const unavailable: ReadonlySet<unknown> = new Set<DatabaseErrorCode>(['unavailable', 'full']);

export function exitCodeOf(error: unknown): number {
  const { refused, usage, unreachable } = exitCodes;
  if (error instanceof ServerError) return { refused, invalid: usage, unreachable }[error.code];
  if (error instanceof ToolError || error instanceof SettingsError) return usage;
  if (!(error instanceof Error)) return refused;
  // By their names, as most commands load none of what throws them.
  const { name, code } = error as NodeJS.ErrnoException;
  if (name === 'KafkaProblems' || name === 'RegistryError') return unreachable;
  if (name === 'DatabaseError') return unavailable.has(code) ? unreachable : refused;
  if (name === 'LogError') return unread.has(code) ? unreachable : refused;
  return refused;
}

/** For people: what is wrong, and what to do. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { name, code } = error as NodeJS.ErrnoException;
  if (name === 'DatabaseError' && code === 'unavailable') {
    return `the read model's server cannot be reached (${error.message}): check --postgres, and that it runs`;
  }
  if (isFileError(error) && error.path !== undefined) return `${error.path}: ${whyFile(error)}`;
  return error.message;
}
