import { type FastifyReply, type FastifyRequest, type FastifyServerOptions, LogController } from 'fastify';
import { onceOver } from './observer.js';
import { traceOf } from './origin.js';
import type { ApiDependencies } from './settings.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What became of the change that it asks for, or asks about, as far as is known. */
    followed?: Followed;
    /** By what its client names it, where the module told it a name: members of its line. */
    named?: Readonly<Record<string, string>>;
  }
}

type IsWord = (part: string) => boolean;
type IdIn = (text: string) => string | null;

export interface LoggingParts {
  /** Whether a part of a path is one of a documented path. */
  isWord: IsWord;
  /** What id a parameter of one is, or null. */
  idIn: IdIn;
  /** Of all modules: see `ApiModule`. */
  secretMembers: readonly string[];
}

/** By which a request is found again in the log of events, in the audit, and under `/requests`. */
export interface Followed {
  /** The command's id. */
  command: string;
  /** Of the event with its outcome; absent where it is not decided yet, or nobody knows. */
  sequence?: number;
  outcome?: string;
  /** It was decided on an earlier request. */
  repeated?: true;
}

/**
 * What is logged of a request, in one line once it is over: method, path, status, time, the client's address, the trace
 * that it is part of, and by what it is found in the log of events. Never a body, a query or another header, and of a
 * path only what is ours: see `loggedPath`.
 */
export function loggingOptions(
  logger: ApiDependencies['logger'],
  { isWord, idIn, secretMembers }: LoggingParts,
): Pick<FastifyServerOptions, 'logger' | 'logController'> {
  if (logger === undefined) return { logger: false };
  const options = {
    level: logger.level,
    ...(logger.stream === undefined ? {} : { stream: logger.stream }),
    redact: ['req.headers', ...['body', ...secretMembers].flatMap(anywhere)],
    serializers: {
      req: (request: FastifyRequest) => askedBy(request, isWord, idIn),
      res: ({ statusCode }: { statusCode?: number }) => ({ statusCode }),
    },
    hooks: {
      logMethod(this: object, line: unknown[], method: (...line: unknown[]) => void) {
        if (!isOfNoConcern(line[0])) method.apply(this, line);
      },
    },
  };
  return { logger: options as NonNullable<FastifyServerOptions['logger']>, logController: new OneLine(isWord, idIn) };
}

/** A member of what is logged, and of all that it holds. */
function anywhere(member: string): string[] {
  const named = `["${member}"]`;
  return [named, `*${named}`];
}

/** What is said of media types that one parser takes as well as any other. */
function isOfNoConcern(said: unknown): boolean {
  return typeof said === 'string' && said.startsWith('ContentTypeParser for ');
}

/** One line for each request. A client that goes before its answer is whole is nobody's error. */
class OneLine extends LogController {
  constructor(
    private readonly isWord: IsWord,
    private readonly idIn: IdIn,
  ) {
    super({ requestIdLogLabel: 'request' });
  }

  override incomingRequest(request: FastifyRequest, { raw }: FastifyReply): void {
    if (!isEnabled(request.log)) return;
    onceOver(raw, (status, ms) => {
      request.log.info({ ...askedBy(request, this.isWord, this.idIn), status, ms, ...foundBy(request) }, 'request');
    });
  }

  override requestCompleted(): void {}

  override streamError(error: Error, request: FastifyRequest): void {
    request.log.info({ reason: error.message }, 'an answer was broken off');
  }

  override routeNotFound(): void {}
}

function isEnabled(log: object): boolean {
  return (log as { isLevelEnabled?(level: string): boolean }).isLevelEnabled?.('info') ?? true;
}

function askedBy(request: FastifyRequest, isWord: IsWord, idIn: IdIn) {
  return { method: request.method, path: loggedPath(request, isWord, idIn), address: request.ip };
}

function foundBy({ headers, named, followed }: FastifyRequest) {
  // A name is what its client was told, who gives it when something is wrong.
  return { ...named, ...traceOf(headers.traceparent), ...followed };
}

const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}/i;

/**
 * The documented path, with what stood in it where that is a UUID or an id of a module, of a request the one before its
 * token. Of a path that nobody serves it is the words that documented paths have, up to the first other: a token that
 * was put in a wrong place or spelt in another way is in no log either.
 */
function loggedPath(request: FastifyRequest, isWord: IsWord, idIn: IdIn): string {
  const { url } = request.is404 ? {} : request.routeOptions;
  if (url !== undefined) {
    const params = request.params as Record<string, string>;
    const shown = (value: string) => uuid.exec(value)?.[0] ?? idIn(value);
    return url.replace(/:(\w+)/g, (name, param: string) => shown(params[param] ?? '') ?? name);
  }
  const parts = request.url.split('?', 1)[0]!.split('/').slice(1);
  const strange = parts.findIndex((part) => !isWord(part));
  const known = strange === -1 ? parts : [...parts.slice(0, strange), '(not shown)'];
  return `/${known.join('/')}`;
}
