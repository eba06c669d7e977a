import type { FastifyContextConfig, FastifyInstance, RouteOptions } from 'fastify';
import openapiGlue from 'fastify-openapi-glue';
import { bodyLimits } from './body-limits.js';
import './own-documents.js';
import type { OpenApiDocument } from './documents.js';
import type { OperationLimits } from './module.js';
import type { Handler } from './replies.js';

export interface ServedDocument {
  document: OpenApiDocument;
  basePaths: BasePaths;
  /** By operationId. */
  handlers: Record<string, Handler>;
  limits: OperationLimits;
}

/** Where a document is served; the empty one is the root. */
export type BasePaths = readonly [string, ...string[]];

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
 * Rejects where an operation has no handler, or does not say who may ask for it.
 */
export async function serveDocument(
  app: FastifyInstance,
  { document, basePaths, handlers, limits }: ServedDocument,
  { config = {}, exposeHeadRoutes = true }: DocumentOptions = {},
): Promise<void> {
  const [firstBase, ...otherBases] = rootLast(basePaths);
  const specification = document.parsed() as Specification;
  requireRoles(document.file, specification);
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
      specification,
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
    // Each of these has what its operation has: nothing of the last one is to be theirs.
    ofOperation = {};
    for (basePath of otherBases) {
      for (const { method, url: first, schema, config, handler, exposeHeadRoute, bodyLimit } of routes) {
        for (const url of placesUnder(basePath, first.slice(firstBase.length))) {
          scope.route({ method, url, schema, config, handler, exposeHeadRoute, bodyLimit } as RouteOptions);
        }
      }
    }
  });
}

/**
 * With the root of all at the end: what a document has at its own root is left out there, in whatever order they are.
 */
function rootLast(basePaths: BasePaths): BasePaths {
  return basePaths.toSorted((a, b) => Number(a === '') - Number(b === '')) as [string, ...string[]];
}

/**
 * Where a path of a document is under a base path. What a document has at its own root is there with a slash at its end
 * and without; at the root of all it is nowhere, as that is the service's own.
 */
function placesUnder(basePath: string, path: string): string[] {
  if (path !== '' && path !== '/') return [`${basePath}${path}`];
  return basePath === '' ? [] : [basePath, `${basePath}/`];
}

/** The parts of an OpenAPI document that say who may ask. */
interface Specification {
  paths: Record<
    string,
    Record<string, { operationId?: string; security?: object[]; 'x-fastify-config'?: FastifyContextConfig }>
  >;
}

/** An operation whose role was forgotten would be anybody's. Throws unless one without a role says that it is. */
function requireRoles(file: string, { paths }: Specification): void {
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  for (const { operationId, security, 'x-fastify-config': config } of operations) {
    if (operationId === undefined || config?.role !== undefined || security?.length === 0) continue;
    throw new Error(`${file}: ${operationId} has no role, nor \`security: []\`, which lets anybody ask`);
  }
}
