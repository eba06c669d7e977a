import type { Steps } from '@holdfast/events/steps';
import type { Group } from '@holdfast/log';
import type { RowChange } from './change.js';
import { modules } from './every-module.js';
import { auditBulkLoad } from './history/bulk-load.js';
import { auditWriter } from './history/write.js';
import { presentBulkLoad, presentWriter, projectPresent } from './present.js';
import type { ProjectionGroup, ProjectionName } from './projection-group.js';
import { projectDecision } from './requests/project.js';

/** Of each projection group without its modules, whose own are added to it: so it rises with each of them. */
const ownVersions = { status: 0, audit: 2 };

/** What is there now: every request that looks at a resource waits for it, so it is kept small. */
const status: ProjectionGroup = {
  name: 'status',
  projections: modules.flatMap(({ present }) => Object.keys(present.projections) as ProjectionName[]),
  version: modules.reduce((sum, { present }) => sum + present.version, ownVersions.status),
  tables: modules.flatMap(({ present }) => present.tables),
  project: projectPresent,
  writer: presentWriter,
  bulkLoad: presentBulkLoad,
  indexesLast: false,
};

/** What has been: it grows with the log, and nobody who locks or reserves waits for it. */
const audit: ProjectionGroup = {
  name: 'audit',
  projections: ['history', 'requests'],
  version: modules.reduce((sum, { audit }) => sum + audit.version, ownVersions.audit),
  tables: ['known_resource', 'recorded_event', 'decision'],
  *project(group) {
    const change = yield* projectDecision(group);
    return change === null ? [] : [change];
  },
  writer: auditWriter,
  bulkLoad: auditBulkLoad,
  indexesLast: true,
};

/** Every projection group. A new one is a member here, and a migration. */
export const projectionGroups = { status, audit } as const;

/** All that a group changes, in every projection group. Pure. Throws UnknownEventError. */
export function project(group: Group): Steps<RowChange[]> {
  return projectIn(Object.values(projectionGroups), group);
}

/** The same in some of them. */
export function* projectIn(chosen: readonly ProjectionGroup[], group: Group): Steps<RowChange[]> {
  const changes: RowChange[] = [];
  for (const projectionGroup of chosen)
    for (const change of yield* projectionGroup.project(group)) changes.push(change);
  return changes;
}
