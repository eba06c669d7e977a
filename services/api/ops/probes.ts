import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, isIPv6, type Socket } from 'node:net';
import { type Logger, silentLogger } from '@holdfast/log/runtime';
import { admissionLimits } from '@holdfast/processor/limits';
import { unknownParameters } from '../bodies.js';
import { problem } from '../errors.js';
import { nobodyCounts, nothingCounted, onceOver } from '../observer.js';
import { traceOf } from '../origin.js';
import { answerMalformed, serverWithLimits } from '../server.js';
import type { ApiDependencies } from '../settings.js';
import { withoutEscapes } from '../url-path.js';

/** What a process listens with: the whole api, or its probes. */
export interface HttpApp {
  /** Gives its URL. Rejects where nothing can listen there. */
  listen(where: { host: string; port: number; backlog: number }): Promise<string>;
  /** Resolves once what was asked is answered, and no connection is open. */
  close(): Promise<unknown>;
}

export interface ProbeDependencies extends Pick<ApiDependencies, 'ready' | 'observer' | 'metrics' | 'limits'> {
  /** Absent: nothing is logged. */
  logger?: Logger;
}

interface ProbeAnswer {
  status: number;
  contentType: string;
  body: string;
}

/** What is served, by its path. */
type Pages = ReadonlyMap<string, () => Promise<ProbeAnswer>>;

/**
 * What a process without the api serves: whether it lives, whether it is ready, and what it counted. It needs nothing
 * that the api is made with but its server.
 */
export function buildProbes(dependencies: ProbeDependencies): HttpApp {
  const { logger = silentLogger, observer = nobodyCounts, limits = admissionLimits } = dependencies;
  const pages = pagesOf(dependencies);
  let requests = 0;
  const server = serverWithLimits(
    (request, response) => void answer(request, response),
    limits,
    observer,
    (_, path) => pages.has(path),
  );
  server.on('clientError', (error, socket) => answerMalformed(error, socket as Socket));

  async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers } = message;
    const { path, parameters } = askedBy(message);
    const page = method === 'GET' || method === 'HEAD' ? pages.get(path) : undefined;
    const [route, shown] = page === undefined ? ['none', '/(not shown)'] : [path, path];
    const request = `req-${(++requests).toString(36)}`;
    const asked = { method, path: shown, address: message.socket.remoteAddress };
    onceOver(response, (status, ms) => {
      logger.info({ request, ...asked, status, ms, ...traceOf(headers.traceparent) }, 'request');
      observer.answered(method, route, status);
    });
    try {
      send(response, page === undefined ? notServed(message) : await answerOf(page, parameters));
    } catch (error) {
      const { message: reason } = error as Error;
      logger.error({ request, req: asked, res: { statusCode: 500 }, err: error }, reason);
      send(response, json(500, { statusCode: 500, error: 'Internal Server Error', message: reason }));
    }
  }

  return {
    async listen(where) {
      server.listen(where);
      await once(server, 'listening');
      const url = urlOf(server.address() as AddressInfo);
      logger.info({}, `Server listening at ${url}`);
      return url;
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

function pagesOf({ ready, metrics = nothingCounted }: ProbeDependencies): Pages {
  return new Map([
    ['/livez', async () => json(200, { live: true })],
    [
      '/readyz',
      async () => {
        const readiness = ready();
        return json(readiness.ready ? 200 : 503, readiness);
      },
    ],
    ['/metrics', async () => ({ status: 200, contentType: metrics.contentType, body: await metrics.text() })],
  ]);
}

/** As the whole api refuses parameters that there are not: a probe may ask for no part of what is looked at. */
async function answerOf(page: () => Promise<ProbeAnswer>, parameters: readonly string[]): Promise<ProbeAnswer> {
  if (parameters.length === 0) return page();
  const { status, message } = unknownParameters(parameters, []);
  return { status, contentType: 'application/problem+json', body: JSON.stringify(problem(status, message)) };
}

/** A method that a path does not have as well. */
function notServed({ method, url }: IncomingMessage): ProbeAnswer {
  return json(404, { message: `Route ${method}:${url} not found`, error: 'Not Found', statusCode: 404 });
}

function json(status: number, body: object): ProbeAnswer {
  return { status, contentType: 'application/json; charset=utf-8', body: JSON.stringify(body) };
}

/** To `HEAD` Node sends no body. */
function send(response: ServerResponse, { status, contentType, body }: ProbeAnswer): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }).end(body);
}

/** The path without escapes, and the names of its parameters. */
function askedBy({ url = '' }: IncomingMessage): { path: string; parameters: string[] } {
  const [, path = '', query = ''] = /^([^?#]*).?(.*)$/s.exec(url)!;
  return { path: withoutEscapes(path), parameters: [...new Set(new URLSearchParams(query).keys())] };
}

/** Where it listens on all addresses, one at which this machine reaches itself. */
function urlOf({ address, port }: AddressInfo): string {
  if (isIPv6(address)) return `http://[${address}]:${port}`;
  return `http://${address === '0.0.0.0' ? '127.0.0.1' : address}:${port}`;
}
