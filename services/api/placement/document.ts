import type { BasePaths } from '../serve-document.js';

/** Where Placement is served: first the prefix under which its clients look for it. */
export const placementBases: BasePaths = ['/placement', ''];

/** What Placement has at its root; of these, some have nothing here. */
const ownParts = new Set([
  'resource_providers',
  'resource_classes',
  'allocations',
  'usages',
  'allocation_candidates',
  'traits',
  'reshaper',
]);

/** Whether a path, without its query, is Placement's, be it served or not. */
export function isOfPlacement(path: string): boolean {
  const part = path.split('/', 2)[1] ?? '';
  return part === 'placement' || ownParts.has(part);
}

/** What stands before Placement's own paths in a path; empty at the root. */
export function mountOf(path: string): string {
  return path.split('/', 2)[1] === 'placement' ? '/placement' : '';
}
