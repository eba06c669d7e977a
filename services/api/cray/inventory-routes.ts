import type { CrayCommand } from '@holdfast/events/cray/messages';
import type { Steps } from '@holdfast/events/steps';
import { inTurns } from '@holdfast/log/turn';
import type { FastifyRequest } from 'fastify';
import { ApiError } from '../errors.js';
import type { Handler } from '../replies.js';
import { collectionRoutes } from './collection-routes.js';
import {
  type ComponentParameters,
  type ComponentQuery,
  componentQuery,
  namedIds,
  nidRanges,
  notAnInteger,
  placedIn,
  withinRanges,
} from './component-query.js';
import {
  type ComponentsBody,
  componentBody,
  componentsBody,
  componentsPut,
  membershipBody,
  pathXname,
  type RoleBody,
  roleChange,
} from './inventory.js';
import { requireLevelFor } from './levels.js';
import { refuseMisplaced } from './misplaced.js';
import type { RouteContext } from './route-context.js';
import { pathPart, showing } from './showing.js';

type ChosenComponentsBody = ComponentParameters & { ComponentIDs?: string[]; NIDRanges?: string[] };

/** Handlers for the inventory's operations of the HSM dialect, by operationId. */
export function inventoryRoutes(context: RouteContext): Record<string, Handler> {
  return { ...inventoryReads(context), ...inventoryChanges(context), ...collectionRoutes(context) };
}

function inventoryReads(context: RouteContext): Record<string, Handler> {
  const { dependencies, vocabulary } = context;
  const { cray } = dependencies.readModel.present;
  const show = showing(context);
  const asked = (given: unknown) => componentQuery((given ?? {}) as ComponentParameters, vocabulary);

  /** What a query finds among some components, or among all. */
  const find = async (ids: string[] | null, { criteria, nids }: ComponentQuery) =>
    inTurns(withinRanges(await cray.components(ids, criteria), nids));

  /** hms-smd looks below a name only where types are asked for. */
  const findUnder = async (ids: string[] | null, query: ComponentQuery) => {
    const below = ids !== null && query.criteria.some(({ field }) => field === 'Type');
    const found = await find(below ? null : ids, query);
    const among = query.ids === null ? found : found.filter(({ xname }) => query.ids!.includes(xname));
    return inTurns(componentsBody(below ? await inTurns(placedIn(among, ids)) : among, query.form));
  };

  return {
    listComponents: show(async ({ query: given }) => {
      const query = asked(given);
      return inTurns(componentsBody(await find(query.ids, query), query.form));
    }),
    queryComponents: show(async ({ body }) => {
      const { ComponentIDs = [], ...given } = body as ChosenComponentsBody;
      if (ComponentIDs.length === 0) throw new ApiError('bad-request', 'Missing IDs');
      const query = asked(given);
      return findUnder(await inTurns(namedIds(ComponentIDs)), query);
    }),
    listComponentsUnder: show(async (request) => {
      return findUnder(await inTurns(namedIds([pathPart(request, 'xname')])), asked(request.query));
    }),
    queryComponentsByNid: show(async ({ body }) => {
      const { NIDRanges = [], ...given } = body as ChosenComponentsBody;
      if (NIDRanges.length === 0) throw new ApiError('bad-request', 'Missing NID ranges');
      const query = { ...asked(given), nids: await inTurns(nidRanges(NIDRanges)) };
      return inTurns(componentsBody(await find(query.ids, query), query.form));
    }),
    getComponent: show(async (request) => {
      const { xname } = request.params as { xname: string };
      const [row] = await cray.components((await inTurns(namedIds([xname]))) ?? []);
      if (row === undefined) throw new ApiError('not-found', 'no such xname.');
      return componentBody(row, 'all');
    }),
    getComponentByNid: show(async (request) => {
      const nid = pathPart(request, 'nid');
      if (!/^\d{1,15}$/.test(nid)) throw new ApiError('bad-request', notAnInteger);
      const [row] = await cray.components(null, [{ field: 'NID', values: [String(Number(nid))] }]);
      if (row === undefined) throw new ApiError('not-found', 'no such NID.');
      return componentBody(row, 'all');
    }),
    listMemberships: show(async ({ query: given }) => {
      const query = asked(given);
      // What ranges leave must be known first; both are of about the same moment.
      const ids = query.nids === null ? query.ids : (await find(query.ids, query)).map(({ xname }) => xname);
      return (await cray.memberships(ids, query.criteria)).map(membershipBody);
    }),
    getMembership: show(async (request) => {
      const xname = pathXname(pathPart(request, 'xname'));
      const [row] = await cray.memberships([xname]);
      if (row === undefined) throw new ApiError('not-found', `No such xname: ${xname}`);
      return membershipBody(row);
    }),
  };
}

function inventoryChanges({ dependencies, vocabulary, flow }: RouteContext): Record<string, Handler> {
  const change = (toCommand: (request: FastifyRequest) => Steps<CrayCommand>): Handler => {
    return async (request, reply) => {
      refuseMisplaced(request.unknownFields);
      const command = await inTurns(toCommand(request));
      requireLevelFor(command, dependencies.level);
      return flow.change(request, reply, { command });
    };
  };
  return {
    putComponents: change((request) => componentsPut(request.body as ComponentsBody, vocabulary)),
    changeRole: change((request) => roleChange(request.body as RoleBody, pathPart(request, 'xname'), vocabulary)),
    changeRoles: change((request) => roleChange(request.body as RoleBody, null, vocabulary)),
    deleteComponents: async (request, reply) => {
      if (dependencies.settings.wholeFleet === 'refuse') {
        throw new ApiError(
          'bad-request',
          'This service refuses to delete all components at once: delete each by its xname',
        );
      }
      return flow.change(request, reply, { command: { type: 'cray.ComponentsDeletionRequested', ids: null } });
    },
    deleteComponent: async (request, reply) => {
      const ids = [pathXname(pathPart(request, 'xname'))];
      return flow.change(request, reply, { command: { type: 'cray.ComponentsDeletionRequested', ids } });
    },
  };
}
