import { type IncomingHttpHeaders, type IncomingMessage, request as overPlain } from 'node:http';
import { request as overTls } from 'node:https';
import { connect as connectTls } from 'node:tls';

/*
 * One HTTP request over a connection of its own. Node's own modules, as fetch neither takes certificates of an
 * authority nor says whether a request had left when it failed.
 */

export interface Outgoing {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body?: string;
  /** Certificates, PEM, instead of those that Node trusts. */
  ca?: string | undefined;
  /** The longest silence of the server, in milliseconds. */
  silentMs?: number | undefined;
  /** For the connection to be there, with TLS where that is asked for, in milliseconds. */
  connectMs?: number | undefined;
}

/** No answer came. */
export class NoAnswer extends Error {
  constructor(
    /** Of Node or OpenSSL, e.g. `ECONNREFUSED`; empty where there is none. */
    readonly code: string,
    /** Whether something of the request may have reached somebody who understands it. */
    readonly sent: boolean,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'NoAnswer';
  }
}

/** What a server says that speaks TLS, where nothing else does. */
export const speaksTls = 'SPEAKS_TLS';
/** Of a server that took the connection and then was silent for too long. */
export const silent = 'ANSWER_LATE';
/** Of a connection that was not there in time. */
export const late = 'CONNECT_LATE';
/** Of one that was, but without TLS. */
export const lateTls = 'TLS_LATE';

const connectMsMax = 10_000;
/** The longest silence of a server: a stream has a line every 15 s. */
export const silentMsMax = 300_000;
const probeMsMax = 2_000;

/** The answer once its head is there. Rejects with NoAnswer. */
export async function send(outgoing: Outgoing): Promise<IncomingMessage> {
  try {
    return await once(outgoing);
  } catch (error) {
    const { code, sent } = error as NoAnswer;
    // Who waits for TLS ends what else comes, or answers in what is not HTTP.
    const unclear = sent && (code === 'ECONNRESET' || code.startsWith('HPE_'));
    if (!unclear || outgoing.url.protocol !== 'http:' || !(await isTls(outgoing.url))) throw error;
    throw new NoAnswer(speaksTls, false, (error as Error).message, { cause: error });
  }
}

function once({
  method,
  url,
  headers,
  body,
  ca,
  silentMs = silentMsMax,
  connectMs = connectMsMax,
}: Outgoing): Promise<IncomingMessage> {
  const secure = url.protocol === 'https:';
  const ended = AbortSignal.timeout(connectMs);
  let sent = false;
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => {
      reject(new NoAnswer(error.code ?? '', sent, messageOf(error), { cause: error }));
    };
    // As bytes: Node puts the head before a text, and writes both as UTF-8, where the bytes of a header are those of
    // Latin-1.
    const bytes = body === undefined ? undefined : Buffer.from(body);
    const length = bytes === undefined ? {} : { 'content-length': String(bytes.length) };
    const options = { method, headers: { ...headers, ...length }, agent: false, timeout: silentMs } as const;
    const request = secure
      ? overTls(url, { ...options, ...(ca === undefined ? {} : { ca }) })
      : overPlain(url, options);
    let connected = false;
    const tooLate = () => {
      const code = connected ? lateTls : late;
      if (!sent) request.destroy(Object.assign(new Error('no connection in time'), { code }));
    };
    ended.addEventListener('abort', tooLate);
    request.once('socket', (socket) => {
      socket.once('connect', () => {
        connected = true;
      });
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        sent = true;
      });
    });
    let answer: IncomingMessage | null = null;
    request.once('timeout', () => {
      const why = `waited ${Math.round(silentMs / 1_000)} s`;
      // Once there is an answer, only that tells its reader why it ends.
      (answer ?? request).destroy(Object.assign(new Error(why), { code: silent }));
    });
    request.once('error', fail);
    request.once('response', (response) => {
      answer = response;
      resolve(response);
    });
    request.end(bytes);
  });
}

/** Whether TLS is spoken there, whoever it is. */
function isTls({ hostname, port }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const host = hostname.replace(/^\[|\]$/g, '');
    const socket = connectTls({ host, port: Number(port || 80), rejectUnauthorized: false });
    const end = (found: boolean) => {
      socket.destroy();
      resolve(found);
    };
    socket.setTimeout(probeMsMax, () => end(false));
    socket.once('secureConnect', () => end(true));
    socket.once('error', () => end(false));
  });
}

/** Several addresses were tried: the message of the whole is empty. */
function messageOf(error: Error): string {
  return error instanceof AggregateError ? error.errors.map(({ message }) => message).join('; ') : error.message;
}

export function headersOf(given: IncomingHttpHeaders): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(given)) {
    for (const one of [value ?? []].flat()) headers.append(name, one);
  }
  return headers;
}
