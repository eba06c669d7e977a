import type { Steps } from '@holdfast/events/steps';
import type { Group } from '@holdfast/log';
import type { RowChange } from './change.js';
import { modules } from './every-module.js';
import type { Family, ProjectionName } from './family.js';
import { auditFiller } from './history/fill.js';
import { auditWriter } from './history/write.js';
import { presentFiller, presentWriter, projectPresent } from './present.js';
import { projectDecision } from './requests/project.js';

/** Of each family without its modules, whose own are added to it: so it rises with each of them. */
const ownVersions = { status: 0, audit: 2 };

/** What is there now: every request that looks at a resource waits for it, so it is kept small. */
const status: Family = {
  name: 'status',
  projections: modules.flatMap(({ present }) => present.projections as ProjectionName[]),
  version: modules.reduce((sum, { present }) => sum + present.version, ownVersions.status),
  tables: modules.flatMap(({ present }) => present.tables),
  project: projectPresent,
  writer: presentWriter,
  filler: presentFiller,
  indexesLast: false,
};

/** What has been: it grows with the log, and nobody who locks or reserves waits for it. */
const audit: Family = {
  name: 'audit',
  projections: ['history', 'requests'],
  version: modules.reduce((sum, { audit }) => sum + audit.version, ownVersions.audit),
  tables: ['known_resource', 'history', 'decision'],
  *project(group) {
    const change = yield* projectDecision(group);
    return change === null ? [] : [change];
  },
  writer: auditWriter,
  filler: auditFiller,
  indexesLast: true,
};

/** Every family. A new one is a member here, and a migration. */
export const families = { status, audit } as const;

/** All that a group changes, in every family. Pure. Throws UnknownEventError. */
export function project(group: Group): Steps<RowChange[]> {
  return projectIn(Object.values(families), group);
}

/** The same in some of them. */
export function* projectIn(chosen: readonly Family[], group: Group): Steps<RowChange[]> {
  const changes: RowChange[] = [];
  for (const family of chosen) for (const change of yield* family.project(group)) changes.push(change);
  return changes;
}
