import { PlacementError } from './errors.js';
import type { PlacementPolicy } from './settings.js';

/** Who asks, as Placement knows it. */
export interface Identity {
  user: string;
  project: string | null;
  roles: readonly string[];
  /** A token for the system and no project, which none of the policies is for. */
  isSystem: boolean;
}

/** The one policy that a reader of a project has. Everything else is for admins and services. */
const ofOwnProject = 'placement:usages';

/** Throws PlacementError 403. See `isAllowed`. */
export function requireAllowed(...asked: Parameters<typeof isAllowed>): void {
  if (isAllowed(...asked)) return;
  throw new PlacementError(403, `Policy does not allow ${asked[1]} to be performed.`);
}

/** `project` is the one that is asked for, where there is one. */
export function isAllowed(
  { project: own, roles, isSystem }: Identity,
  action: string,
  policy: PlacementPolicy,
  project: string | null = null,
): boolean {
  if (policy === 'open') return true;
  const has = (role: string) => roles.some((one) => one.toLowerCase() === role);
  const isOwn = action === ofOwnProject && has('reader') && own !== null && own === project;
  return !isSystem && (has('admin') || has('service') || isOwn);
}
