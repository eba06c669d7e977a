import type { PlacementState } from '@holdfast/core/placement/state';
import type { CliModule } from '../module.js';
import { placementCliAudit } from './audit.js';
import { placementSettings } from './settings.js';

/** Allocations: OpenStack's own client asks for them, and this command line for what became of them. */
export const placementCli: CliModule<PlacementState> = {
  name: 'placement',
  basePaths: [{ path: '/placement', tokenFirst: true }],
  settings: placementSettings,
  addCommands() {},
  addUpkeep() {},
  audit: placementCliAudit,
  files: null,
  demo: null,
  counts: 'consumer',
  holds: 'consumers with allocations',
  inWords: ({ type }) => type.slice(type.indexOf('.') + 1),
  view: async () => (await import('./view.js')).placementView,
};
