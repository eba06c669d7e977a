import { isDeepStrictEqual } from 'node:util';
import type { FastifyRequest } from 'fastify';
import type { Access } from '../access.js';
import { ApiError } from '../errors.js';
import type { ApiModule, OperationLimits } from '../module.js';
import { type Handler, sendAnswer } from '../replies.js';
import type { ApiDependencies } from '../settings.js';
import { shownEvent, shownRequest } from './entries.js';
import type { AuditAsked } from './module.js';
import { bad, cursorOf, isSequence, Parameters } from './parameters.js';
import { readAudit } from './read-audit.js';
import { requireSight, type SightRights, sightOf } from './sight.js';
import { spanOf } from './span.js';
import { lines, serverSentEvents } from './stream-forms.js';
import type { EventStreams, WantedEvents } from './streams.js';
import type { Words } from './words.js';

export interface AuditContext {
  dependencies: ApiDependencies;
  streams: EventStreams;
  access: Access;
  /** The first is what is asked about where nothing else is said. */
  modules: readonly ApiModule[];
  /** Who may see what was done in each of them. */
  rights: readonly SightRights[];
  words: Words;
}

/** Whole systems are asked for in a state of the past. */
export const auditLimits: OperationLimits = { bodies: {}, fleetReads: { statusAt: () => null } };

/**
 * For an answer that is on its way. Not the reply, which the framework makes a promise of its end: who awaits that of a
 * stream goes on when its client has left, with nothing to answer.
 */
const sent = Symbol('sent');

/** Handlers for the operations of `audit.yaml`, by operationId. */
export function auditRoutes(context: AuditContext): Record<string, Handler> {
  const handle =
    (answer: (asked: AuditAsked) => unknown): Handler =>
    async (request, reply) => {
      const query = new Parameters(request.query as Record<string, string[]>, request.unknownFields);
      const body = await answer({ context, query, request, reply });
      return body === sent ? reply : sendAnswer(reply, { status: 200, body });
    };
  const histories = context.modules.flatMap((module) =>
    module.audit.histories.map(({ operationId }) => [operationId, handle((asked) => history(asked, module))] as const),
  );
  return {
    ...Object.fromEntries(histories),
    holders: handle((asked) => moduleOf(asked, holderFilters).audit.showHolders(asked)),
    statusAt: handle(statusAt),
    auditedRequests: handle(requests),
    events: handle(events),
  };
}

const holderFilters = ({ audit: { holders } }: ApiModule) =>
  [...holders.things, ...holders.ways].map(({ name }) => name);

/** The module that is asked about. Filters of another are refused: they must not mean everything. */
function moduleOf(asked: AuditAsked, filtersOf: (module: ApiModule) => readonly string[]): ApiModule {
  const { context, query, request } = asked;
  const { modules, rights } = context;
  const names = modules.map(({ name }) => name);
  const wanted = query.word('module', names) ?? names[0];
  const module = modules.find(({ name }) => name === wanted)!;
  requireSight(sightOf(request, rights), module.name);
  const own = filtersOf(module);
  const others = modules.flatMap(filtersOf).filter((name) => !own.includes(name));
  query.without(others, `is no filter of the module ${module.name}`);
  return module;
}

async function history({ context, query, request }: AuditAsked, { name, audit }: ApiModule) {
  requireSight(sightOf(request, context.rights), name);
  const { parameter, idOf } = audit.resource;
  const resource = idOf(parameter, (request.params as Record<string, string>)[parameter]!);
  const types = typesOf(context, query);
  const span = spanOf(query, query.cursor('history', isSequence) as number | undefined);
  const wanted = { resource, module: name, ...span, ...(types === undefined ? {} : { types }), limit: query.limit() };
  const { page, known } = await readAudit(context, request, async (audit) => {
    const page = await audit.history(wanted);
    return {
      page,
      known: page.rows.length > 0 || (await audit.history({ resource, module: name, limit: 1 })).rows.length > 0,
    };
  });
  if (!known) throw new ApiError('not-found', `The log has nothing on ${resource}`);
  return { Entries: page.rows.map((entry) => shownEvent(entry, context.words)), Next: cursorOf('history', page.next) };
}

