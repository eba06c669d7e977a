import type { CrayState } from '@holdfast/core/cray/state';
import type { CliModule } from '../module.js';
import { crayCliAudit } from './audit.js';
import { addChanges } from './change.js';
import { runDemo } from './demo.js';
import { fleetFiles } from './import.js';
import { addKeyCommands } from './keys.js';
import { addReserve } from './reserve.js';
import { craySettings } from './settings.js';
import { addStatus } from './status.js';
import { addSync } from './sync.js';
import { crayEventText } from './words.js';

/** Locks and reservations of components, and their inventory. */
export const crayCli: CliModule<CrayState> = {
  name: 'cray',
  basePaths: ['/apis/smd/hsm/v2', '/hsm/v2', '/apis/ifs/v1', '/v1'].map((path) => ({ path })),
  settings: craySettings,
  addCommands(program) {
    addStatus(program);
    addChanges(program);
    addReserve(program);
    addKeyCommands(program);
  },
  addUpkeep: addSync,
  audit: crayCliAudit,
  files: fleetFiles,
  demo: runDemo,
  counts: 'component',
  holds: 'reservations that end by themselves',
  inWords: crayEventText,
  view: async () => (await import('./view.js')).crayView,
};
