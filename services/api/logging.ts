import type { FastifyServerOptions } from 'fastify';
import type { ApiDependencies } from './settings.js';

/**
 * What is logged of a request: method, path, status, time, and the client's address. Never a body, a query, a header, or
 * the token of a request's id, which shows keys.
 */
export function loggingOptions(logger: ApiDependencies['logger']): FastifyServerOptions['logger'] {
  if (logger === undefined) return false;
  return {
    level: logger.level,
    ...(logger.stream === undefined ? {} : { stream: logger.stream }),
    redact: ['req.headers', 'body', '*.body', '*.ReservationKey', '*.DeputyKey', '*.Key'],
    serializers: {
      req: ({ method, url, ip }) => ({ method, path: loggedPath(url), address: ip }),
      res: ({ statusCode }) => ({ statusCode }),
    },
  };
}

function loggedPath(url: string): string {
  return url.split('?', 1)[0]!.replace(/(\/requests\/[^/.]*)\..*$/, '$1.(token)');
}
