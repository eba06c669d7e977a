import type { AuditQueries } from '@holdfast/projections/audit-port';
import type { FastifyRequest } from 'fastify';
import { askedOf, asking, read } from '../reads.js';
import type { AuditContext } from './routes.js';
import { seenAs, sightOf } from './sight.js';

/** Reads the audit, where it looks at nothing that a lease's end could change. */
export function readAudit<T>(
  { dependencies, rights }: AuditContext,
  request: FastifyRequest,
  ask: (audit: AuditQueries) => Promise<T>,
): Promise<T> {
  return read(
    dependencies,
    asking(request),
    () => ask(seenAs(askedOf(dependencies.audit, request), sightOf(request, rights))),
    () => null,
  );
}
