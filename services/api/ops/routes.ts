import { basename } from 'node:path';
import type { ApiModule } from '../module.js';
import { nothingCounted } from '../observer.js';
import { type Handler, sendJson } from '../replies.js';
import type { ApiDependencies } from '../settings.js';
import { levelRoutes } from './level.js';

/** Handlers for the operations of `ops.yaml`, by operationId. */
export function opsRoutes(
  dependencies: ApiDependencies,
  modules: readonly Pick<ApiModule, 'apis'>[],
): Record<string, Handler> {
  const { ready, metrics = nothingCounted } = dependencies;
  const apis = modules.flatMap((module) => module.apis);
  const served = {
    name: 'Holdfast',
    apis: [
      ...apis.map(({ title, basePaths, document }) => ({
        title,
        basePaths: basePaths.map((base) => base || '/'),
        document: `/openapi/${basename(document)}`,
      })),
      { title: 'Audit', basePaths: ['/audit'], document: '/openapi/audit.yaml' },
      { title: 'Operating Holdfast', basePaths: ['/'], document: '/openapi/ops.yaml' },
    ],
    documentation: '/docs',
  };
  return {
    ...levelRoutes(dependencies),
    served: async (_request, reply) => sendJson(reply, 200, served),
    live: async (_request, reply) => sendJson(reply, 200, { live: true }),
    ready: async (_request, reply) => {
      const readiness = ready();
      return sendJson(reply, readiness.ready ? 200 : 503, readiness);
    },
    metrics: async (_request, reply) => reply.header('content-type', metrics.contentType).send(await metrics.text()),
  };
}
