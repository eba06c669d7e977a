import type { FastifyRequest } from 'fastify';
import type { Access } from '../access.js';
import type { Answer } from '../replies.js';
import { basePathOf, type Presentation } from '../requests.js';
import type { ApiDependencies } from '../settings.js';
import type { Decided } from '../submit.js';
import { answerOf } from './answer.js';
import { PlacementError } from './errors.js';
import { errorAnswer, errorContext, sendPlacement } from './form.js';
import { bearerIdentity } from './identity.js';
import { microversionMax } from './microversion.js';
import { isAllowed } from './policy.js';
import { placementSettingsOf } from './settings.js';

/** How Placement shows what was decided. A request whose state is asked for later is shown in the latest version. */
export function placementPresentation(
  dependencies: Pick<ApiDependencies, 'readModel' | 'settings'>,
  access: Access,
): Presentation {
  const { policy } = placementSettingsOf(dependencies.settings);
  return {
    domain: 'placement/default',
    // What tells of everybody's allocations, as those of a consumer do.
    maySeeAll: (request) => isAllowed(bearerIdentity(request, access), 'placement:allocations:list', policy),
    hasSecrets: () => false,
    async present(decided, { request, command }) {
      const version = request.placement?.version ?? microversionMax;
      const answer = answerOf(decided, { version, command, root: await rootOf(decided, dependencies) });
      return answer instanceof PlacementError ? errorAnswer(answer, { ...errorContext(request), version }) : answer;
    },
    send: (request, reply, answer) => sendPlacement(request, reply, withWholeLocation(request, answer)),
    requestsUnder: () => '',
  };
}

/** The root of a provider that was put under another; null where none was. */
async function rootOf(
  { events, end }: Decided,
  { readModel }: Pick<ApiDependencies, 'readModel'>,
): Promise<string | null> {
  const put = events.find((event) => event.type === 'placement.ProviderPut');
  if (put === undefined || put.parent === null) return null;
  if (end !== null) await readModel.waitFor(end);
  const [row] = await readModel.present.placement.providers({ uuid: put.provider });
  return row?.root ?? put.parent;
}

/** Placement's clients follow a location only where it is a whole one. */
function withWholeLocation(request: FastifyRequest, answer: Answer): Answer {
  const { protocol, host } = request;
  const location = answer.headers?.location;
  if (location === undefined) return answer;
  const base = host === '' ? '' : `${protocol}://${host}`;
  return { ...answer, headers: { ...answer.headers, location: `${base}${basePathOf(request)}${location}` } };
}
