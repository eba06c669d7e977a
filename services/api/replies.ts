import { inTurns } from '@holdfast/log/turn';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ApiError, problem } from './errors.js';
import { jsonInSteps } from './steps.js';

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
  return sendText(reply, status, JSON.stringify(body), mediaType);
}

function sendText(reply: FastifyReply, status: number, text: string, mediaType: string): FastifyReply {
  return reply.code(status).header('content-type', mediaType).serializer(String).send(text);
}

export function sendAnswer(reply: FastifyReply, { status, body, headers = {} }: Answer): FastifyReply {
  reply.headers(headers);
  if (body === undefined) return reply.code(status).send();
  return sendJson(reply, status, body, mediaTypeOf(status));
}

/** The same, for one that may be large. */
export async function sendInTurns(reply: FastifyReply, answer: Answer): Promise<FastifyReply> {
  const { status, body, headers = {} } = answer;
  if (body === undefined) return sendAnswer(reply, answer);
  reply.headers(headers);
  return sendText(reply, status, await inTurns(jsonInSteps(body)), mediaTypeOf(status));
}

function mediaTypeOf(status: number): string {
  return status >= 400 ? 'application/problem+json' : 'application/json';
}

export function sendProblem(reply: FastifyReply, error: ApiError): FastifyReply {
  reply.headers(error.headers);
  return sendJson(reply, error.status, problem(error.status, error.message, error.failure), 'application/problem+json');
}
