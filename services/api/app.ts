import type { Actor } from '@holdfast/events';
import { Seldom } from '@holdfast/log/seldom';
import { admissionLimits } from '@holdfast/processor/limits';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { accessBy } from './access.js';
import { admitWithinLimits } from './admission.js';
import { auditDocument } from './audit/document.js';
import { type AuditContext, auditLimits, auditRoutes } from './audit/routes.js';
import { EventStreams } from './audit/streams.js';
import { wordsOf } from './audit/words.js';
import { acceptLooseBodies } from './bodies.js';
import { refuseForeignPages } from './browsers.js';
import { loadDocument, type OpenApiDocument } from './documents.js';
import { ApiError } from './errors.js';
import { readFleetsInTurn } from './fleet-reads.js';
import { type ApiForm, formOf, problemForm } from './form.js';
import { LargeRequests } from './large-requests.js';
import { apiLimits } from './limits.js';
import { type LoggingParts, loggingOptions } from './logging.js';
import type { ApiContext, ApiModule } from './module.js';
import { apiModules } from './modules.js';
import { nobodyCounts, observeRequests } from './observer.js';
import { serveDocuments } from './ops/docs.js';
import { opsRoutes } from './ops/routes.js';
import { answerUnknownPaths, PathTable } from './paths.js';
import { apiErrorOf } from './problems.js';
import { type NamedPresentation, requestFlow } from './requests.js';
import { Scopes } from './scopes.js';
import { noLimits, serveDocument } from './serve-document.js';
import { answerMalformed, type IsUrgent, serverWithLimits } from './server.js';
import type { ApiDependencies, Role } from './settings.js';
import { withDeadline } from './with-deadline.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent it. Set on every route that has a role. */
    actor: Actor;
  }
  interface FastifyContextConfig {
    /** The least role that the operation needs. Absent where anybody may ask, and its document says so. */
    role?: Role;
    /** Where the route is served. */
    basePath?: string;
  }
}

/**
 * Builds the HTTP API; it does not listen. Routes and validation come from the OpenAPI documents: each module holds a
 * handler for each operation of its own, in a scope of its own. Rejects where a document and the handlers do not agree,
 * and where two modules claim one path.
 */
export async function buildApp(
  given: ApiDependencies,
  modules: readonly ApiModule[] = apiModules,
): Promise<FastifyInstance> {
  const { gateway, runtime, limits = admissionLimits, observer = nobodyCounts } = given;
  const dependencies = {
    ...given,
    // Of all modules together.
    large: new LargeRequests(),
    readModel: withDeadline(given.readModel, runtime),
    audit: withDeadline(given.audit, runtime),
  };
  const access = accessBy(dependencies.tokens ?? dependencies.settings.tokens);
  const table = new PathTable();
  const contexts = contextsOf(modules, { dependencies, access, methodsOf: (path) => table.methodsOf(path) });
  const forms = modules.map((module) => module.form(contexts.of(module)));
  const own = problemForm(access);
  const idIn = (text: string) => modules.map((module) => module.idIn(text)).find((id) => id !== null) ?? null;
  const secretMembers = modules.flatMap((module) => module.secretMembers);
  const parts = { isWord: (part: string) => table.isWord(part), idIn, secretMembers };
  const isUrgent: IsUrgent = (method, path) => table.isUrgent(method, path);
  const app = createServer(dependencies, [...forms, own], { ...parts, isUrgent });
  const refuse = refusing({ runtime, observer });
  app.setErrorHandler((raised, request, reply) => refuse(formOf([...forms, own], request), raised, request, reply));
  answerUnknownPaths(app, table, [...forms, own]);
  observeRequests(app, observer);
  refuseForeignPages(app, dependencies.settings);
  app.decorateRequest('actor');
  const enter = admitWithinLimits(app, { gateway, limits, runtime, observer });
  const requirePlain = acceptLooseBodies(app);
  readFleetsInTurn(app, { runtime, observer });
  const scopes = new Scopes(app, { table, modules, forms, own, enter, requirePlain, refuse });

  const documents: OpenApiDocument[] = [];
  for (const [n, module] of modules.entries()) {
    await scopes.open(module.name, forms[n]!, async (scope) => {
      documents.push(...(await serveModule(scope, module, contexts.of(module))));
    });
  }
  const streams = new EventStreams({ ...dependencies, observer });
  app.addHook('preClose', async () => streams.close());
  for (const replaced of [dependencies.tokens, dependencies.moduleSettings]) {
    replaced?.onReplaced(() => streams.endRevoked());
  }
  const rights = contexts.presentations;
  const auditing = { dependencies, streams, access, modules, rights, words: wordsOf(modules) };
  await scopes.open(null, own, (scope) => serveOwn(scope, documents, auditing));
  await app.ready();
  return app;
}

