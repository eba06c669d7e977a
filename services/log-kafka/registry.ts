import { setTimeout as sleep } from 'node:timers/promises';
import type { CatalogueEntry, SchemaIds } from '@holdfast/events';
import { nodeRuntime } from '@holdfast/log';
import registryClient from '@kafkajs/confluent-schema-registry';

import { kafkaLimits } from './limits.js';
import { within } from './retry.js';

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

/**
 * Registers every schema under its full name, in the order given, with compatibility FULL_TRANSITIVE, and gives the ids that records carry.
 * What is registered already keeps its id. Rejects with RegistryError when the registry is away, or refuses a schema: then
 * nothing may be written, as others could not read it.
 */
export async function registerSchemas(
  settings: RegistrySettings,
  catalogue: readonly CatalogueEntry[],
): Promise<SchemaIds> {
  // First, as the library makes of a registry that is away one that refuses, and waits for ever for one that hangs.
  await reachRegistry(settings);
  const { url, username, password } = settings;
  const auth = username === undefined ? {} : { auth: { username, password: password ?? '' } };
  const registry = new SchemaRegistry({ host: url, ...auth });
  const ids: Record<string, number> = {};
  // One after the other and in the order given: a registry that was emptied gives the same ids again.
  for (const { type, version, name, schema } of catalogue) {
    const options = { subject: name, compatibility: COMPATIBILITY.FULL_TRANSITIVE };
    const register = () => registry.register({ type: SchemaType.AVRO, schema: JSON.stringify(schema) }, options);
    try {
      ids[`${type}.v${version}`] = (await within(nodeRuntime, kafkaLimits.registerMs, settled(register))).id;
    } catch (error) {
      // It may have gone meanwhile.
      await reachRegistry(settings);
      throw refusal(url, `${name} version ${version}`, error as Error);
    }
  }
  return ids;
}

/** Rejects with RegistryError where there is no Confluent-compatible registry, or none for these credentials, within 4 s. */
export async function reachRegistry({ url, username, password }: RegistrySettings): Promise<void> {
  const { host, username: embedded } = parsed(url);
  if (embedded !== '') throw new RegistryError('the URL of --registry holds a user: give --registry-user instead');
  const subjects = `${url.replace(/\/$/, '')}/subjects`;
  const credentials = Buffer.from(`${username}:${password ?? ''}`).toString('base64');
  const headers: Record<string, string> = username === undefined ? {} : { authorization: `Basic ${credentials}` };
  const signal = AbortSignal.timeout(kafkaLimits.reachRegistryMs);
  const response = await fetch(subjects, { headers, signal }).catch((cause: Error) => {
    const { code = cause.message } = (cause.cause ?? {}) as { code?: string };
    const why = `the registry at ${host} cannot be reached (${code}): check --registry, and that it runs`;
    throw new RegistryError(why, { cause });
  });
  await response.body?.cancel();
  if (response.status === 401 || response.status === 403) {
    throw new RegistryError(`the registry at ${host} refused the credentials: check --registry-user and its password`);
  }
  if (response.ok) return;
  const why = `what runs at ${host} answered ${response.status} to GET subjects: is --registry the URL of its Confluent API?`;
  throw new RegistryError(why);
}

function parsed(url: string): URL {
  if (URL.canParse(url)) return new URL(url);
  throw new RegistryError('--registry must be a URL, such as http://localhost:8081');
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

function refusal(url: string, schema: string, cause: Error): RegistryError {
  return new RegistryError(
    `the registry at ${new URL(url).host} refused ${schema}: ${cause.message}. It must be compatible with what is registered, and its subject have compatibility FULL_TRANSITIVE`,
    { cause },
  );
}
