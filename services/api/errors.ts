import { STATUS_CODES } from 'node:http';

/** What was asked for and refused, and why. A problem may list such. */
export interface FailedResource {
  ID: string;
  Reason: string;
}

/** Every way in which the API answers with a problem (RFC 7807) of its own making. */
export const errorRegistry = {
  'bad-request': {
    status: 400,
    retriable: false,
    meaning: 'The body or an argument is wrong; the detail says what and where.',
  },
  unauthorized: {
    status: 401,
    retriable: false,
    meaning: 'A bearer token is required, or the one given is not known.',
  },
  forbidden: { status: 403, retriable: false, meaning: "The token's roles do not allow the operation." },
  'cross-origin': {
    status: 403,
    retriable: false,
    meaning: 'A page in a browser asked, and it is not of this origin.',
  },
  'not-found': { status: 404, retriable: false, meaning: 'There is no such path, request or thing.' },
  'method-not-allowed': { status: 405, retriable: false, meaning: 'The path has other methods; `Allow` names them.' },
  'not-raised': {
    status: 409,
    retriable: false,
    meaning: "The log's level cannot be raised; the detail says why. Nothing changed.",
  },
  level: {
    status: 409,
    retriable: false,
    meaning: "The log's level is too low for the request; the detail says which it needs. Nothing changed.",
  },
  'too-slow': { status: 408, retriable: true, meaning: 'The body did not arrive fast enough. Nothing changed.' },
  'too-large': {
    status: 413,
    retriable: false,
    meaning: 'The body is larger than the API or the log takes. Nothing changed.',
  },
  encoded: { status: 415, retriable: false, meaning: 'The body has a `Content-Encoding`. Nothing changed.' },
  misdirected: { status: 421, retriable: false, meaning: 'The `Host` is none that this service is known by.' },
  'key-reused': {
    status: 422,
    retriable: false,
    meaning: 'The Idempotency-Key was used before with another body. Nothing changed.',
  },
  overloaded: { status: 429, retriable: true, meaning: 'Too many requests in flight. Nothing changed.' },
  backlogged: {
    status: 503,
    retriable: true,
    meaning: 'Requests wait too long for their decision. Nothing changed.',
  },
  internal: { status: 500, retriable: false, meaning: 'A fault of the service. Nothing changed.' },
  undecided: {
    status: 503,
    retriable: true,
    meaning: 'Not decided in time. `Location` names where the outcome will be shown. SPEC rule 7.',
  },
  lost: {
    status: 503,
    retriable: true,
    meaning:
      'The log lost requests before they were decided, this one maybe among them: send it again, with the same Idempotency-Key. `Location` names where the outcome will be shown if it was not lost.',
  },
  'append-failed': {
    status: 503,
    retriable: true,
    meaning: 'The log may or may not have taken the request. `Location` names where to look.',
  },
  gone: { status: 503, retriable: true, meaning: 'The log is not there any more; the detail says what of it.' },
  full: {
    status: 503,
    retriable: true,
    meaning: "The log's disk is full or cannot be written. Renewals and releases are refused last. Nothing changed.",
  },
  stopped: { status: 503, retriable: true, meaning: 'The shard is stopped, or its read model: /readyz says why.' },
  behind: { status: 503, retriable: true, meaning: 'The read model did not catch up in time.' },
  unavailable: {
    status: 503,
    retriable: true,
    meaning: 'The read model, or the log, cannot be reached, or is being made anew.',
  },
} as const satisfies Record<string, { status: number; retriable: boolean; meaning: string }>;

export type ErrorCode = keyof typeof errorRegistry;

/**
 * A request that gets a problem for an answer. The detail reaches the client: never a key, a token, or a piece of a
 * body.
 */
export class ApiError extends Error {
  readonly headers: Record<string, string>;

  constructor(
    readonly code: ErrorCode,
    detail: string,
    more: { headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(detail, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'ApiError';
    this.headers = more.headers ?? {};
  }

  get status(): number {
    return errorRegistry[this.code].status;
  }
}

export interface Problem {
  type: 'about:blank';
  title: string;
  detail: string;
  status: number;
  Failure?: FailedResource[];
}

export function problem(status: number, detail: string, failure?: FailedResource[]): Problem {
  const title = STATUS_CODES[status] ?? 'Error';
  return { type: 'about:blank', title, detail, status, ...(failure && failure.length > 0 ? { Failure: failure } : {}) };
}
