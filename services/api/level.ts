import { levelOf, newestLevel } from '@holdfast/events';
import { ApiError } from './errors.js';
import type { LevelPort } from './settings.js';

/** Without a level to ask for, a log has the newest. */
export function levelNow(level: LevelPort | undefined): number {
  return level?.now() ?? newestLevel;
}

/**
 * Throws ApiError `level` where a log cannot have commands of this type yet: what it recorded of its schemas has not
 * these. SPEC rule 13.
 */
export function requireLevelOf(type: string, level: LevelPort | undefined): void {
  const needed = levelOf({ type, version: 1 });
  const now = levelNow(level);
  if (now < needed) throw tooLow('The request', needed, now);
}

export function tooLow(what: string, needed: number, now: number): ApiError {
  return new ApiError(
    'level',
    `${what} needs level ${needed} of the log, which has ${now}: see \`holdfast level raise\``,
  );
}
