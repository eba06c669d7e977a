import type { CollectionKind, CrayCommand } from '@holdfast/events/cray/messages';
import type { Steps } from '@holdfast/events/steps';
import { inTurns } from '@holdfast/log/turn';
import type { CollectionRow } from '@holdfast/projections/cray/port';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../errors.js';
import type { Handler } from '../replies.js';
import {
  type CollectionBody,
  type CollectionsAsked,
  collectionBody,
  collectionName,
  collectionPatch,
  collectionPut,
  collectionsWanted,
  memberAdded,
  memberRemoved,
  narrowed,
  noSuch,
  partitionsAsked,
} from './collections.js';
import { requireLevelFor } from './levels.js';
import { refuseMisplaced } from './misplaced.js';
import type { RouteContext } from './route-context.js';
import { pathPart, showing } from './showing.js';

/** Handlers for groups and partitions, by operationId. */
export function collectionRoutes(context: RouteContext): Record<string, Handler> {
  return { ...routesOf(context, 'group', 'Group'), ...routesOf(context, 'partition', 'Partition') };
}

function routesOf(context: RouteContext, kind: CollectionKind, Name: string): Record<string, Handler> {
  const { dependencies, flow } = context;
  const { cray } = dependencies.readModel.present;
  const show = showing(context);
  const send = (request: FastifyRequest, reply: FastifyReply, command: CrayCommand) => {
    refuseMisplaced(request.unknownFields);
    requireLevelFor(command, dependencies.level);
    return flow.change(request, reply, { command });
  };
  const change = (toCommand: (request: FastifyRequest) => CrayCommand): Handler => {
    return async (request, reply) => send(request, reply, toCommand(request));
  };
  const nameOf = (request: FastifyRequest) => collectionName(kind, pathPart(request, 'name'));
  const asked = ({ query }: FastifyRequest) => (query ?? {}) as CollectionsAsked;

  /** A group's members may be narrowed to those of partitions. */
  const narrow = async (rows: CollectionRow[], given: CollectionsAsked): Promise<CollectionRow[]> => {
    const wanted = kind === 'group' ? partitionsAsked(given) : null;
    if (wanted === null) return rows;
    const partitions = await cray.collections('partition');
    const all: CollectionRow[] = [];
    for (const row of rows) all.push(await inTurns(narrowed(row, wanted, partitions)));
    return all;
  };
  const one = async (request: FastifyRequest) => {
    const wanted = nameOf(request);
    const found = (await cray.collections(kind)).find(({ name }) => name.toLowerCase() === wanted);
    if (found === undefined) throw new ApiError('not-found', noSuch(kind, wanted));
    return (await narrow([found], asked(request)))[0]!;
  };

  return {
    [`list${Name}s`]: show(async (request) => {
      const isWanted = collectionsWanted(kind, asked(request));
      const rows = await narrow((await cray.collections(kind)).filter(isWanted), asked(request));
      return rows.map((row) => collectionBody(kind, row));
    }),
    [`list${Name}Names`]: show(async () => (await cray.collections(kind)).map(({ name }) => name)),
    [`get${Name}`]: show(async (request) => collectionBody(kind, await one(request))),
    [`get${Name}Members`]: show(async (request) => ({ ids: (await one(request)).members })),
    [`create${Name}`]: async (request, reply) => {
      const command: Steps<CrayCommand> = collectionPut(kind, request.body as CollectionBody);
      return send(request, reply, await inTurns(command));
    },
    [`change${Name}`]: change((request) =>
      collectionPatch(kind, nameOf(request), request.body as CollectionBody, request.unknownFields),
    ),
    [`add${Name}Member`]: change((request) => memberAdded(kind, nameOf(request), request.body as { id?: string })),
    [`remove${Name}Member`]: change((request) => memberRemoved(kind, nameOf(request), pathPart(request, 'xname'))),
    [`delete${Name}`]: change((request) => {
      return { type: 'cray.CollectionDeletionRequested', kind, name: nameOf(request) };
    }),
  };
}
