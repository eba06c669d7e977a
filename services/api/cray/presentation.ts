import { reservationKeys } from '@holdfast/events/cray/keys';
import type { CrayCommand } from '@holdfast/events/cray/messages';
import { inTurns } from '@holdfast/log/turn';
import { sendAnswer } from '../replies.js';
import { notKept, type Presentation } from '../requests.js';
import type { ApiDependencies } from '../settings.js';
import { answerOf } from './answer.js';
import type { Dialect } from './dialect.js';

/** How a dialect shows what was decided. */
export function crayPresentation(dialect: Dialect, { secret }: Pick<ApiDependencies, 'secret'>): Presentation {
  const { keys } = reservationKeys(secret);
  return {
    domain: 'cray/default',
    present: (decided, { basePath, command, showSecrets }) =>
      inTurns(
        answerOf(decided, {
          dialect,
          basePath,
          command: command as CrayCommand | null,
          keysOf: showSecrets ? keys : null,
        }),
      ),
    maySeeAll: () => true,
    hasSecrets: ({ events }) => events.some(({ type }) => type === 'cray.ReservationCreated'),
    send: (_request, reply, answer) => sendAnswer(reply.headers(notKept), answer),
    requestsUnder: (basePath) => basePath,
  };
}
