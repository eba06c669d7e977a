import { shownNames } from '../canonical.js';
import { ApiError } from '../errors.js';

/**
 * Members of the inventory's bodies, in lower case: where an operation has no use for one, it must not look as if it
 * were done.
 */
export const inventoryMembers: ReadonlySet<string> = new Set([
  'id',
  'type',
  'state',
  'flag',
  'enabled',
  'softwarestatus',
  'role',
  'subrole',
  'nid',
  'subtype',
  'nettype',
  'arch',
  'class',
  'locked',
  'reservationdisabled',
  'componentids',
  'label',
  'name',
  'description',
  'tags',
  'exclusivegroup',
  'members',
]);

/**
 * Throws ApiError `bad-request` where a body has members that other operations of the inventory have and this one has
 * not. What has no meaning in the published API is passed over, as there.
 */
export function refuseMisplaced(unknown: readonly string[]): void {
  const misplaced = unknown.filter((name) => inventoryMembers.has(name.toLowerCase()));
  if (misplaced.length === 0) return;
  throw new ApiError('bad-request', `This operation does not change: ${shownNames(misplaced)}`);
}
