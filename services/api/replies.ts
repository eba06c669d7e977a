import type { FastifyReply } from 'fastify';
import type { Answer } from './cray/answer.js';
import { type ApiError, problem } from './errors.js';

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
