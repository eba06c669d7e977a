import type { FastifyReply, FastifyRequest } from 'fastify';
import { acceptable } from './accept.js';
import { requireJson } from './bodies.js';
import { PlacementError } from './errors.js';
import { type Microversion, parsed } from './microversion.js';
import { requireAllowed } from './policy.js';
import type { OperationSchemas } from './schemas.js';
import type { PlacementSettings } from './settings.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * The version of Placement from which the operation is there, e.g. `1.5`, and what it answers before: 404 unless
     * said.
     */
    minVersion?: string;
    statusBefore?: 404 | 405;
    /** The policy that it needs. */
    policy?: string;
  }
}

/** A request that may be carried out. */
export interface Call {
  request: FastifyRequest;
  reply: FastifyReply;
  schemas: OperationSchemas;
  version: Microversion;
  /** The parts of the path that have names. */
  path: Record<string, string>;
}

/** What serves an operation of Placement's document. */
export interface Operation {
  /** Whether it reads, and so asks whether the client takes JSON. */
  reads: boolean;
  /** The project that a request is about, for the policy. */
  projectOf?(request: FastifyRequest): string | null;
  handle(call: Call): Promise<FastifyReply>;
}

/** Carries out a request once it passed what is asked of all of them, in the order in which the real one asks. */
export async function carryOut(
  operation: Operation,
  schemas: OperationSchemas,
  settings: PlacementSettings,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { identity, contentType } = request.placement!;
  const version = request.placement!.version!;
  const { minVersion = '1.0', statusBefore = 404, policy } = request.routeOptions.config;
  requireContentType(request, contentType);
  if (version < parsed(minVersion)) throw new PlacementError(statusBefore, '');
  if (schemas.body(version) !== null) requireJson(contentType);
  if (operation.reads) requireAccepted(request);
  if (policy !== undefined) {
    requireAllowed(identity!, policy, settings.policy, operation.projectOf?.(request));
  }
  const path = request.params as Record<string, string>;
  return operation.handle({ request, reply, schemas, version, path });
}

/** A body must say what it is. Throws PlacementError 400. */
function requireContentType({ headers }: FastifyRequest, contentType: string | undefined): void {
  if (Number(headers['content-length'] ?? 0) > 0 && !contentType) {
    throw new PlacementError(400, 'content-type header required when content-length > 0');
  }
}

function requireAccepted({ headers }: FastifyRequest): void {
  if (acceptable(headers.accept, ['application/json']).length > 0) return;
  throw new PlacementError(406, 'Only application/json is provided');
}
