import type { CatalogueEntry, SchemaIds } from '@holdfast/events';
import { type Logger, nodeRuntime, silentLogger } from '@holdfast/log';
import { type RegistryAnswer, RegistryClient, RegistryError, type RegistrySettings } from './registry-client.js';
import { sleep } from './retry.js';

export { RegistryError, type RegistrySettings, reachRegistry } from './registry-client.js';

export interface RegisterOptions {
  /** Does the work while no other process does. Default: at once. */
  exclusively?: <T>(work: () => Promise<T>) => Promise<T>;
  logger?: Pick<Logger, 'warn'>;
}

const compatibility = 'FULL_TRANSITIVE';

const keyOf = ({ type, version }: CatalogueEntry) => `${type}.v${version}`;

/**
 * Registers every schema under its full name, in the order given, with compatibility FULL_TRANSITIVE, and gives the ids
 * that it has there. What is registered already keeps its id, and is only looked up, which uses up none. Rejects with
 * RegistryError when the registry is unavailable, or refuses a schema. One that is slow is waited for.
 */
export async function registerSchemas(
  settings: RegistrySettings,
  catalogue: readonly CatalogueEntry[],
  { exclusively = (work) => work(), logger = silentLogger }: RegisterOptions = {},
): Promise<SchemaIds> {
  const client = await RegistryClient.reach(settings, logger);
  const ids: Record<string, number> = {};
  const missing = await lookUp(client, catalogue, ids);
  if (missing.length === 0) return ids;
  await exclusively(async () => {
    // Another may have registered them meanwhile. One after the other: a registry that was emptied gives the same ids
    // again.
    for (const entry of await lookUp(client, missing, ids)) ids[keyOf(entry)] = await register(client, entry);
  });
  return ids;
}

/**
 * The ids of those that are registered. Changes nothing. Rejects with RegistryError where the registry does not answer.
 */
export async function lookUpSchemas(
  settings: RegistrySettings,
  catalogue: readonly CatalogueEntry[],
): Promise<SchemaIds> {
  const client = await RegistryClient.reach(settings, silentLogger);
  const ids: Record<string, number> = {};
  for (const entry of catalogue) {
    const id = await idOf(client, entry);
    if (id !== null) ids[keyOf(entry)] = id;
  }
  return ids;
}

/** Notes the ids of those that are registered, and gives the others. */
async function lookUp(
  client: RegistryClient,
  catalogue: readonly CatalogueEntry[],
  ids: Record<string, number>,
): Promise<CatalogueEntry[]> {
  const missing: CatalogueEntry[] = [];
  for (const entry of catalogue) {
    const id = await idOf(client, entry);
    if (id === null || !(await hasCompatibility(client, entry))) missing.push(entry);
    else ids[keyOf(entry)] = id;
  }
  return missing;
}

/** Null where this schema is not registered under its name. */
async function idOf(client: RegistryClient, { name, schema }: CatalogueEntry): Promise<number | null> {
  const body = { schema: JSON.stringify(schema) };
  const found = await client.ask('POST', `/subjects/${encodeURIComponent(name)}`, body);
  if (found.status === 404) return null;
  return numberIn(client, found, name);
}

/** False where it has none of its own yet. */
async function hasCompatibility(client: RegistryClient, { name, version }: CatalogueEntry): Promise<boolean> {
  const { status, body } = await client.ask('GET', `/config/${encodeURIComponent(name)}`);
  if (status === 404) return false;
  const { compatibilityLevel } = (body ?? {}) as { compatibilityLevel?: string };
  if (status === 200 && compatibilityLevel?.toUpperCase() === compatibility) return true;
  throw refusal(client, `${name} version ${version}`, `its compatibility is ${compatibilityLevel ?? status}`);
}

/**
 * A process of a version that does not wait for its turn may be at it, too. While it registers a schema and then sets
 * its subject's compatibility, others may be refused: the subject exists already, or has no compatibility yet. So a
 * refusal counts once it was repeated for about 2 s.
 */
async function register(client: RegistryClient, entry: CatalogueEntry): Promise<number> {
  for (let waitMs = 50; ; waitMs *= 2) {
    try {
      return await registerOnce(client, entry);
    } catch (error) {
      if (!(error instanceof Contested) || waitMs > 1_000) throw error;
      await sleep(nodeRuntime, waitMs * (0.5 + nodeRuntime.random() / 2));
    }
  }
}

async function registerOnce(client: RegistryClient, entry: CatalogueEntry): Promise<number> {
  const { name, version, schema } = entry;
  const subject = encodeURIComponent(name);
  const isNew = !(await hasCompatibility(client, entry));
  const found = await client.ask('POST', `/subjects/${subject}/versions`, { schema: JSON.stringify(schema) });
  if (found.status !== 200) throw refusal(client, `${name} version ${version}`, wordsOf(found), found.status === 409);
  if (isNew) {
    const set = await client.ask('PUT', `/config/${subject}`, { compatibility });
    if (set.status !== 200) throw refusal(client, `${name} version ${version}`, wordsOf(set), true);
  }
  return numberIn(client, found, name);
}

function numberIn(client: RegistryClient, answer: RegistryAnswer, name: string): number {
  const { id } = (answer.body ?? {}) as { id?: unknown };
  if (answer.status === 200 && Number.isSafeInteger(id)) return id as number;
  throw new RegistryError(
    `the registry at ${client.host} answered for ${name} with ${wordsOf(answer)}, not with an id`,
  );
}

function wordsOf({ status, body }: RegistryAnswer): string {
  const { message } = (body ?? {}) as { message?: string };
  return message === undefined ? `${status}` : `${status} ${message}`;
}

/** May be another process's doing, and pass. */
class Contested extends RegistryError {}

function refusal(client: RegistryClient, schema: string, why: string, contested = true): RegistryError {
  const message = `the registry at ${client.host} refused ${schema}: ${why}. It must be compatible with what is registered, and its subject have compatibility ${compatibility}`;
  return contested ? new Contested(message) : new RegistryError(message);
}
