import { isDeepStrictEqual } from 'node:util';
import type { Criterion, Selection } from '@holdfast/events/cray/messages';
import { parseXname } from '@holdfast/events/cray/xname';
import { atOnce } from '@holdfast/events/steps';
import { inTurns } from '@holdfast/log/turn';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Access } from '../access.js';
import { published } from '../cray/dialect.js';
import { type SelectionBody, selectionOf } from '../cray/selection.js';
import { statusAnswer } from '../cray/status.js';
import type { Vocabulary } from '../cray/vocabulary.js';
import { ApiError } from '../errors.js';
import { asking, earliest, read, sayingPastExpiry } from '../reads.js';
import { type Handler, sendAnswer } from '../replies.js';
import type { ModuleRights } from '../requests.js';
import type { ApiDependencies } from '../settings.js';
import { instant, shownEvent, shownHolder, shownRequest } from './entries.js';
import { requireMoment } from './moments.js';
import { bad, cursorOf, Parameters } from './parameters.js';
import { allocationHolders, placementAt, uuidOf } from './placement.js';
import { readAudit } from './read-audit.js';
import { requireSight, sightOf } from './sight.js';
import { spanOf } from './span.js';
import { lines, serverSentEvents } from './stream-forms.js';
import type { EventStreams, WantedEvents } from './streams.js';
import { eventTypes } from './words.js';

export interface AuditContext {
  dependencies: ApiDependencies;
  vocabulary: Vocabulary;
  streams: EventStreams;
  access: Access;
  /** All there are, with who may see what was done in them. */
  modules: readonly ModuleRights[];
}

/**
 * For an answer that is on its way. Not the reply, which the framework makes a promise of its end: who awaits that of a stream goes on when
 * its client has left, with nothing to answer.
 */
const sent = Symbol('sent');

/** Handlers for the operations of `audit.yaml`, by operationId. */
export function auditRoutes(context: AuditContext): Record<string, Handler> {
  const handle =
    (answer: (context: AuditContext, query: Parameters, request: FastifyRequest, reply: FastifyReply) => unknown) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const query = new Parameters(request.query as Record<string, string[]>, request.unknownFields);
      const body = await answer(context, query, request, reply);
      return body === sent ? reply : sendAnswer(reply, { status: 200, body });
    };
  return {
    componentHistory: handle((context, query, request) =>
      history(context, query, request, xnameOf((request.params as { xname: string }).xname)),
    ),
    providerHistory: handle(placedHistory),
    consumerHistory: handle(placedHistory),
    holders: handle((context, query, request, reply) =>
      moduleOf(context, query, request, holderFilters) === 'cray'
        ? holders(context, query, request, reply)
        : allocationHolders(context, query, request),
    ),
    statusAt: handle(statusAt),
    auditedRequests: handle(requests),
    events: handle(events),
  };
}

/** The module that is asked about. Filters of the other are refused: they must not mean everything. */
function moduleOf(
  { modules }: AuditContext,
  query: Parameters,
  request: FastifyRequest,
  filters: Record<Module, readonly string[]>,
): Module {
  const module = query.word('module', ['cray', 'placement']) ?? 'cray';
  requireSight(sightOf(request, modules), module);
  query.without(filters[module === 'cray' ? 'placement' : 'cray'], `is no filter of the module ${module}`);
  return module;
}

type Module = 'cray' | 'placement';

async function history(context: AuditContext, query: Parameters, request: FastifyRequest, resource: string) {
  const types = typesOf(query);
  const span = spanOf(query, query.cursor('history') as number | undefined);
  const wanted = { resource, ...span, ...(types === undefined ? {} : { types }), limit: query.limit() };
  const { page, known } = await readAudit(context, request, async (audit) => {
    const page = await audit.history(wanted);
    return { page, known: page.rows.length > 0 || (await audit.history({ resource, limit: 1 })).rows.length > 0 };
  });
  if (!known) throw new ApiError('not-found', `The log has nothing on ${resource}`);
  return { Entries: page.rows.map(shownEvent), Next: cursorOf('history', page.next) };
}

function placedHistory(context: AuditContext, query: Parameters, request: FastifyRequest) {
  requireSight(sightOf(request, context.modules), 'placement');
  return history(context, query, request, uuidOf('uuid', (request.params as { uuid: string }).uuid));
}

const holderFilters = { cray: ['role', 'group', 'kind'], placement: ['provider', 'resourceClass', 'project'] };

async function holders(context: AuditContext, query: Parameters, request: FastifyRequest, reply: FastifyReply) {
  const { dependencies, vocabulary } = context;
  const role = query.text('role');
  if (role !== undefined && vocabulary.spelling('Role', role) === undefined) throw bad('role', 'must be a known role');
  const group = query.text('group');
  const actor = query.text('actor');
  const kind = query.word('kind', ['lock', 'reservation']);
  const age = query.age('age');
  const after = query.cursor('holders') as string | undefined;
  const wanted = {
    ...(role === undefined ? {} : { role }),
    ...(group === undefined ? {} : { group }),
    ...(actor === undefined ? {} : { actor }),
    ...(kind === undefined ? {} : { kind }),
    ...(age === undefined ? {} : { sinceMax: dependencies.runtime.now() - age }),
    ...(after === undefined ? {} : { after }),
    limit: query.limit(),
  };
  const page = await read(
    dependencies,
    asking(request),
    () => dependencies.audit.modules.cray.holders(wanted),
    ({ rows }) => earliest(rows.map(({ reservation }) => reservation?.expiresAt ?? null)),
    sayingPastExpiry(reply),
  );
  return { Holders: page.rows.map(shownHolder), Next: cursorOf('holders', page.next) };
}

