import type { Actor } from '@holdfast/events';
import { admissionLimits } from '@holdfast/processor/limits';
import Fastify, { type FastifyInstance, type RouteOptions } from 'fastify';
import openapiGlue from 'fastify-openapi-glue';
import { accessBy } from './access.js';
import { admitWithinLimits } from './admission.js';
import { auditRoutes } from './audit/routes.js';
import { EventStreams } from './audit/streams.js';
import { acceptLooseBodies } from './bodies.js';
import { answerOf } from './cray/answer.js';
import { type Dialect, dialects } from './cray/dialect.js';
import { crayRoutes } from './cray/routes.js';
import { vocabularyOf } from './cray/vocabulary.js';
import { loadDocument, type OpenApiDocument } from './documents.js';
import { apiLimits } from './limits.js';
import { loggingOptions } from './logging.js';
import { type ApiObserver, nobodyCounts, observeRequests } from './observer.js';
import { serveDocuments } from './ops/docs.js';
import { opsRoutes } from './ops/routes.js';
import { answerUnknownPaths, PathTable } from './paths.js';
import { apiErrorOf } from './problems.js';
import { type Handler, sendProblem } from './replies.js';
import { requestFlow } from './requests.js';
import { serverWithLimits } from './server.js';
import type { ApiDependencies, Role } from './settings.js';
import { withDeadline } from './with-deadline.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent it. Set on every route that has a role. */
    actor: Actor;
  }
  interface FastifyContextConfig {
    /** The least role that the operation needs. Absent on routes that are open to all. */
    role?: Role;
    /** Where the route is served. */
    basePath?: string;
  }
}

/**
 * Builds the HTTP API; it does not listen. Routes and validation come from the OpenAPI documents: `cray/` holds a handler
 * for each operation. Rejects where a document and the handlers do not agree.
 */
export async function buildApp(given: ApiDependencies): Promise<FastifyInstance> {
  const { gateway, runtime, limits = admissionLimits, observer = nobodyCounts } = given;
  const dependencies = {
    ...given,
    readModel: withDeadline(given.readModel, runtime),
    audit: withDeadline(given.audit, runtime),
  };
  const app = createServer(dependencies);
  app.server.on('drop', () => observer.limitHit('connections'));
  const table = new PathTable();
  app.addHook('onRoute', ({ url, method }) => table.add(url, method));
  answerErrors(app, observer);
  answerUnknownPaths(app, table);
  observeRequests(app, observer);
  admit(app, dependencies);
  admitWithinLimits(app, { gateway, limits, runtime, observer });
  acceptLooseBodies(app);

  const documents: OpenApiDocument[] = [];
  const vocabulary = vocabularyOf(dependencies.settings);
  for (const dialect of dialects) {
    const document = loadDocument(dialect.document, dialect.title);
    documents.push(document);
    const flow = requestFlow(dependencies, ({ outcome, events }, basePath, showSecrets) =>
      answerOf(outcome, events, { dialect, basePath, keysOf: showSecrets ? dependencies.keys.keys : null }),
    );
    await serve(app, document, dialect.basePaths, crayRoutes({ dependencies, vocabulary, dialect, flow }), dialect);
  }
  const audit = loadDocument('audit.yaml', 'Audit');
  const streams = new EventStreams({ ...dependencies, observer });
  app.addHook('preClose', async () => streams.close());
  await serve(app, audit, [''], auditRoutes({ dependencies, vocabulary, streams }), null);
  const ops = loadDocument('ops.yaml', 'Operating Holdfast');
  await serve(app, ops, [''], opsRoutes(dependencies), null);
  await serveDocuments(app, [...documents, audit, ops]);
  await app.ready();
  return app;
}

function createServer({ logger, limits = admissionLimits }: ApiDependencies): FastifyInstance {
  return Fastify({
    logger: loggingOptions(logger),
    bodyLimit: apiLimits.bodyBytesMax,
    serverFactory: (handler) => serverWithLimits(handler, limits.inFlightMax),
    // What comes on an open connection while this process stops is answered, and the connection then ends. The
    // framework's own answer would be no problem, and not say when to try again.
    return503OnClosing: false,
    routerOptions: { maxParamLength: apiLimits.pathPartLengthMax },
    // What a client sends is taken as it is or refused, never changed. `verbose` gives the schema of a violation.
    ajv: {
      customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, strict: false, verbose: true },
    },
    frameworkErrors: (error, _request, reply) => {
      sendProblem(reply, apiErrorOf(error));
    },
  });
}

function answerErrors(app: FastifyInstance, observer: ApiObserver): void {
  app.setErrorHandler((thrown, request, reply) => {
    const error = apiErrorOf(thrown);
    if (error.code === 'too-large') observer.limitHit('body_bytes');
    // What is refused for the state of the shard is counted, and the shard itself says once why.
    if (error.status >= 500 && error.code !== 'backlogged' && error.code !== 'stopped') {
      const cause = error.cause instanceof Error ? error.cause : error;
      request.log.error({ code: error.code, cause: cause.message, stack: cause.stack }, 'a request failed');
    }
    return sendProblem(reply, error);
  });
}

/** Where tokens are required, they are for unknown paths too. */
function admit(app: FastifyInstance, { settings }: ApiDependencies): void {
  const access = accessBy(settings.tokens);
  app.decorateRequest('actor');
  app.addHook('onRequest', async (request) => {
    const role = request.is404 ? 'reader' : request.routeOptions.config.role;
    if (role !== undefined) request.actor = access.admit(request, role);
  });
}

/**
 * Serves a document under each of its base paths. Reading a document and compiling its schemas takes most of the time of
 * a start, so it is read once, and its routes are then made again for the other base paths with the same schemas.
 */
async function serve(
  app: FastifyInstance,
  document: OpenApiDocument,
  [firstBase = '', ...otherBases]: readonly string[],
  handlers: Record<string, Handler>,
  dialect: Dialect | null,
): Promise<void> {
  await app.register(async (scope) => {
    const routes: RouteOptions[] = [];
    let basePath = firstBase;
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, basePath, dropNulls: dialect?.dropNulls ?? false };
      if (basePath === firstBase && route.method !== 'HEAD') routes.push({ ...route });
    });
    await scope.register(openapiGlue, {
      specification: document.parsed(),
      prefix: firstBase,
      operationResolver: (operationId) => {
        // PATCH has POST for an alias, with the same handler.
        const handler = handlers[operationId] ?? handlers[operationId.replace(/ByPost$/, '')];
        if (handler === undefined) throw new Error(`${document.file} has ${operationId}, which nothing handles`);
        return { handler } as unknown as RouteOptions;
      },
    });
    for (basePath of otherBases) {
      for (const { method, url, schema, config, handler } of routes) {
        scope.route({ method, url: `${basePath}${url.slice(firstBase.length)}`, schema, config, handler });
      }
    }
  });
}
