import type { CrayEvent, Event } from '@holdfast/events';
import type { Group } from '@holdfast/log';
import type { Change } from './change.js';
import { projectInventory } from './inventory/project.js';
import { projectRequest } from './requests/project.js';
import { projectStatus } from './status/project.js';

/** Raised whenever a projection gives other rows for the same log: the read model is then made anew. */
export const projectionVersion = 1;

/** All that a group changes in the read model, in order; empty when nothing. Pure. */
export function project(group: Group): Change[] {
  const changes: Change[] = [];
  for (const { event } of group.events) {
    if (!isCray(event)) continue;
    const change = projectStatus(event) ?? projectInventory(event);
    if (change !== null) changes.push(change);
  }
  const request = projectRequest(group);
  if (request !== null) changes.push(request);
  return changes;
}

function isCray(event: Event): event is CrayEvent {
  return event.type.startsWith('cray.');
}
