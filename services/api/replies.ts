import { inTurns } from '@holdfast/log/turn';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ApiError, problem } from './errors.js';
import { AnswerPieces } from './pieces.js';
import { jsonInSteps } from './steps.js';

/** An answer before it is sent. */
export interface Answer {
  status: number;
  /** Undefined: no content. */
  body: unknown;
  headers?: Record<string, string>;
}

/**
 * Headers that are a part of what an answer says: the fencing tokens of what it shows, where its body has no place for
 * them, or how many there are, where they would be more than a header holds.
 */
export const fencingTokenHeader = 'holdfast-fencing-token';
export const omittedTokensHeader = 'holdfast-fencing-token-omitted';

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

/** Sends an answer that may be large. */
export async function sendAnswer(reply: FastifyReply, { status, body, headers = {} }: Answer): Promise<FastifyReply> {
  reply.code(status).headers(headers);
  if (body === undefined) return reply.send();
  const pieces = await inTurns(jsonInSteps(body));
  reply.header('content-type', status >= 400 ? 'application/problem+json' : 'application/json');
  // What could be shared between threads the framework takes for an object.
  return reply.send(pieces.length > 1 ? new AnswerPieces(pieces) : Buffer.from(pieces[0]!));
}

export function sendProblem(reply: FastifyReply, error: ApiError): FastifyReply {
  reply.headers(error.headers);
  return sendJson(reply, error.status, problem(error.status, error.message), 'application/problem+json');
}
