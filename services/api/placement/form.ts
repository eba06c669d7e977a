import type { Runtime } from '@holdfast/log/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Access } from '../access.js';
import { type ApiForm, noSuchPath, routedPath } from '../form.js';
import { apiErrorOf } from '../problems.js';
import { type Answer, sendAnswer, sendJson } from '../replies.js';
import { acceptable } from './accept.js';
import { isOfPlacement, mountOf } from './document.js';
import { type ErrorBody, type ErrorContext, errorBody, PlacementError, placementErrorOf, titleOf } from './errors.js';
import { identify } from './identity.js';
import { askedVersion, type Microversion, shown } from './microversion.js';
import type { Identity } from './policy.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What Placement knows of a request before its route; absent from other modules' requests. */
    placement?: PlacementRequest;
  }
}

export interface PlacementRequest {
  id: string;
  /** Null until the header was read. */
  version: Microversion | null;
  /** Null where the path needs none. */
  identity: Identity | null;
  /** As it was sent. */
  contentType: string | undefined;
}

/** What comes before Placement's handlers, as it does: an id, then who asks, then in which version, then what path. */
export function placementForm({ access, runtime }: { access: Access; runtime: Pick<Runtime, 'uuid'> }): ApiForm {
  return {
    owns: isOfPlacement,
    admit(request, reply) {
      const known = begun(request, reply, runtime);
      known.identity = identify(request, access);
      if (known.identity === null && !isRoot(request)) throw new PlacementError(401, 'A known token is required');
      known.version = askedVersion(request.headers['openstack-api-version']);
      reply.headers({ 'openstack-api-version': `placement ${shown(known.version)}`, vary: 'openstack-api-version' });
      return undefined;
    },
    refuse(request, reply, thrown) {
      // A path that cannot be read has not come past `admit`.
      if (!request.placement) begun(request, reply, runtime);
      const error = thrown instanceof PlacementError ? thrown : placementErrorOf(apiErrorOf(thrown));
      if (error.statusCode === 401) return sendUnauthorized(reply);
      return sendError(request, reply, errorAnswer(error, errorContext(request)));
    },
    notServed(request, reply, methods) {
      const error =
        methods.length === 0
          ? new PlacementError(404, noSuchPath(request))
          : new PlacementError(405, 'The method specified is not allowed for this resource.', {
              headers: { allow: methods.join(', ') },
            });
      return sendError(request, reply, errorAnswer(error, errorContext(request)));
    },
  };
}

function begun(request: FastifyRequest, reply: FastifyReply, runtime: Pick<Runtime, 'uuid'>): PlacementRequest {
  const id = `req-${runtime.uuid()}`;
  const contentType = request.headers['content-type'];
  const known: PlacementRequest = { id, version: null, identity: null, contentType };
  request.placement = known;
  request.named = { openstackRequest: id };
  reply.header('x-openstack-request-id', id);
  return known;
}

function isRoot(request: FastifyRequest): boolean {
  const path = routedPath(request);
  return /^\/?$/.test(path.slice(mountOf(path).length));
}

export function errorContext({ method, placement }: FastifyRequest): ErrorContext {
  return { method, version: placement?.version ?? null, requestId: placement?.id ?? null };
}

export function errorAnswer(error: PlacementError, context: ErrorContext): Answer {
  return { status: error.statusCode, body: errorBody(error, context), headers: error.headers };
}

export async function sendPlacement(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: Answer,
): Promise<FastifyReply> {
  return answer.status < 400 ? sendAnswer(reply, answer) : sendError(request, reply, answer);
}

/** In HTML or as text where the client takes no JSON. */
function sendError(request: FastifyRequest, reply: FastifyReply, { status, body, headers = {} }: Answer): FastifyReply {
  const { accept } = request.headers;
  const wanted = accept === undefined || accept === '*/*' ? 'application/json' : accept;
  const [best] = acceptable(wanted, ['text/html', 'application/json']);
  reply.code(status).headers(headers).serializer(String);
  if (best === 'application/json') return sendJson(reply, status, body);
  const { detail } = (body as ErrorBody).errors[0];
  const heading = `${status} ${titleOf(status)}`;
  if (best === undefined) return reply.type('text/plain; charset=UTF-8').send(`${heading}\n\n${detail}`);
  const page = `<html>\n <head>\n  <title>${heading}</title>\n </head>\n <body>\n  <h1>${heading}</h1>\n  ${escaped(detail)}\n </body>\n</html>`;
  return reply.type('text/html; charset=UTF-8').send(page);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** What stands before Placement, and looks at tokens, has another form. */
function sendUnauthorized(reply: FastifyReply): FastifyReply {
  const message = 'This server could not verify that you are authorized to access the document you requested.';
  const body = { message, code: '401 Unauthorized', title: 'Unauthorized' };
  return sendJson(reply.header('www-authenticate', 'Bearer'), 401, body);
}
