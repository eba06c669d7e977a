import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { apiLimits } from './limits.js';

/** A server with the limits of the API, which takes requests in turns. */
export function serverWithLimits(handler: RequestListener, waitingMax: number): Server {
  const { headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs, idleTimeoutMs, connectionsMax } = apiLimits;
  const timeouts = {
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
  };
  const server = createServer(timeouts, inTurns(handler, waitingMax));
  server.setTimeout(idleTimeoutMs);
  server.maxConnections = connectionsMax;
  return server;
}

/** Requests that found a crowd waiting when they came, and are to be refused. */
const crowdedOut = new WeakSet<IncomingMessage>();

export function cameTooLate(request: IncomingMessage): boolean {
  return crowdedOut.has(request);
}

/**
 * Hands on one request in each turn of the event loop, those first that must not wait, and beside it some of those that came
 * when `waitingMax` were waiting, which are only to be refused: see `cameTooLate`.
 *
 * Node takes one new connection in each turn, and in a turn all that has arrived on the others: where thousands of clients
 * come at once a turn lasts a second, and a new connection waits for minutes behind those that came before it. With turns as
 * short as one request, connections are taken as fast as requests, a tick is never late, and a renewal waits for no crowd.
 */
export function inTurns(
  handler: RequestListener,
  waitingMax: number,
  nextTurn: (callback: () => void) => void = setImmediate,
): RequestListener {
  type Arrived = [IncomingMessage, ServerResponse];
  const first: Arrived[] = [];
  const others: Arrived[] = [];
  const refused: Arrived[] = [];
  let turning = false;
  const turn = () => {
    const next = first.shift() ?? others.shift();
    const handed = [...(next === undefined ? [] : [next]), ...refused.splice(0, apiLimits.refusalsPerTurn)];
    turning = handed.length > 0;
    if (turning) nextTurn(turn);
    // Its client may have gone away meanwhile.
    for (const [request, response] of handed) if (!response.destroyed) handler(request, response);
  };
  return (request, response) => {
    const crowded = others.length >= waitingMax;
    if (crowded) crowdedOut.add(request);
    const queue = mustNotWait(request.url ?? '') ? first : crowded ? refused : others;
    queue.push([request, response]);
    if (turning) return;
    turning = true;
    nextTurn(turn);
  };
}

/** By its path alone, as it is not routed yet: renewals, releases, and whether the service lives. */
function mustNotWait(url: string): boolean {
  return /^[^?]*\/(renew|release|livez|readyz|metrics)(\?|$)/.test(url);
}
