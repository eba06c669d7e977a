import type { FastifyRequest } from 'fastify';
import { asking, read } from '../reads.js';
import { type Handler, sendAnswer } from '../replies.js';
import type { RouteContext } from './route-context.js';

/** Answers with what a query of the read model gives. */
export function showing({ dependencies }: RouteContext) {
  return (query: (request: FastifyRequest) => Promise<object>): Handler => {
    return async (request, reply) => {
      const body = await read(
        dependencies,
        asking(request),
        () => query(request),
        () => null,
      );
      return sendAnswer(reply, { status: 200, body });
    };
  };
}

export function pathPart(request: FastifyRequest, name: string): string {
  return (request.params as Record<string, string>)[name] ?? '';
}
