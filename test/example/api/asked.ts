import type { AuditModel, ReadModel } from '@holdfast/projections';
import type { ExampleAudit, ExampleModel } from '@holdfast/projections/example/port';

/*
 * What the read model answers of instruments. A module that is always in the lists has `present.example` and
 * `modules.example` typed already, and needs none of this.
 */

export const rowsIn = ({ present }: Pick<ReadModel, 'present'>) =>
  (present as unknown as { example: ExampleModel }).example;

export const auditIn = ({ modules }: Pick<AuditModel, 'modules'>) =>
  (modules as unknown as { example: ExampleAudit }).example;
