import { isOfPlacement } from '@holdfast/events';
import { itemsPerStep, type Steps } from '@holdfast/events/steps';
import type { Group } from '@holdfast/log';
import type { Change } from './change.js';
import { isOfEngine } from './engine-event.js';
import type { Family } from './family.js';
import { auditFiller } from './history/fill.js';
import { auditWriter } from './history/write.js';
import { projectInventory } from './inventory/project.js';
import { projectPlacement } from './placement/project.js';
import { projectDecision } from './requests/project.js';
import { projectStatus } from './status/project.js';
import { statusFiller, statusWriter } from './status/write.js';

/** What is there now: every request that looks at a component waits for it, so it is kept small. */
const status: Family = {
  name: 'status',
  projections: ['status', 'inventory', 'placement'],
  version: 4,
  tables: [
    'component',
    'collection',
    'collection_member',
    'provider',
    'inventory',
    'resource_class',
    'consumer',
    'allocation',
    'provider_marks',
    'trait',
  ],
  project: projectPresent,
  writer: statusWriter,
  filler: statusFiller,
  indexesLast: false,
};

/** What has been: it grows with the log, and nobody who locks or reserves waits for it. */
const audit: Family = {
  name: 'audit',
  projections: ['history', 'requests'],
  version: 3,
  tables: ['known_resource', 'history', 'decision'],
  *project(group) {
    const change = yield* projectDecision(group);
    return change === null ? [] : [change];
  },
  writer: auditWriter,
  filler: auditFiller,
  indexesLast: true,
};

/** Every family. A new one is a member here, a folder for each projection, and a migration. */
export const families = { status, audit } as const;

/** All that a group changes, in every family. Pure. Throws UnknownEventError. */
export function project(group: Group): Steps<Change[]> {
  return projectIn(Object.values(families), group);
}

/** The same in some of them. */
export function* projectIn(chosen: readonly Family[], group: Group): Steps<Change[]> {
  const changes: Change[] = [];
  for (const family of chosen) for (const change of yield* family.project(group)) changes.push(change);
  return changes;
}

function* projectPresent({ events }: Group): Steps<Change[]> {
  const changes: Change[] = [];
  for (const [n, { event, stamp }] of events.entries()) {
    if (n > 0 && n % itemsPerStep === 0) yield;
    if (isOfEngine(event)) {
      if (event.type === 'engine.TimeShifted') changes.push({ table: 'leases', byMs: event.byMs });
      continue;
    }
    // Where none knows the event, the first of cray's throws.
    const change = isOfPlacement(event)
      ? projectPlacement(event, stamp)
      : (projectStatus(event, stamp.sequence) ?? projectInventory(event));
    if (change !== null) changes.push(change);
  }
  return changes;
}
