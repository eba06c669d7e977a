import { parseXname } from '@holdfast/events/cray/xname';
import type { FastifyRequest, FastifyServerOptions } from 'fastify';
import type { ApiDependencies } from './settings.js';

/**
 * What is logged of a request: method, path, status, time, and the client's address. Never a body, a query or a header, and
 * of a path only what is ours: see `loggedPath`. `isWord` says whether a part of a path is one of a documented path.
 */
export function loggingOptions(
  logger: ApiDependencies['logger'],
  isWord: (part: string) => boolean = () => false,
): FastifyServerOptions['logger'] {
  if (logger === undefined) return false;
  return {
    level: logger.level,
    ...(logger.stream === undefined ? {} : { stream: logger.stream }),
    redact: ['req.headers', 'body', '*.body', '*.ReservationKey', '*.DeputyKey', '*.Key'],
    serializers: {
      req: (request) => ({ method: request.method, path: loggedPath(request, isWord), address: request.ip }),
      res: ({ statusCode }) => ({ statusCode }),
    },
  };
}

const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}/i;

/**
 * The documented path, with what stood in it where that is an xname or a UUID, of a request the one before its token. Of a path
 * that nobody serves it is the words that documented paths have, up to the first other: a token that was put in a wrong
 * place or spelt in another way is in no log either.
 */
function loggedPath(request: FastifyRequest, isWord: (part: string) => boolean): string {
  const { url } = request.is404 ? {} : request.routeOptions;
  if (url !== undefined) {
    const params = request.params as Record<string, string>;
    return url.replace(/:(\w+)/g, (name, param: string) => shownParameter(params[param] ?? '') ?? name);
  }
  const parts = request.url.split('?', 1)[0]!.split('/').slice(1);
  const strange = parts.findIndex((part) => !isWord(part));
  const known = strange === -1 ? parts : [...parts.slice(0, strange), '(not shown)'];
  return `/${known.join('/')}`;
}

function shownParameter(value: string): string | null {
  return uuid.exec(value)?.[0] ?? parseXname(value)?.xname ?? null;
}