/** Gives its documents. */
async function serveModule(
  scope: FastifyInstance,
  { apis, limits }: ApiModule,
  context: ApiContext,
): Promise<OpenApiDocument[]> {
  const documents: OpenApiDocument[] = [];
  for (const { document: path, title, basePaths, routes, options } of apis) {
    const document = loadDocument(path, title);
    await serveDocument(scope, { document, basePaths, handlers: routes(context, document), limits }, options);
    documents.push(document);
  }
  return documents;
}

/** What is no module's: the audit, what an operator looks at, and the page that shows these documents and its own. */
async function serveOwn(scope: FastifyInstance, documents: OpenApiDocument[], context: AuditContext): Promise<void> {
  const basePaths = [''] as const;
  const audit = { document: auditDocument(context.modules), handlers: auditRoutes(context), limits: auditLimits };
  await serveDocument(scope, { ...audit, basePaths });
  const handlers = opsRoutes(context.dependencies, context.modules);
  const ops = { document: loadDocument('openapi/ops.yaml', 'Operating Holdfast'), handlers, limits: noLimits };
  await serveDocument(scope, { ...ops, basePaths });
  await serveDocuments(scope, [...documents, audit.document, ops.document]);
}

/** What each module is made with, and how each shows what was decided. */
function contextsOf(
  modules: readonly ApiModule[],
  { dependencies, ...given }: Omit<ApiContext, 'flow'> & { dependencies: { large: LargeRequests } },
) {
  const presentations: NamedPresentation[] = [];
  const contexts = new Map(
    modules.map((module): [ApiModule, ApiContext] => {
      const flow: ApiContext['flow'] = (own) =>
        requestFlow(dependencies, module.commands, [{ ...own, module: module.name }, ...presentations]);
      return [module, { dependencies, ...given, flow }];
    }),
  );
  const of = (module: ApiModule) => contexts.get(module)!;
  presentations.push(...modules.map((module) => ({ ...module.presentation(of(module)), module: module.name })));
  return { of, presentations };
}

function createServer(
  { logger, limits = admissionLimits, observer = nobodyCounts }: ApiDependencies,
  forms: readonly ApiForm[],
  { isUrgent, ...logged }: LoggingParts & { isUrgent: IsUrgent },
): FastifyInstance {
  return Fastify({
    ...loggingOptions(logger, logged),
    bodyLimit: apiLimits.bodyBytesMax,
    serverFactory: (handler) => serverWithLimits(handler, limits, observer, isUrgent),
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

/** Answers with what was thrown, in a form, and says in the log what somebody has to see to. */
function refusing({ runtime, observer = nobodyCounts }: Pick<ApiDependencies, 'runtime' | 'observer'>) {
  const seldom = new Seldom(runtime, apiLimits.sameErrorMs);
  return (form: ApiForm, raised: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
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
    return form.refuse(request, reply, thrown);
  };
}

/** A body above what its operation takes, which the framework's error does not say. */
function tooLarge(raised: unknown, { routeOptions }: FastifyRequest): ApiError | null {
  if ((raised as { code?: string }).code !== 'FST_ERR_CTP_BODY_TOO_LARGE') return null;
  const { bodyLimit = apiLimits.bodyBytesMax } = routeOptions;
  return new ApiError('too-large', `The body is larger than ${bodyLimit} bytes, which is what this operation takes`);
}
