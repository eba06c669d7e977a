import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@holdfast/log';
import { pino } from 'pino';
import { checkService } from '../check.js';
import { exitCodes } from '../exit-codes.js';
import { watchNpm } from '../npm-parent.js';
import { makePrivate } from '../private.js';
import { readSecretsAgain, warnOfExposed } from '../read-again.js';
import { type Service, type ServiceSettings, startService } from '../service.js';
import { type ServeOptions, secretFilesOf, serviceSettings } from '../settings.js';
import { SettingsError } from '../settings-error.js';
import { heedSignals, letGoOfTerminal } from '../signals.js';
import { loadTokens } from '../tokens.js';
import { defaultServer, say } from './server.js';

/** Between two lines that say what a start waits for. */
const tellMs = 2_000;
/** So long a stop waits for a service that is being opened: what it waits for, such as brokers, may never come. */
const openingMs = 5_000;
const levels = [...Object.keys(pino.levels.values), 'silent'];

/** `serve`: until a signal ends it. */
export async function serveForever(options: ServeOptions, fail: (error: unknown) => never): Promise<void> {
  const { logger, httpLog } = logs();
  if (options.check) {
    process.exitCode = await check(options);
    return;
  }
  const began = Date.now();
  const run = new Run(options, logger, fail);
  const settings: ServiceSettings = { ...(await serviceSettings(options)), httpLog, say };
  await keepPrivate(options, settings, logger);
  const service = await run.start(settings);
  if (service === null) return;
  say(greeting(service, settings, began).join('\n'));
}

/**
 * Tokens that cannot be read are told with all else that is wrong. Gives the exit code: for settings that cannot be
 * that of a start.
 */
async function check(options: ServeOptions): Promise<number> {
  const { tokens: file } = options;
  let problem: string | null = null;
  const settings = await serviceSettings(options, (each) =>
    loadTokens(each).catch((error: Error) => {
      problem = error.message;
      return [{ token: '', name: 'nobody', roles: [] }];
    }),
  );
  const count = problem === null ? settings.api.tokens.length : 0;
  const tokens = file === undefined ? null : { file, count, problem };
  const well = await checkService(settings, say, { tokens, secretFiles: secretFilesOf(options) });
  if (problem !== null) return exitCodes.usage;
  return well ? exitCodes.done : exitCodes.refused;
}

/** The log of this process: one object of JSON a line on stderr, as docs/operations.md has it. Throws SettingsError. */
function logs(): { logger: Logger; httpLog: NonNullable<ServiceSettings['httpLog']> } {
  const level = process.env.HOLDFAST_LOG_LEVEL || 'warn';
  if (!levels.includes(level)) {
    throw new SettingsError(`HOLDFAST_LOG_LEVEL ${level} is none of ${levels.join(', ')}`);
  }
  const stream = pino.destination(2);
  // What it goes to may be full, or closed.
  stream.on('error', () => {});
  const logger = pino({ level }, stream);
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message }) => logger.warn({ reason: message }, name));
  return { logger, httpLog: { level, stream } };
}

/** Before anything is read or made: what others could read before it was looked at they may have read. */
async function keepPrivate(options: ServeOptions, { data }: ServiceSettings, logger: Logger): Promise<void> {
  if (data !== null) {
    const { narrowed, left } = await makePrivate(data);
    if (narrowed > 0) {
      say(`${data} was open to other users: the modes of ${narrowed} files and directories now keep them out.`);
    }
    if (left !== null) logger.warn({ reason: left }, 'the data directory is open to other users');
  }
  for (const file of secretFilesOf(options)) await warnOfExposed(file, logger);
}

/** A service from its first moment to its end. */
class Run {
  #stopping = false;
  #reading: NodeJS.Timeout | undefined;
  #starting: Promise<Service | null> = Promise.resolve(null);
  /** One reading of tokens and other secrets after the other: the last one counts. */
  #secretsRead = Promise.resolve();

  constructor(
    private readonly options: ServeOptions,
    private readonly logger: Logger,
    fail: (error: unknown) => never,
  ) {
    heedSignals({
      stop: (why) => void this.#stop(why).catch(fail),
      insist: () => {
        say('Asked again: ending at once.');
        process.exit(1);
      },
      hangUp: () => this.#hangUp(),
    });
    watchNpm((npm) => {
      const reason = `npm (process ${npm}), which started this, has ended without a word to it`;
      logger.warn({ reason }, 'the service stops');
      void this.#stop(`${reason}. `).catch(fail);
    });
  }

  /** Resolves once it is ready; with null where it was told to stop before. */
  async start(settings: ServiceSettings): Promise<Service | null> {
    const starting = startService(settings, this.logger);
    this.#starting = starting.catch(() => null);
    try {
      const service = await starting;
      this.#reading = setInterval(() => say(`Not ready yet: ${service.progress()}`), tellMs);
      await service.ready;
      return this.#stopping ? null : service;
    } catch (error) {
      // A start that was told to stop has not failed.
      if (this.#stopping) return null;
      throw error;
    } finally {
      clearInterval(this.#reading);
    }
  }

  async #stop(why: string): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    clearInterval(this.#reading);
    say(`${why}Stopping.`);
    const service = await Promise.race([this.#starting, sleep(openingMs, null)]);
    await service?.close();
    letGoOfTerminal();
    process.exit(0);
  }

  #hangUp(): void {
    const { options, logger } = this;
    const service = this.#starting;
    this.#secretsRead = this.#secretsRead.then(() => readSecretsAgain(options, { service, logger, say }));
  }
}

function greeting(service: Service, { roles, kafka, data, api }: ServiceSettings, began: number): string[] {
  const seconds = ((Date.now() - began) / 1_000).toFixed(1);
  if (!roles.includes('api')) {
    return [`The ${roles.join(', ')} is serving at ${service.url} (/livez, /readyz; ready in ${seconds} s).`];
  }
  const { hosts, tokens } = api;
  const log =
    kafka === null ? `Data: ${data ?? 'in memory, gone when this stops'}` : `Log: Kafka at ${kafka.brokers.join(',')}`;
  // The other commands look for it at the usual place.
  const at = service.url === defaultServer ? '' : ` --server ${service.url}`;
  return [
    `Holdfast is serving at ${service.url} (ready in ${seconds} s).`,
    `  What is served, and where: ${service.url}/      Try it in a browser: ${service.url}/docs`,
    ...(hosts
      ? [`  It answers to addresses, localhost and ${hosts.join(', ')}; to other names with --allow-host NAME.`]
      : []),
    ...(tokens.length > 0 ? [`  Callers show one of ${tokens.length} tokens; SIGHUP reads them again.`] : []),
    `  ${log}. Load a fleet: npx holdfast import FILE${at}`,
  ];
}