async function statusAt(context: AuditContext, query: Parameters, request: FastifyRequest, reply: FastifyReply) {
  const { dependencies, vocabulary } = context;
  const moment = query.moment('at');
  if (moment === undefined) throw bad('at', 'is missing: it must be a time as in RFC 3339, or a sequence');
  const module = moduleOf(context, query, request, { cray: Object.keys(selectionFields), placement: ['ids'] });
  if (module === 'placement') return placementAt(context, query, { request, reply, moment });
  const selection = selectionIn(query, vocabulary);
  // Only where the log may not yet say that a lease ended before then.
  const until = 'time' in moment ? moment.time : Number.NEGATIVE_INFINITY;
  const found = await read(
    dependencies,
    asking(request),
    async () => {
      await requireMoment(moment, dependencies.audit, dependencies.runtime.now());
      return dependencies.audit.modules.cray.past(selection, moment);
    },
    ({ components }) => {
      const expiries = components.map(({ reservation }) => reservation?.expiresAt ?? null);
      return earliest(expiries.filter((at) => at !== null && at <= until));
    },
    sayingPastExpiry(reply),
  );
  reply.header('holdfast-sequence', found.sequence);
  if (found.time !== null) reply.header('holdfast-time', instant(found.time));
  return (await inTurns(statusAnswer(published, found, null))).body;
}

const selectionFields: Record<string, Criterion['field']> = {
  xname: 'ComponentIDs',
  nid: 'NID',
  type: 'Type',
  state: 'State',
  flag: 'Flag',
  enabled: 'Enabled',
  softwareStatus: 'SoftwareStatus',
  role: 'Role',
  subrole: 'SubRole',
  subtype: 'Subtype',
  arch: 'Arch',
  class: 'Class',
  group: 'Group',
  partition: 'Partition',
  locked: 'Locked',
  reserved: 'Reserved',
  reservationDisabled: 'ReservationDisabled',
};

/** As the body of a status query selects. Throws ApiError, which names the parameter. */
function selectionIn(query: Parameters, vocabulary: Vocabulary): Selection {
  const body: SelectionBody = {};
  for (const [name, field] of Object.entries(selectionFields)) {
    const values = query.texts(name);
    if (values === undefined) continue;
    try {
      atOnce(selectionOf({ [field]: values }, vocabulary, []));
    } catch (error) {
      throw error instanceof ApiError ? bad(name, `is not valid: ${error.message}`) : error;
    }
    body[field] = values;
  }
  return atOnce(selectionOf(body, vocabulary, []));
}

async function requests(context: AuditContext, query: Parameters, request: FastifyRequest) {
  const status = query.word('outcome', ['accepted', 'refused', 'conflict', 'failed', 'repeated']);
  const span = spanOf(query, query.cursor('requests') as number | undefined);
  const wanted = { ...span, ...(status === undefined ? {} : { status }), limit: query.limit() };
  const page = await readAudit(context, request, (audit) => audit.requests(wanted));
  return { Requests: page.rows.map(shownRequest), Next: cursorOf('requests', page.next) };
}

async function events(
  { streams, access, modules }: AuditContext,
  query: Parameters,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const form = acceptsServerSentEvents(request) ? serverSentEvents : lines;
  const sight = sightOf(request, modules);
  if (query.text('uuid') !== undefined) requireSight(sight, 'placement');
  const wanted = { ...wantedEvents(query, request, form === serverSentEvents), sight };
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

function wantedEvents(query: Parameters, { headers }: FastifyRequest, endless: boolean): Omit<WantedEvents, 'sight'> {
  const from = query.fromSequence('from') ?? 1;
  const until = query.sequence('until');
  const follow = query.flag('follow') || endless;
  if (follow && until !== undefined) throw bad('until', 'ends a stream that does not end: leave out one of the two');
  const [xname, uuid] = [query.text('xname'), query.text('uuid')];
  if (xname !== undefined && uuid !== undefined) throw bad('uuid', 'and xname name two: leave out one of them');
  const resource = xname === undefined ? uuid && uuidOf('uuid', uuid) : xnameOf(xname);
  const types = typesOf(query);
  const lastId = headers['last-event-id'];
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

function acceptsServerSentEvents({ headers }: FastifyRequest): boolean {
  return String(headers.accept ?? '')
    .toLowerCase()
    .includes('text/event-stream');
}

function typesOf(query: Parameters): string[] | undefined {
  const known = new Map(eventTypes().map((type) => [type.toLowerCase(), type]));
  return query.texts('types')?.map((given) => {
    const type = known.get(given.toLowerCase());
    if (type === undefined)
      throw bad('types', 'names a type of event that does not exist, such as cray.ReservationCreated does');
    return type;
  });
}

function xnameOf(text: string): string {
  const parsed = parseXname(text);
  if (parsed === null) throw bad('xname', 'is not a valid xname, such as x3000c0s1b0n0');
  return parsed.xname;
}
