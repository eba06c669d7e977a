import type { Actor } from '@holdfast/events';
import { Seldom } from '@holdfast/log/seldom';
import { admissionLimits } from '@holdfast/processor/limits';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { accessBy } from './access.js';
import { admitWithinLimits } from './admission.js';
import { auditRoutes } from './audit/routes.js';
import { EventStreams } from './audit/streams.js';
import { acceptLooseBodies } from './bodies.js';
import { refuseForeignPages } from './browsers.js';
import { cleanPaths } from './cray/clean-paths.js';
import { dialects, published } from './cray/dialect.js';
import { crayNotServed } from './cray/not-served.js';
import { crayPresentation } from './cray/presentation.js';
import { crayRoutes } from './cray/routes.js';
import { vocabularyOf } from './cray/vocabulary.js';
import { loadDocument, type OpenApiDocument } from './documents.js';
import { ApiError } from './errors.js';
import { readFleetsInTurn } from './fleet-reads.js';
import { type ApiForm, formOf, problemForm } from './form.js';
import { LargeRequests } from './large-requests.js';
import { apiLimits } from './limits.js';
import { loggingOptions } from './logging.js';
import { nobodyCounts, observeRequests } from './observer.js';
import { serveDocuments } from './ops/docs.js';
import { opsRoutes } from './ops/routes.js';
import { answerUnknownPaths, PathTable } from './paths.js';
import { placementDocument } from './placement/document.js';
import { placementForm } from './placement/form.js';
import { placementPresentation } from './placement/presentation.js';
import { placementRoutes } from './placement/routes.js';
import { apiErrorOf } from './problems.js';
import { requestFlow } from './requests.js';
import { serveDocument } from './serve-document.js';
import { answerMalformed, serverWithLimits } from './server.js';
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
    // Of all dialects together.
    large: new LargeRequests(),
    readModel: withDeadline(given.readModel, runtime),
    audit: withDeadline(given.audit, runtime),
  };
  const access = accessBy(dependencies.tokens ?? dependencies.settings.tokens);
  const forms = [placementForm({ access, ...dependencies }), problemForm(access, crayNotServed)];
  const table = new PathTable();
  const app = createServer(dependencies, forms, table);
  app.addHook('onRoute', ({ url, method, routePath }) => {
    table.add(url, method);
    // What is at the root behind a prefix is served with a slash at its end, too.
    if (routePath === '') table.add(`${url}/`, method);
  });
  answerErrors(app, { runtime, observer }, forms);
  answerUnknownPaths(app, table, forms);
  observeRequests(app, observer);
  refuseForeignPages(app, dependencies.settings);
  admit(app, forms);
  cleanPaths(app, table);
  admitWithinLimits(app, { gateway, limits, runtime, observer });
  acceptLooseBodies(app);
  readFleetsInTurn(app, { runtime, observer });

  const vocabulary = vocabularyOf(dependencies.settings);
  const placement = placementPresentation(dependencies, access);
  const documents: OpenApiDocument[] = [];
  for (const dialect of dialects) {
    const document = loadDocument(dialect.document, dialect.title);
    documents.push(document);
    const flow = requestFlow(dependencies, crayPresentation(dialect, dependencies), [placement]);
    const handlers = crayRoutes({ dependencies, vocabulary, dialect, flow });
    await serveDocument(app, document, dialect.basePaths, handlers, { config: { dropNulls: dialect.dropNulls } });
  }
  const allocations = loadDocument(placementDocument.file, placementDocument.title);
  const flow = requestFlow(dependencies, placement);
  const handlers = placementRoutes({ dependencies, document: allocations.parsed(), flow });
  await serveDocument(app, allocations, placementDocument.basePaths, handlers, { exposeHeadRoutes: false });
  const audit = loadDocument('audit.yaml', 'Audit');
  const streams = new EventStreams({ ...dependencies, observer });
  app.addHook('preClose', async () => streams.close());
  dependencies.tokens?.onReplaced(() => streams.endRevoked());
  await serveDocument(
    app,
    audit,
    [''],
    auditRoutes({
      dependencies,
      vocabulary,
      streams,
      access,
      modules: [crayPresentation(published, dependencies), placement],
    }),
  );
  const ops = loadDocument('ops.yaml', 'Operating Holdfast');
  await serveDocument(app, ops, [''], opsRoutes(dependencies));
  await serveDocuments(app, [...documents, allocations, audit, ops]);
  await app.ready();
  return app;
}

function createServer(
  { logger, limits = admissionLimits, observer = nobodyCounts }: ApiDependencies,
  forms: readonly ApiForm[],
  table: PathTable,
): FastifyInstance {
  return Fastify({
    ...loggingOptions(logger, (part) => table.isWord(part)),
    bodyLimit: apiLimits.bodyBytesMax,
    serverFactory: (handler) =>
      serverWithLimits(handler, {
        waitingMax: limits.inFlightMax,
        connectionsMax: limits.connectionsMax ?? apiLimits.connectionsMax,
        limitHit: (limit) => observer.limitHit(limit),
      }),
    // What comes on an open connection while this process stops is answered, and the connection then ends. The
    // framework's own answer would be no problem, and not say when to try again.
    return503OnClosing: false,
    routerOptions: { maxParamLength: apiLimits.pathPartLengthMax },
    // What a client sends is taken as it is or refused, never changed. `verbose` gives the schema of a violation.
    ajv: {
      customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, strict: false, verbose: true },
    },
    frameworkErrors: (error, request, reply) => {
      formOf(forms, request).refuse(request, reply, error);
    },
    clientErrorHandler: answerMalformed,
  });
}

function answerErrors(
  app: FastifyInstance,
  { runtime, observer = nobodyCounts }: Pick<ApiDependencies, 'runtime' | 'observer'>,
  forms: readonly ApiForm[],
): void {
  const seldom = new Seldom(runtime, apiLimits.sameErrorMs);
  app.setErrorHandler((raised, request, reply) => {
    const thrown = tooLarge(raised, request) ?? raised;
    const error = apiErrorOf(thrown);
    if (error.code === 'too-large') observer.limitHit('body_bytes');
    const cause = error.cause instanceof Error ? error.cause : error;
    if (error.code === 'internal') {
      request.log.error({ code: error.code, cause: cause.message, stack: cause.stack }, 'a request failed');
    } else if (error.status >= 500) {
      // Every request meets the same state of the cluster, which is no fault of ours; who finds it says it, too.
      const leftOut = seldom.due(error.code);
      if (leftOut !== null) request.log.error({ code: error.code, cause: cause.message, leftOut }, 'requests fail');
    }
    return formOf(forms, request).refuse(request, reply, thrown);
  });
}

/** A body above what its operation takes, which the framework's error does not say. */
function tooLarge(raised: unknown, { routeOptions }: FastifyRequest): ApiError | null {
  if ((raised as { code?: string }).code !== 'FST_ERR_CTP_BODY_TOO_LARGE') return null;
  const { bodyLimit = apiLimits.bodyBytesMax } = routeOptions;
  return new ApiError('too-large', `The body is larger than ${bodyLimit} bytes, which is what this operation takes`);
}

function admit(app: FastifyInstance, forms: readonly ApiForm[]): void {
  app.decorateRequest('actor');
  app.decorateRequest('placement', null);
  app.addHook('onRequest', async (request, reply) => formOf(forms, request).admit(request, reply));
}
