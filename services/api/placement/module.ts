import type { PlacementCommand, PlacementEvent } from '@holdfast/events/placement/messages';
import type { ApiModule } from '../module.js';
import { placementAudit } from './audit.js';
import { placementCommands } from './commands.js';
import { placementBases } from './document.js';
import { placementForm } from './form.js';
import { placementOperations } from './limits.js';
import { placementPresentation } from './presentation.js';
import { placementRoutes } from './routes.js';
import { placementWords } from './words.js';

/** Allocations of counted resources. */
export const placementApi: ApiModule<PlacementCommand, PlacementEvent> = {
  name: 'placement',
  apis: [
    {
      document: 'placement/placement.yaml',
      title: 'Allocations, as OpenStack Placement serves them',
      basePaths: placementBases,
      options: { exposeHeadRoutes: false },
      routes: ({ dependencies, access, flow }, document) =>
        placementRoutes({
          dependencies,
          document: document.parsed(),
          flow: flow(placementPresentation(dependencies, access)),
        }),
    },
  ],
  form: ({ access, dependencies }) => placementForm({ access, runtime: dependencies.runtime }),
  presentation: ({ access, dependencies }) => placementPresentation(dependencies, access),
  limits: placementOperations,
  commands: placementCommands,
  words: placementWords,
  kept: () => ({}),
  audit: placementAudit,
  // All of them are UUIDs.
  idIn: () => null,
  secretMembers: [],
  example: { command: 'placement.AllocationsReplacementRequested', event: 'placement.ConsumerPut' },
};
