import { ApiError } from '../errors.js';
import { originOf } from '../origin.js';
import { type Handler, sendJson } from '../replies.js';
import type { ApiDependencies, LevelPort } from '../settings.js';
import { decisionHeaders, followed, requestId, submit } from '../submit.js';

/** Handlers for `/admin/level`. SPEC rule 13. */
export function levelRoutes({ gateway, readModel, runtime, level }: ApiDependencies): Record<string, Handler> {
  const port = (): LevelPort => {
    if (level === undefined) throw new ApiError('not-found', 'There is no log that has a level');
    return level;
  };
  const shown = ({ now, newest }: LevelPort) => ({ Level: now(), Newest: newest });
  return {
    level: async (_request, reply) => sendJson(reply, 200, shown(port())),
    raiseLevel: async (request, reply) => {
      const { now, newest, key } = port();
      if (now() >= newest) return sendJson(reply, 200, { ...shown(port()), Raised: false });
      const origin = originOf(request);
      const { id, keyed } = requestId(origin, runtime);
      const header = { ...origin, id, keyed, domain: 'engine' };
      const location = () => '/admin/level';
      const command = raising(port());
      const wanted = { ...header, command, key, urgent: false, location };
      const decided = await followed(request, id, () => submit(gateway, readModel, wanted));
      reply.headers(decisionHeaders(decided));
      const { status, reason } = decided.outcome;
      // Where another process was faster it is what was asked for.
      if (status === 'refused' && now() < command.level) throw notRaised(reason ?? 'it was refused');
      return sendJson(reply, 200, { ...shown(port()), Raised: status === 'accepted' });
    },
  };
}

function raising(port: LevelPort) {
  try {
    return port.raising();
  } catch (cause) {
    throw notRaised((cause as Error).message, { cause });
  }
}

function notRaised(why: string, options: { cause?: unknown } = {}): ApiError {
  return new ApiError('not-raised', `The log keeps its level: ${why}`, options);
}
