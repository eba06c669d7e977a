import { type AuditModel, ProjectionError } from '@holdfast/projections';

const away = async () => {
  throw new ProjectionError('unavailable', 'the audit is read from tables, and there are none');
};

/** The audit of a service whose read model is no database. */
export const auditAway: AuditModel = {
  history: away,
  statusAt: away,
  holders: away,
  placementAt: away,
  allocationHolders: away,
  requests: away,
  events: away,
};
