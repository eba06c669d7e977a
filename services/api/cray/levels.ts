import type { CrayCommand } from '@holdfast/events/cray/messages';
import { levelNow, tooLow } from '../level.js';
import type { LevelPort } from '../settings.js';

/**
 * Throws ApiError `level` where a log cannot have the command yet: its older form would say less, and what it says must
 * be honoured as a whole. SPEC rule 13.
 */
export function requireLevelFor(command: CrayCommand, level: LevelPort | undefined): void {
  const now = levelNow(level);
  const why = now < 4 ? newAt4(command) : null;
  if (why !== null) throw tooLow(why, 4, now);
}

/** What of a command came with level 4; null: nothing. */
function newAt4(command: CrayCommand): string | null {
  switch (command.type) {
    case 'cray.RemovalRequested':
      return command.reservationId === null ? null : 'ReservationID';
    case 'cray.RoleChangeRequested':
      return 'Changing a role';
    case 'cray.CollectionChangeRequested':
      return 'Changing a group or partition';
    case 'cray.CollectionPutRequested':
      if (command.tags.length > 0) return 'A tag';
      return command.exclusiveGroup === '' ? null : 'An exclusiveGroup';
    case 'cray.ComponentsPutRequested':
      if (command.existing === 'observe') return 'Force';
      return command.components.some(({ locked, disabled }) => locked || disabled)
        ? 'Creating what is Locked or ReservationDisabled'
        : null;
    default:
      return null;
  }
}
