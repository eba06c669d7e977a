import { problem } from '@holdfast/api/errors';
import { problemForm } from '@holdfast/api/form';
import type { ApiModule } from '@holdfast/api/module';
import { sendAnswer } from '@holdfast/api/replies';
import type { Presentation } from '@holdfast/api/requests';
import type { ExampleCommand, ExampleEvent } from '@holdfast/events/example/messages';
import { claimAudit } from './audit.js';
import { claimCommands, claimWords } from './words.js';

const presentation: Presentation = {
  module: 'example',
  domain: 'example/default',
  hasSecrets: () => false,
  maySeeAll: () => true,
  present({ events }) {
    const claimed = (events as { type: string }[]).find(({ type }) => type === 'example.Claimed');
    if (claimed === undefined) return { status: 409, body: problem(409, 'somebody else has it') };
    const { instrument, expiresAt } = claimed as unknown as { instrument: string; expiresAt: number };
    return { status: 201, body: { instrument, until: new Date(expiresAt).toISOString() } };
  },
  send: (_request, reply, answer) => sendAnswer(reply, answer),
  requestsUnder: (basePath) => basePath,
};

/** Instruments, and who claims them: what a module has to say of itself to be served. */
export const exampleApi: ApiModule<ExampleCommand, ExampleEvent> = {
  name: 'example',
  apis: [
    {
      document: '../../test/example/api/example.yaml',
      title: 'Claims',
      basePaths: ['/example'],
      options: {},
      routes({ flow }) {
        const { change, state } = flow(presentation);
        return {
          claim: (request, reply) => {
            const { instrument, seconds } = request.body as { instrument: string; seconds: number };
            const command: ExampleCommand = { type: 'example.ClaimRequested', instrument, durationMs: seconds * 1_000 };
            return change(request, reply, { command: command as never });
          },
          requestState: state,
        };
      },
    },
  ],
  form: ({ access }) => ({ ...problemForm(access), owns: (path) => path.startsWith('/example/') }),
  presentation: () => presentation,
  limits: { bodies: {}, fleetReads: {} },
  settings: {},
  commands: claimCommands,
  words: claimWords,
  kept: ({ resource }) => ({ instrument: resource }),
  audit: claimAudit,
  // Any word may be the name of one.
  idIn: () => null,
  example: { command: 'example.ClaimRequested', event: 'example.Claimed' },
};
