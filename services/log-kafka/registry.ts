import { setTimeout as sleep } from 'node:timers/promises';
import type { CatalogueEntry, SchemaIds } from '@holdfast/events';
import registryClient from '@kafkajs/confluent-schema-registry';

const { COMPATIBILITY, SchemaRegistry, SchemaType } = registryClient;

export interface RegistrySettings {
  /** URL of a Confluent-compatible registry. */
  url: string;
  username?: string;
  password?: string;
}

/** A registry that cannot be used. The message says what to do; no message holds a password. */
export class RegistryError extends Error {}

/** Name of the library's error for a subject of another compatibility. */
const incompatible = 'ConfluentSchemaRegistryCompatibilityError';

type RegistryFailure = Error & { status?: number };

/** Retries of one call; with the library's own waits about 5 s in all. */
const retries = 3;

/**
 * Registers every schema under its full name, with compatibility FULL_TRANSITIVE, and gives the ids that records carry.
 * What is registered already keeps its id. Rejects with RegistryError when the registry is away, or refuses a schema: then
 * nothing may be written, as others could not read it.
 */
export async function registerSchemas(
  { url, username, password }: RegistrySettings,
  catalogue: readonly CatalogueEntry[],
): Promise<SchemaIds> {
  const auth = username === undefined ? {} : { auth: { username, password: password ?? '' } };
  const registry = new SchemaRegistry({ host: url, retry: { retries, maxRetryTimeInSecs: 5 }, ...auth });
  const ids: Record<string, number> = {};
  // One after the other and in the catalogue's order: a registry that was emptied gives the same ids again.
  for (const { type, version, name, schema } of catalogue) {
    const options = { subject: name, compatibility: COMPATIBILITY.FULL_TRANSITIVE };
    const register = () => registry.register({ type: SchemaType.AVRO, schema: JSON.stringify(schema) }, options);
    try {
      ids[`${type}.v${version}`] = (await settled(register)).id;
    } catch (error) {
      throw explained(url, `${name} version ${version}`, error as RegistryFailure);
    }
  }
  return ids;
}

/**
 * Several processes may start at once on a registry that knows nothing yet. While one of them registers a schema and then
 * sets its subject's compatibility, the others may be refused: the subject exists already, or has no compatibility yet. So
 * a refusal counts once it was repeated for about 2 s.
 */
async function settled<T>(register: () => Promise<T>): Promise<T> {
  for (let waitMs = 50; ; waitMs *= 2) {
    try {
      return await register();
    } catch (error) {
      const { status, name } = error as RegistryFailure;
      const contested = status === 409 || name === incompatible;
      if (!contested || waitMs > 1_000) throw error;
      await sleep(waitMs * (0.5 + Math.random() / 2));
    }
  }
}

function explained(url: string, schema: string, error: RegistryFailure): RegistryError {
  const { host } = new URL(url);
  if (error.status === 401 || error.status === 403) {
    return new RegistryError(`the registry at ${host} refused the credentials: check --registry-user and its password`);
  }
  if (error.status === undefined && error.name !== incompatible) {
    return new RegistryError(
      `the registry at ${host} cannot be reached (${error.message}): check --registry, and that it runs`,
    );
  }
  return new RegistryError(
    `the registry at ${host} refused ${schema}: ${error.message}. It must be compatible with what is registered, and its subject have compatibility FULL_TRANSITIVE`,
  );
}