async function statusAt(asked: AuditAsked) {
  const moment = asked.query.moment('at');
  if (moment === undefined) throw bad('at', 'is missing: it must be a time as in RFC 3339, or a sequence');
  const module = moduleOf(asked, ({ audit }) => audit.pastFilters);
  return module.audit.showPast(asked, moment);
}

async function requests({ context, query, request }: AuditAsked) {
  const status = query.word('outcome', ['accepted', 'refused', 'conflict', 'failed', 'repeated']);
  const span = spanOf(query, query.cursor('requests', isSequence) as number | undefined);
  const wanted = { ...span, ...(status === undefined ? {} : { status }), limit: query.limit() };
  const page = await readAudit(context, request, (audit) => audit.requests(wanted));
  return {
    Requests: page.rows.map((entry) => shownRequest(entry, context.words)),
    Next: cursorOf('requests', page.next),
  };
}

async function events(asked: AuditAsked) {
  const { context, query, request, reply } = asked;
  const { streams, access, words } = context;
  const endless = acceptsServerSentEvents(request);
  const form = endless ? serverSentEvents(words) : lines(words);
  const sight = sightOf(request, context.rights);
  for (const { name, audit } of context.modules) {
    if (query.text(audit.resource.parameter) !== undefined) requireSight(sight, name);
  }
  const wanted = { ...wantedEvents(asked, endless), sight };
  const holder = access.holderOf(request);
  const { signal, over } = streams.enter(
    request.actor.authenticated ? `name ${request.actor.name}` : `address ${request.ip}`,
    () => isDeepStrictEqual(access.holderOf(request), holder),
  );
  reply.raw.once('close', over);
  const last = await streams.last();
  const after = wanted.after < 0 ? Math.max(0, last + wanted.after) : wanted.after;
  if (after > last) {
    throw new ApiError('bad-request', `from, or Last-Event-ID, is past the end of the log, which is sequence ${last}`);
  }
  // It does not count among the reads any more: streams have a limit of their own.
  request.place?.leave();
  reply.header('content-type', form.mediaType).header('cache-control', 'no-store').header('holdfast-sequence', last);
  void reply.send(request.method === 'HEAD' ? undefined : await streams.open({ ...wanted, after }, form, signal));
  return sent;
}

function wantedEvents({ context, query, request }: AuditAsked, endless: boolean): Omit<WantedEvents, 'sight'> {
  const from = query.fromSequence('from') ?? 1;
  const until = query.sequence('until');
  const follow = query.flag('follow') || endless;
  if (follow && until !== undefined) throw bad('until', 'ends a stream that does not end: leave out one of the two');
  const resource = resourceIn(context, query);
  const types = typesOf(context, query);
  const lastId = request.headers['last-event-id'];
  if (lastId !== undefined && !/^\d{1,15}$/.test(String(lastId))) {
    throw new ApiError('bad-request', 'Last-Event-ID must be a sequence, as the ids of the stream are');
  }
  return {
    after: lastId !== undefined ? Number(lastId) : from > 0 ? from - 1 : from,
    ...(until === undefined ? {} : { until }),
    ...(resource === undefined ? {} : { resource }),
    ...(types === undefined ? {} : { types: new Set(types) }),
    follow,
  };
}

/** The one that is named, in whichever module. */
function resourceIn({ modules }: AuditContext, query: Parameters): string | undefined {
  const named = modules.flatMap(({ audit: { resource } }) => {
    const text = query.text(resource.parameter);
    return text === undefined ? [] : [{ ...resource, text }];
  });
  const [first, second] = named;
  if (first === undefined) return undefined;
  if (second !== undefined) throw bad(second.parameter, `and ${first.parameter} name two: leave out one of them`);
  return first.idOf(first.parameter, first.text);
}

function acceptsServerSentEvents({ headers }: FastifyRequest): boolean {
  return String(headers.accept ?? '')
    .toLowerCase()
    .includes('text/event-stream');
}

function typesOf({ words, modules }: AuditContext, query: Parameters): string[] | undefined {
  const known = new Map(words.eventTypes.map((type) => [type.toLowerCase(), type]));
  return query.texts('types')?.map((given) => {
    const type = known.get(given.toLowerCase());
    if (type === undefined) {
      throw bad('types', `names a type of event that does not exist, such as ${modules[0]!.example.event} does`);
    }
    return type;
  });
}
