import { type Logger, nodeRuntime } from '@holdfast/log';
import { kafkaLimits } from './limits.js';
import { sleep } from './retry.js';

export interface RegistrySettings {
  /** URL of a Confluent-compatible registry. */
  url: string;
  username?: string;
  password?: string;
}

/** A registry that cannot be used. The message says what to do; no message holds a password. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
}

export interface RegistryAnswer {
  status: number;
  /** Of JSON; null where it is none. */
  body: unknown;
}

/**
 * What is asked of a registry, over its Confluent API. One that has answered once is there: what it is slow to answer
 * after that is waited for, and asked again, as asking twice changes nothing.
 */
export class RegistryClient {
  private constructor(
    private readonly settings: RegistrySettings,
    readonly host: string,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  /** Rejects as `reachRegistry`. */
  static async reach(settings: RegistrySettings, logger: Pick<Logger, 'warn'>): Promise<RegistryClient> {
    await reachRegistry(settings);
    return new RegistryClient(settings, parsed(settings.url).host, logger);
  }

  /**
   * Whatever it answers, unless it is busy. Rejects with RegistryError where it goes away, or is silent for minutes.
   */
  async ask(method: string, path: string, body?: unknown): Promise<RegistryAnswer> {
    const began = nodeRuntime.now();
    for (let said = began; ; ) {
      const answer = await this.#once(method, path, body);
      if (answer !== null) return answer;
      const waitedMs = nodeRuntime.now() - began;
      if (waitedMs > kafkaLimits.registryPatienceMs) {
        const why = `the registry at ${this.host} is there, and has not answered ${method} ${path} for ${Math.round(waitedMs / 1_000)} s: see why it is slow`;
        throw new RegistryError(why);
      }
      if (nodeRuntime.now() - said >= kafkaLimits.tellWaitingMs) {
        said = nodeRuntime.now();
        this.logger.warn(
          { registry: this.host, asked: `${method} ${path}`, waitedMs },
          'the registry is slow: waiting',
        );
      }
      await sleep(nodeRuntime, kafkaLimits.registryRetryMs);
    }
  }

  /** Null where it is busy, or gave no answer in time. */
  async #once(method: string, path: string, body: unknown): Promise<RegistryAnswer | null> {
    const headers = { ...authorization(this.settings), 'content-type': 'application/vnd.schemaregistry.v1+json' };
    const signal = AbortSignal.timeout(kafkaLimits.registryAnswerMs);
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    try {
      const response = await fetch(urlOf(this.settings, path), { method, headers, signal, ...sent });
      const { status } = response;
      const text = await response.text();
      if (status === 429 || status >= 500) return null;
      if (status === 401 || status === 403) throw refusedCredentials(this.host);
      return { status, body: json(text) };
    } catch (error) {
      if (error instanceof RegistryError) throw error;
      // It may have gone meanwhile, which is told in other words.
      if (!signal.aborted) await reachRegistry(this.settings);
      return null;
    }
  }
}

/**
 * Rejects with RegistryError where there is no Confluent-compatible registry, or none for these credentials, within 5
 * s.
 */
export async function reachRegistry(settings: RegistrySettings): Promise<void> {
  const { host, username: embedded } = parsed(settings.url);
  if (embedded !== '') throw new RegistryError('the URL of --registry holds a user: give --registry-user instead');
  const signal = AbortSignal.timeout(kafkaLimits.reachRegistryMs);
  const headers = authorization(settings);
  const response = await fetch(urlOf(settings, '/subjects'), { headers, signal }).catch((cause: Error) => {
    const { code = cause.message } = (cause.cause ?? {}) as { code?: string };
    const why = `the registry at ${host} cannot be reached (${code}): check --registry, and that it runs`;
    throw new RegistryError(why, { cause });
  });
  await response.body?.cancel();
  if (response.status === 401 || response.status === 403) throw refusedCredentials(host);
  if (response.ok) return;
  const why = `what runs at ${host} answered ${response.status} to GET subjects: is --registry the URL of its Confluent API?`;
  throw new RegistryError(why);
}

function refusedCredentials(host: string): RegistryError {
  return new RegistryError(`the registry at ${host} refused the credentials: check --registry-user and its password`);
}

function authorization({ username, password }: RegistrySettings): Record<string, string> {
  if (username === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}` };
}

function urlOf({ url }: RegistrySettings, path: string): string {
  return `${url.replace(/\/$/, '')}${path}`;
}

function parsed(url: string): URL {
  if (URL.canParse(url)) return new URL(url);
  throw new RegistryError('--registry must be a URL, such as http://localhost:8081');
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
