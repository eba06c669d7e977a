import { ServerError } from './client.js';
import { ToolError } from './log-tools/errors.js';
import { SettingsError } from './settings.js';

/** What `holdfast` ends with. `serve` ends with 0 or 1. */
export const exitCodes = {
  done: 0,
  /** Refused at least in part, or a log or an export is not as it must be. */
  refused: 1,
  usage: 2,
  /** No server, log or database, or no answer that says what became of the request. */
  unreachable: 3,
} as const;

export const exitCodeHelp = `
Exit codes: 0 done; 1 refused at least in part, or a difference found; 2 wrong usage; 3 not reachable, or undecided.`;

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
  if (error instanceof LogError) return error.code === 'in-use' || error.code === 'closed' ? unreachable : refused;
  return refused;
}
