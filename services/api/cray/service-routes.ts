import { ApiError } from '../errors.js';
import { type Handler, sendAnswer, sendJson } from '../replies.js';
import type { RouteContext } from './route-context.js';
import type { VocabularyField } from './vocabulary.js';

/** Handlers for what hms-smd has under `/service`, by operationId. */
export function serviceRoutes({ dependencies, vocabulary: { values } }: RouteContext): Record<string, Handler> {
  const valuesOf =
    (...fields: VocabularyField[]): Handler =>
    async (_request, reply) =>
      sendJson(reply, 200, Object.fromEntries(fields.map((field) => [field, values[field]])));
  return {
    serviceReady: async (_request, reply) => {
      const { ready, reasons } = dependencies.ready();
      if (!ready) throw new ApiError('unavailable', reasons.join('; ') || 'not ready');
      return sendJson(reply, 200, { code: 0, message: 'HSM is healthy' });
    },
    serviceLiveness: async (_request, reply) => sendAnswer(reply, { status: 204, body: undefined }),
    allValues: valuesOf('Arch', 'Class', 'Flag', 'NetType', 'Role', 'SubRole', 'State', 'Type'),
    archValues: valuesOf('Arch'),
    classValues: valuesOf('Class'),
    flagValues: valuesOf('Flag'),
    netTypeValues: valuesOf('NetType'),
    roleValues: valuesOf('Role'),
    subRoleValues: valuesOf('SubRole'),
    stateValues: valuesOf('State'),
    typeValues: valuesOf('Type'),
  };
}
