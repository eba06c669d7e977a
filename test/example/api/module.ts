import { problemForm } from '@holdfast/api/form';
import type { ApiModule } from '@holdfast/api/module';
import type { ExampleCommand, ExampleEvent } from '@holdfast/events/example/messages';
import { exampleAudit } from './audit.js';
import { examplePresentation } from './presentation.js';
import { exampleRoutes } from './routes.js';
import { exampleCommands, exampleWords } from './words.js';

/** Instruments, and who claims them. */
export const exampleApi: ApiModule<ExampleCommand, ExampleEvent> = {
  name: 'example',
  apis: [
    {
      document: 'example/example.yaml',
      title: 'Claims',
      basePaths: ['/example'],
      options: {},
      routes: exampleRoutes,
    },
  ],
  form: ({ access }) => ({ ...problemForm(access), owns: (path) => path.startsWith('/example/') }),
  presentation: () => examplePresentation,
  limits: { bodies: {}, fleetReads: { claims: () => null } },
  commands: exampleCommands,
  words: exampleWords,
  kept: ({ resource }) => ({ instrument: resource }),
  audit: exampleAudit,
  // Any word may be the name of one.
  idIn: () => null,
  secretMembers: [],
  example: { command: 'example.ClaimRequested', event: 'example.Claimed' },
};
