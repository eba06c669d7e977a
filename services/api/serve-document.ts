import type { FastifyContextConfig, FastifyInstance, RouteOptions } from 'fastify';
import openapiGlue from 'fastify-openapi-glue';
import { bodyLimits } from './body-limits.js';
import './own-documents.js';
import type { OpenApiDocument } from './documents.js';
import type { OperationLimits } from './module.js';
import type { Handler } from './replies.js';

export interface ServedDocument {
  document: OpenApiDocument;
  basePaths: readonly string[];
  /** By operationId. */
  handlers: Record<string, Handler>;
  limits: OperationLimits;
}

/** Nothing that is asked, or answered, is large. */
export const noLimits: OperationLimits = { bodies: {}, fleetReads: {} };

export interface DocumentOptions {
  /** Added to that of every route. */
  config?: FastifyContextConfig;
  /** Whether what can be got can be asked for its head. */
  exposeHeadRoutes?: boolean;
}

/**
 * Serves a document under each of its base paths. Reading a document and compiling its schemas takes most of the time
 * of a start, so it is read once, and its routes are then made again for the other base paths with the same schemas.
 * What it has at its own root is served under the first base path alone.
 */
export async function serveDocument(
  app: FastifyInstance,
  { document, basePaths: [firstBase = '', ...otherBases], handlers, limits }: ServedDocument,
  { config = {}, exposeHeadRoutes = true }: DocumentOptions = {},
): Promise<void> {
  await app.register(async (scope) => {
    const routes: RouteOptions[] = [];
    let basePath = firstBase;
    // Of the operation whose route comes next.
    let ofOperation: FastifyContextConfig = {};
    scope.addHook('onRoute', (route) => {
      route.config = { ...ofOperation, ...route.config, ...config, basePath };
      if (basePath === firstBase && route.method !== 'HEAD') routes.push({ ...route });
    });
    await scope.register(openapiGlue, {
      specification: document.parsed(),
      prefix: firstBase,
      operationResolver: (operationId) => {
        // PATCH has POST for an alias, with the same handler.
        const operation = handlers[operationId] === undefined ? operationId.replace(/ByPost$/, '') : operationId;
        const handler = handlers[operation];
        const body = limits.bodies[operation] ?? bodyLimits.few;
        if (handler === undefined) throw new Error(`${document.file} has ${operationId}, which nothing handles`);
        const idsRead = limits.fleetReads[operation];
        ofOperation = { bodyLimits: body, ...(idsRead && { idsRead }) };
        return {
          handler,
          exposeHeadRoute: exposeHeadRoutes,
          bodyLimit: body.bytes,
        } as unknown as RouteOptions;
      },
    });
    for (basePath of otherBases) {
      for (const { method, url, schema, config, handler, exposeHeadRoute, bodyLimit } of routes) {
        const path = url.slice(firstBase.length);
        if (isRoot(path)) continue;
        const again = { method, url: `${basePath}${path}`, schema, config, handler, exposeHeadRoute, bodyLimit };
        scope.route(again as RouteOptions);
      }
    }
  });
}

function isRoot(path: string): boolean {
  return path === '' || path === '/';
}
