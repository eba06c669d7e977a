import type { LogErrorCode } from '@holdfast/log';
import { ServerError } from './client.js';
import { ToolError } from './log-tools/errors.js';
import { SettingsError } from './settings.js';

/** What `holdfast` ends with. `serve` ends with 0 or 1. */
export const exitCodes = {
  done: 0,
  /** Refused at least in part, or a log or an export is not as it must be. */
  refused: 1,
  usage: 2,
  /** No server, log or database, or not to its end, or no answer that says what became of the request. */
  unreachable: 3,
} as const;

export const exitCodeHelp = `
Exit codes: 0 done; 1 refused at least in part, or a difference found; 2 wrong usage; 3 not reachable, not read to its end, or undecided.`;

/** What a log is not at fault for, or not for sure. */
const unread: ReadonlySet<LogErrorCode> = new Set([
  'in-use',
  'closed',
  'unavailable',
  'unknown-event',
  'append-failed',
]);

export async function exitCodeOf(error: unknown): Promise<number> {
  const { refused, usage, unreachable } = exitCodes;
  if (error instanceof ServerError) return { refused, invalid: usage, unreachable }[error.code];
  if (error instanceof ToolError || error instanceof SettingsError) return usage;
  // Loaded late, as most commands need none of it.
  const { LogError } = await import('@holdfast/log');
  const { KafkaProblems, RegistryError } = await import('@holdfast/log-kafka');
  const { DatabaseError } = await import('@holdfast/projections');
  if (error instanceof KafkaProblems || error instanceof RegistryError) return unreachable;
  if (error instanceof DatabaseError) return error.code === 'away' || error.code === 'full' ? unreachable : refused;
  if (error instanceof LogError) return unread.has(error.code) ? unreachable : refused;
  return refused;
}
