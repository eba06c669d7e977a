import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ApiError, problem } from './errors.js';

/** An answer before it is sent. */
export interface Answer {
  status: number;
  /** Undefined: no content. */
  body: unknown;
  headers?: Record<string, string>;
}

/** What serves an operation of a document. */
export type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** Sends a body as JSON, without the charset parameter, which application/json does not have. */
export function sendJson(
  reply: FastifyReply,
  status: number,
  body: unknown,
  mediaType = 'application/json',
): FastifyReply {
  return reply.code(status).header('content-type', mediaType).serializer(String).send(JSON.stringify(body));
}

export function sendAnswer(reply: FastifyReply, { status, body, headers = {} }: Answer): FastifyReply {
  reply.headers(headers);
  if (body === undefined) return reply.code(status).send();
  return sendJson(reply, status, body, status >= 400 ? 'application/problem+json' : 'application/json');
}

export function sendProblem(reply: FastifyReply, error: ApiError): FastifyReply {
  reply.headers(error.headers);
  return sendJson(reply, error.status, problem(error.status, error.message, error.failure), 'application/problem+json');
}
