import { readFile } from 'node:fs/promises';
import { parseXname } from '@holdfast/events/cray/xname';
import { type Client, ServerError } from '../client.js';
import { whyFile } from '../files.js';
import type { CliFiles } from '../module.js';
import type { Fleet } from './fleet.js';

/** Inventory files. */
export const fleetFiles: CliFiles = {
  what: 'an inventory: {"components": [...], "groups": [...], "partitions": [...]}',
  isOne(content) {
    if (typeof content !== 'object' || content === null) return false;
    return ['components', 'groups', 'partitions'].some((name) => Object.hasOwn(content, name));
  },
  load: async (client, file, say) => importFleet(client, await readFleet(file), say),
};

/** Components sent in one request. */
const batchCount = 5_000;

/** Reads an inventory file: `{"components": [...], "groups": [...], "partitions": [...]}`. */
export async function readFleet(file: string): Promise<Fleet> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new ServerError(`${file} cannot be read: ${whyFile(error)}`, 'invalid');
  });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new ServerError(`${file} is not valid JSON: ${(error as Error).message}`, 'invalid');
  }
  const { components, groups = [], partitions = [] } = (parsed ?? {}) as Partial<Fleet>;
  for (const [name, list] of Object.entries({ components, groups, partitions })) {
    if (!Array.isArray(list)) throw new ServerError(`${file}: ${name} must be a list`, 'invalid');
  }
  if ([components!, groups, partitions].every(({ length }) => length === 0)) {
    throw new ServerError(`${file} holds no components, groups or partitions: there is nothing to import`, 'invalid');
  }
  // The server says that one is wrong, and not which.
  components!.forEach((one: { ID?: unknown } | null, n) => {
    requireXname(`${file}: ID of component ${n + 1}`, one?.ID);
  });
  for (const [kind, list] of Object.entries({ group: groups, partition: partitions })) {
    list.forEach((one: { members?: { ids?: unknown } } | null, n) => {
      const ids = one?.members?.ids ?? [];
      if (!Array.isArray(ids))
        throw new ServerError(`${file}: members.ids of ${kind} ${n + 1} must be a list`, 'invalid');
      for (const id of ids) requireXname(`${file}: a member of ${kind} ${n + 1}`, id);
    });
  }
  return { components: components!, groups, partitions };
}

/** Throws ServerError, which says what it is that is no xname. */
export function requireXname(what: string, id: unknown): void {
  if (typeof id === 'string' && parseXname(id) !== null) return;
  throw new ServerError(
    `${what}: ${JSON.stringify(id) ?? 'absent'} is not a valid xname, such as x0c0s0b0n0`,
    'invalid',
  );
}

/**
 * Loads an inventory. What exists is replaced but for locks and reservations, so it may be run again. `progress` is
 * told after each step.
 */
export async function importFleet(client: Client, fleet: Fleet, progress: (text: string) => void): Promise<void> {
  const { components, groups, partitions } = fleet;
  for (let from = 0; from < components.length; from += batchCount) {
    const batch = components.slice(from, from + batchCount);
    await client.done('POST', '/hsm/v2/State/Components', { Components: batch, Replace: true });
    progress(`${Math.min(from + batchCount, components.length)} of ${components.length} components`);
  }
  for (const group of groups) await replace(client, '/hsm/v2/groups', group.label, group);
  for (const partition of partitions) await replace(client, '/hsm/v2/partitions', partition.name, partition);
  progress(`${groups.length} groups, ${partitions.length} partitions`);
}

async function replace(client: Client, path: string, name: string, body: unknown): Promise<void> {
  const answer = await client.call('POST', path, body);
  if (answer.status !== 409) {
    if (answer.status < 300) return;
    throw new ServerError(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  await client.done('DELETE', `${path}/${encodeURIComponent(name)}`);
  await client.done('POST', path, body);
}
