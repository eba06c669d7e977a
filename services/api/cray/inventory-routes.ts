import type { CollectionKind, CrayCommand } from '@holdfast/events';
import type { Steps } from '@holdfast/events/steps';
import { inTurns } from '@holdfast/log/turn';
import type { FastifyRequest } from 'fastify';
import { ApiError } from '../errors.js';
import { asking, read } from '../reads.js';
import { type Handler, sendAnswer } from '../replies.js';
import {
  type CollectionBody,
  type ComponentBody,
  collectionBody,
  collectionName,
  collectionPut,
  componentBody,
  componentsBody,
  componentsPut,
  pathXname,
} from './inventory.js';
import type { RouteContext } from './route-context.js';

/** Handlers for the inventory's operations of the HSM dialect, by operationId. */
export function inventoryRoutes({ dependencies, vocabulary, flow }: RouteContext): Record<string, Handler> {
  const { readModel } = dependencies;
  const change = (toCommand: (request: FastifyRequest) => CrayCommand): Handler => {
    return (request, reply) => flow.change(request, reply, { command: toCommand(request) });
  };
  const put = (toCommand: (request: FastifyRequest) => Steps<CrayCommand>): Handler => {
    return async (request, reply) => flow.change(request, reply, { command: await inTurns(toCommand(request)) });
  };
  const show = (query: (request: FastifyRequest) => Promise<object>): Handler => {
    return async (request, reply) => {
      const body = await read(
        dependencies,
        asking(request),
        () => query(request),
        () => null,
      );
      return sendAnswer(reply, { status: 200, body });
    };
  };
  const part = (request: FastifyRequest, name: string) => (request.params as Record<string, string>)[name] ?? '';

  const collection = (kind: CollectionKind, name: string): Record<string, Handler> => ({
    [`list${name}s`]: show(async () => (await readModel.collections(kind)).map((row) => collectionBody(kind, row))),
    [`get${name}`]: show(async (request) => {
      const wanted = collectionName(kind, part(request, 'name'));
      const row = (await readModel.collections(kind)).find((one) => one.name === wanted);
      if (row === undefined) throw new ApiError('not-found', `There is no such ${kind}`);
      return collectionBody(kind, row);
    }),
    [`create${name}`]: put((request) => collectionPut(kind, request.body as CollectionBody)),
    [`delete${name}`]: change((request) => {
      return { type: 'cray.CollectionDeletionRequested', kind, name: collectionName(kind, part(request, 'name')) };
    }),
  });

  return {
    listComponents: show(async () => inTurns(componentsBody(await readModel.components(null)))),
    getComponent: show(async (request) => {
      const [row] = await readModel.components([pathXname(part(request, 'xname'))]);
      if (row === undefined) throw new ApiError('not-found', 'no such xname.');
      return componentBody(row);
    }),
    putComponents: put((request) => {
      return componentsPut((request.body as { Components: ComponentBody[] }).Components, vocabulary);
    }),
    deleteComponents: change(() => {
      if (dependencies.settings.wholeFleet === 'refuse') {
        throw new ApiError(
          'bad-request',
          'This service refuses to delete all components at once: delete each by its xname',
        );
      }
      return { type: 'cray.ComponentsDeletionRequested', ids: null };
    }),
    deleteComponent: change((request) => {
      return { type: 'cray.ComponentsDeletionRequested', ids: [pathXname(part(request, 'xname'))] };
    }),
    ...collection('group', 'Group'),
    ...collection('partition', 'Partition'),
  };
}
