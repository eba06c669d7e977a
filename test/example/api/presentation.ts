import { problem } from '@holdfast/api/errors';
import { sendAnswer } from '@holdfast/api/replies';
import type { Presentation } from '@holdfast/api/requests';
import type { ExampleEvent } from '@holdfast/events/example/messages';

const why = { Taken: 'somebody has claimed it', NotYours: 'it is not claimed so' } as const;

/** How what was decided is shown. */
export const examplePresentation: Presentation = {
  domain: 'example/default',
  hasSecrets: () => false,
  maySeeAll: () => true,
  present({ events }) {
    for (const event of events as unknown as ExampleEvent[]) {
      const { instrument } = event;
      if (event.type === 'example.ClaimRefused')
        return { status: 409, body: problem(409, `${instrument}: ${why[event.reason]}`) };
      if (event.type === 'example.Returned') return { status: 200, body: { instrument } };
      if (event.type !== 'example.Claimed') continue;
      const { claim, expiresAt } = event;
      return { status: 201, body: { instrument, claim, until: new Date(expiresAt).toISOString() } };
    }
    throw new Error('every request ends in one of these');
  },
  send: (_request, reply, answer) => sendAnswer(reply, answer),
  requestsUnder: (basePath) => basePath,
};
