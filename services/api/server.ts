import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Socket } from 'node:net';
import type { AdmissionLimits } from '@holdfast/processor/limits';
import { Connections } from './connections.js';
import { problem } from './errors.js';
import { apiLimits } from './limits.js';
import type { ApiObserver } from './observer.js';
import { pathOf } from './url-path.js';

/** Whether a request waits for no others. It is not routed yet: `path` is as it was sent, without its query. */
export type IsUrgent = (method: string, path: string) => boolean;

/** A server with the limits of the API, which takes requests in turns. */
export function serverWithLimits(
  handler: RequestListener,
  { inFlightMax, connectionsMax = apiLimits.connectionsMax }: AdmissionLimits,
  observer: ApiObserver,
  isUrgent: IsUrgent,
): Server {
  const { headersTimeoutMs, headersCheckMs, requestTimeoutMs, keepAliveTimeoutMs, idleTimeoutMs } = apiLimits;
  const limits = {
    maxHeaderSize: apiLimits.headerBytesMax,
    headersTimeout: headersTimeoutMs,
    connectionsCheckingInterval: headersCheckMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
  };
  const take = inTurns(handler, { waitingMax: inFlightMax, isUrgent });
  const connections = new Connections(connectionsMax, (limit) => observer.limitHit(limit));
  const server = createServer(limits, (request, response) => {
    connections.asked(request.socket, response);
    takeOriginForm(request);
    take(request, response);
  });
  server.setTimeout(idleTimeoutMs);
  connections.watch(server);
  return server;
}

/**
 * `GET http://host/path` as `GET /path` to that host, as RFC 9112, section 3.2.2, has it: else everything that looks at
 * a path would have to know of both.
 */
function takeOriginForm(request: IncomingMessage): void {
  const [, authority, rest = ''] = /^https?:\/\/([^/?#]*)(.*)$/is.exec(request.url ?? '') ?? [];
  if (authority === undefined) return;
  request.url = rest.startsWith('/') ? rest : `/${rest}`;
  request.headers.host = authority;
}

/** What the parser of HTTP gives up on, by its code. No operation was chosen yet, so no document lists these. */
export const malformed: Record<string, [status: number, detail: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time'],
  HPE_HEADER_OVERFLOW: [431, 'The header of the request is too large'],
  HPE_INVALID_CONTENT_LENGTH: [400, 'The content-length header must be an integer'],
};

/** Answers, with a problem, what is no HTTP and so never becomes a request, and ends the connection. */
export function answerMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, detail] = malformed[error.code ?? ''] ?? [400, 'The request is malformed'];
  const body = JSON.stringify(problem(status, detail));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroy(error);
}

/** Requests that found a crowd waiting when they came, and are to be refused. */
const crowdedOut = new WeakSet<IncomingMessage>();

export function cameTooLate(request: IncomingMessage): boolean {
  return crowdedOut.has(request);
}

export interface TurnOptions {
  waitingMax: number;
  isUrgent: IsUrgent;
  atOnceMax?: number;
  nextTurn?: (callback: () => void) => void;
}

/**
 * Hands on requests as they come, while they are few. What is more than `atOnceMax` in one turn of the event loop
 * waits: from then on one request is handed on in each turn, those first that are urgent, and beside it some of
 * those that came when `waitingMax` were waiting, which are only to be refused: see `cameTooLate`.
 *
 * Node takes one new connection in each turn, and in a turn all that has arrived on the others: where thousands of
 * clients come at once a turn lasts a second, and a new connection waits for minutes behind those that came before it.
 * With turns as short as one request, connections are taken as fast as requests, a tick is never late, and a renewal
 * waits for no crowd.
 */
export function inTurns(
  handler: RequestListener,
  { waitingMax, isUrgent, atOnceMax = apiLimits.requestsPerTurn, nextTurn = setImmediate }: TurnOptions,
): RequestListener {
  type Arrived = [IncomingMessage, ServerResponse];
  const first: Arrived[] = [];
  const others: Arrived[] = [];
  const refused: Arrived[] = [];
  let turning = false;
  let handedAtOnce = 0;
  const turn = () => {
    handedAtOnce = 0;
    const next = first.shift() ?? others.shift();
    const handed = [...(next === undefined ? [] : [next]), ...refused.splice(0, apiLimits.refusalsPerTurn)];
    turning = handed.length > 0;
    if (turning) nextTurn(turn);
    // Its client may have gone away meanwhile.
    for (const [request, response] of handed) if (!response.destroyed) handler(request, response);
  };
  return (request, response) => {
    const nobodyWaits = first.length + others.length + refused.length === 0;
    if (nobodyWaits && handedAtOnce < atOnceMax) {
      // The count is of one turn.
      if (handedAtOnce++ === 0 && !turning) nextTurn(turn);
      turning = true;
      handler(request, response);
      return;
    }
    const crowded = others.length >= waitingMax;
    if (crowded) crowdedOut.add(request);
    const queue = isUrgent(request.method ?? '', pathOf(request)) ? first : crowded ? refused : others;
    queue.push([request, response]);
    if (turning) return;
    turning = true;
    nextTurn(turn);
  };
}
