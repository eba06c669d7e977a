import { sendAnswer } from '../replies.js';
import type { Presentation } from '../requests.js';
import { answerOf } from './answer.js';
import type { Dialect } from './dialect.js';
import type { ReservationKeys } from './keys.js';

/** How a dialect shows what was decided. */
export function crayPresentation(dialect: Dialect, { keys }: ReservationKeys): Presentation {
  return {
    module: 'cray',
    present: ({ outcome, events }, { basePath, showSecrets }) =>
      answerOf(outcome, events, { dialect, basePath, keysOf: showSecrets ? keys : null }),
    send: (_request, reply, answer) => sendAnswer(reply, answer),
    requestsUnder: (basePath) => basePath,
  };
}
