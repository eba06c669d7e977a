import { timingSafeEqual } from 'node:crypto';
import type { Command } from '@holdfast/events';
import type { Gateway } from '@holdfast/processor/gateway-port';
import type { ReadModel } from '@holdfast/projections/port';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from './errors.js';
import { LargeRequests } from './large-requests.js';
import { requireLevelOf } from './level.js';
import { apiLimits } from './limits.js';
import type { ApiModule, CommandTraits } from './module.js';
import { originOf } from './origin.js';
import { askedOf, asking, read } from './reads.js';
import { type Answer, fencingTokenHeader, omittedTokensHeader, sendAnswer, sendJson } from './replies.js';
import type { ApiDependencies } from './settings.js';
import {
  type Decided,
  decidedBefore,
  decisionHeaders,
  enqueue,
  followed,
  followedTo,
  requestId,
  requireAnswer,
  type SubmittedRequest,
  submit,
  uuidPattern,
} from './submit.js';

/** What a route wants done. */
export interface RequestedChange {
  command: Command;
}

/** A request's way from a command to its answer, at once or later. */
export interface RequestFlow {
  /** Answers with the decision, or with 202 where the client prefers not to wait. */
  change(request: FastifyRequest, reply: FastifyReply, change: RequestedChange): Promise<FastifyReply>;
  /** `GET /requests/{id}`. */
  state(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>;
}

/** How a module shows what was decided on its requests. */
export interface Presentation {
  /** What must change together. SPEC rule 1. */
  domain: string;
  /**
   * Whether who asks may see everybody's, in the audit and under `/requests`, as in the module's API. The route's role
   * was asked for before.
   */
  maySeeAll(request: FastifyRequest): boolean;
  /** Whether the answer to it shows secrets. */
  hasSecrets(decided: Decided): boolean;
  /** `command` is null where it is not at hand. Secrets are left out unless asked for. */
  present(decided: Decided, shown: AnsweredRequest): Answer | Promise<Answer>;
  send(request: FastifyRequest, reply: FastifyReply, answer: Answer): FastifyReply | Promise<FastifyReply>;
  /** Where `/requests/{id}` is for a request that came in under this base path. */
  requestsUnder(basePath: string): string;
}

/** The presentation of a module, by its name, with which its commands and events begin before a dot. */
export interface NamedPresentation extends Presentation {
  module: string;
}

export interface AnsweredRequest {
  /** The request that asks: for what was decided, or, later, for its state. */
  request: FastifyRequest;
  /** Where it came in. */
  basePath: string;
  command: Command | null;
  showSecrets: boolean;
}

export function basePathOf(request: FastifyRequest): string {
  return request.routeOptions.config.basePath ?? '';
}

/**
 * Of a module's requests, whose commands are these. The first shows what is decided on them; where the state of another
 * module's request is asked for here, the first of that does.
 */
export function requestFlow(
  dependencies: ApiDependencies & { large?: LargeRequests },
  commands: ApiModule['commands'],
  presentations: readonly [NamedPresentation, ...NamedPresentation[]],
): RequestFlow {
  const { gateway, readModel, runtime, secret } = dependencies;
  const { large = new LargeRequests() } = dependencies;
  const [presentation] = presentations;
  const presentationOf = ({ outcome }: Decided) =>
    presentations.find(({ module }) => outcome.command.startsWith(`${module}.`)) ?? presentation;
  const traitsOf = ({ type }: Command) => (commands as Readonly<Record<string, CommandTraits<Command>>>)[type]!;

  return {
    async change(request, reply, { command }) {
      requireLevelOf(command.type, dependencies.level);
      const origin = originOf(request);
      const { id, keyed } = requestId(origin, runtime);
      request.followed = { command: id };
      const basePath = basePathOf(request);
      const location = () => `${presentation.requestsUnder(basePath)}/requests/${id}.${secret.requestToken(id)}`;
      const { domain } = presentation;
      const traits = traitsOf(command);
      const key = traits.key(command) ?? domain;
      const { urgent = false } = request.routeOptions.config;
      const wanted: SubmittedRequest = { ...origin, id, keyed, command, domain, key, urgent, location };
      if (prefersAsync(request) && !(keyed && (await wasDecided(readModel, id)))) {
        await enqueue(gateway, wanted);
        reply.headers({ ...notKept, location: location(), 'preference-applied': 'respond-async' });
        return sendJson(reply, 202, { id, status: 'pending' });
      }
      const decide = () => submit(gateway, readModel, wanted);
      const decided = await followed(request, id, () => large.run(traits.size(command), decide));
      reply.headers(decisionHeaders(decided));
      const answer = await presentation.present(decided, { request, basePath, command, showSecrets: true });
      return presentation.send(request, reply, answer);
    },

    async state(request, reply) {
      const [id = '', token] = (request.params as { id: string }).id.split('.', 2);
      const proven = token !== undefined && isSame(token, secret.requestToken(id.toLowerCase()));
      if (!uuidPattern.test(id) || (token !== undefined && !proven)) throw unknownRequest();
      const wanted = id.toLowerCase();
      reply.headers(notKept);
      request.followed = { command: wanted };
      const decided = await read(
        dependencies,
        asking(request),
        () => decidedBefore(askedOf(readModel, request), wanted),
        () => null,
      );
      if (decided === null) {
        // Without the token, an id that was made up must look like one that is on its way.
        if (!proven) throw unknownRequest();
        return sendJson(reply, 200, { id: wanted, status: 'pending' });
      }
      request.followed = followedTo(wanted, decided);
      const presentation = presentationOf(decided);
      if (!presentation.maySeeAll(request) && !askedBy(request, decided)) throw unknownRequest();
      const showSecrets = proven && presentation.hasSecrets(decided) && (await mayHaveKeys(request, decided, gateway));
      const shown = { request, basePath: basePathOf(request), command: null, showSecrets };
      const { state, headers } = await stateOf(decided, () => presentation.present(decided, shown));
      return sendAnswer(reply, { status: 200, body: { id: wanted, status: 'decided', ...state }, headers });
    },
  };
}

/** For answers that show keys, or where to get them: no cache keeps them. */
export const notKept = { 'cache-control': 'no-store' };

/**
 * Whether whoever has the token of a request may be shown its keys. A place can be seen by others: in a proxy's log, a
 * history, a ticket. So with identities it is only the one that asked. Without, it is whoever comes soon after; the log
 * says what time it is, as the clock of this process may be wrong by any amount.
 */
async function mayHaveKeys(request: FastifyRequest, decided: Decided, gateway: Gateway): Promise<boolean> {
  if (request.actor.authenticated) return askedBy(request, decided);
  // Who asked had an identity, and this one has none.
  if (decided.outcome.origin?.actor.authenticated) return false;
  return (await gateway.barrier()) - decided.decidedAt <= apiLimits.keysShownMs;
}

/** Whether it was asked for under the identity of this request. */
function askedBy({ actor }: FastifyRequest, { outcome }: Decided): boolean {
  const asked = outcome.origin?.actor;
  return actor.authenticated && asked?.authenticated === true && asked.name === actor.name;
}

/** Of the headers of the answer, those that are a part of what it says. */
async function stateOf(
  decided: Decided,
  answer: () => Answer | Promise<Answer>,
): Promise<{ state: object; headers: Record<string, string> }> {
  const shown = { Sequence: decided.sequence };
  try {
    requireAnswer(decided);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { state: { ...shown, StatusCode: error.status }, headers: {} };
  }
  const { status, body, headers = {} } = await answer();
  const said = [fencingTokenHeader, omittedTokensHeader].filter((name) => name in headers);
  return {
    state: { ...shown, StatusCode: status, ...(body === undefined ? {} : { Result: body }) },
    headers: Object.fromEntries(said.map((name) => [name, headers[name]!])),
  };
}

function unknownRequest(): ApiError {
  return new ApiError('not-found', 'There is no such request, or it is not decided yet');
}

/**
 * Whether an answer is at hand, so that nothing is won by a place to ask for it. What cannot be looked up is for the
 * log to say.
 */
async function wasDecided(readModel: ReadModel, id: string): Promise<boolean> {
  try {
    return (await decidedBefore(readModel, id)) !== null;
  } catch {
    return false;
  }
}

/** RFC 7240. */
function prefersAsync(request: FastifyRequest): boolean {
  const preferences = String(request.headers.prefer ?? '').toLowerCase();
  return preferences.split(',').some((one) => one.split(';', 1)[0]!.trim() === 'respond-async');
}

function isSame(shown: string, expected: string): boolean {
  const [a, b] = [Buffer.from(shown), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
