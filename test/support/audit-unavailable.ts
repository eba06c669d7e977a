import {
  type AuditModel,
  type AuditQueries,
  type ModuleAudits,
  ProjectionError,
  projectionModules,
} from '@holdfast/projections';

const unavailable = async () => {
  throw new ProjectionError('unavailable', 'the audit is read from tables, and there are none');
};

const queries: AuditQueries = {
  history: unavailable,
  requests: unavailable,
  events: unavailable,
  modules: Object.fromEntries(
    projectionModules.map(({ name }) => [name, { past: unavailable, holders: unavailable }]),
  ) as unknown as ModuleAudits,
};

/** The audit of a service whose read model is no database. */
export const auditUnavailable: AuditModel = { ...queries, eventually: queries };
