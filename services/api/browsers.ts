import { isIP } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiError } from './errors.js';
import type { ApiSettings } from './settings.js';

/*
 * A page in the browser of somebody who can reach this service must not use it. What a browser sends says so: `Origin`
 * and `Sec-Fetch-Site` (Fetch Metadata, https://www.w3.org/TR/fetch-metadata/) where a page of another origin asks, and
 * `Host` where a page made a name of its own resolve to here (DNS rebinding), which is then of one origin with this
 * service. There are no CORS headers, so no such page reads an answer; these are the requests that would do something
 * without one.
 */

/** Refuses what a page of another origin asks for, whatever the path. Comes before anybody is asked for a token. */
export function refuseForeignPages(app: FastifyInstance, settings: Pick<ApiSettings, 'hosts' | 'tokens'>): void {
  const { hosts = settings.tokens.length > 0 ? null : [] } = settings;
  const names = hosts === null ? null : hosts.map((host) => requireHost(host));
  app.addHook('onRequest', async (request) => {
    // Of several, one is looked at here, and a proxy before this service may have looked at another: RFC 9112, section
    // 3.2.
    const given = request.raw.rawHeaders.filter((text, n) => n % 2 === 0 && text.toLowerCase() === 'host');
    if (given.length > 1) throw new ApiError('bad-request', 'The Host header is given more than once');
    const refusal = refusalOf(request, names);
    if (refusal !== null) throw refusal;
  });
}

/** A host as in `Host`: a name or an address, lower case and without brackets, and a port where one is given. */
export interface Authority {
  name: string;
  port: string;
}

/** Null where it is none. */
export function authorityOf(text: string): Authority | null {
  const [, given = '', port = ''] = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{0,5}))?$/i.exec(text) ?? [];
  const name = given.toLowerCase().replace(/^\[|\]$|\.$/g, '');
  return name === '' || (given.startsWith('[') && isIP(name) !== 6) ? null : { name, port };
}

function requireHost(text: string): Authority {
  const authority = authorityOf(isIP(text) === 6 ? `[${text}]` : text);
  if (authority === null) throw new Error(`${text} is no host`);
  return authority;
}

/** Null: it may go on. Pure. `hosts`: null for any. */
export function refusalOf(
  { method, headers }: Pick<FastifyRequest, 'method' | 'headers'>,
  hosts: readonly Authority[] | null,
): ApiError | null {
  // A client that speaks HTTP/1.0 need not send one, and is no browser.
  const host = headers.host === undefined ? null : authorityOf(headers.host);
  if (headers.host !== undefined && host === null) return new ApiError('bad-request', 'The Host header names no host');
  if (host !== null && !isServed(host, hosts)) {
    return new ApiError('misdirected', 'This service is not known by that Host: give its name to serve --allow-host');
  }
  const { origin, 'sec-fetch-site': site } = headers;
  if (origin === undefined && site === undefined) return null;
  const reads = method === 'GET' || method === 'HEAD';
  const isOwn =
    (origin === undefined || isOwnOrigin(origin, host, hosts ?? [])) &&
    (site === undefined || site === 'same-origin' || site === 'none');
  // A link that is followed does nothing, and what it shows is shown to the person alone.
  const followsLink = reads && origin === undefined && headers['sec-fetch-mode'] === 'navigate';
  if (!isOwn && !followsLink) {
    return new ApiError('cross-origin', 'A page of another origin may not use this service from a browser');
  }
  if (!reads && formTypes.test(headers['content-type'] ?? '')) {
    return new ApiError('cross-origin', 'A form in a browser may not use this service: send application/json');
  }
  return null;
}

const formTypes = /^\s*(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\s*(;|$)/i;

/** No page can make an address resolve to another one, and names of loopback always mean this machine. */
function isServed({ name }: Authority, hosts: readonly Authority[] | null): boolean {
  if (hosts === null || isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost')) return true;
  return hosts.some((one) => one.name === name);
}

/**
 * The origin of a page that this service serves: of the `Host`, or, behind a proxy that changes it, of one that is
 * allowed.
 */
function isOwnOrigin(origin: string, host: Authority | null, hosts: readonly Authority[]): boolean {
  const [, scheme = '', rest = ''] = /^(https?):\/\/([^/]+)$/i.exec(origin) ?? [];
  const page = authorityOf(rest);
  if (page === null) return false;
  const defaultPort = scheme.toLowerCase() === 'https' ? '443' : '80';
  const isSame = (one: Authority) => one.name === page.name && (one.port || defaultPort) === (page.port || defaultPort);
  return (host !== null && isSame(host)) || hosts.some(isSame);
}
