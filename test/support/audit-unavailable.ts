import { type AuditModel, type ModuleAudits, ProjectionError, projectionModules } from '@holdfast/projections';

const unavailable = async () => {
  throw new ProjectionError('unavailable', 'the audit is read from tables, and there are none');
};

/** The audit of a service whose read model is no database. */
export const auditUnavailable: AuditModel = {
  history: unavailable,
  requests: unavailable,
  events: unavailable,
  modules: Object.fromEntries(
    projectionModules.map(({ name }) => [name, { past: unavailable, holders: unavailable }]),
  ) as unknown as ModuleAudits,
};
