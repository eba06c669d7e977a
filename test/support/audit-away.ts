import { type AuditModel, type ModuleAudits, ProjectionError, projectionModules } from '@holdfast/projections';

const away = async () => {
  throw new ProjectionError('unavailable', 'the audit is read from tables, and there are none');
};

/** The audit of a service whose read model is no database. */
export const auditAway: AuditModel = {
  history: away,
  requests: away,
  events: away,
  modules: Object.fromEntries(
    projectionModules.map(({ name }) => [name, { past: away, holders: away }]),
  ) as unknown as ModuleAudits,
};
