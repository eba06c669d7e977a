import type { Logger } from '@holdfast/log';
import type { CliModule } from './module.js';
import { cliModules } from './modules.js';
import { exposedSecret } from './private.js';
import type { Service } from './service.js';
import type { ServeOptions } from './settings.js';
import { loadTokens } from './tokens.js';

/** Who is told what was read again, and what came of it. */
export interface ReadAgain {
  /** Null where the start was given up. */
  service: Promise<Pick<Service, 'replaceTokens' | 'replaceModuleSettings'> | null>;
  logger: Logger;
  say(sentence: string): void;
}

/**
 * What SIGHUP asks for: the tokens, and settings of modules that name files with secrets, each for itself. Of what
 * cannot be read, that from before goes on counting.
 */
export async function readSecretsAgain(options: ServeOptions, told: ReadAgain): Promise<void> {
  const { tokens } = options;
  const modules = cliModules.filter(({ settings }) => settings.secretFiles(options).length > 0);
  if (tokens === undefined && modules.length === 0) {
    return told.say('SIGHUP: there are no tokens to read again (--tokens); nothing changed.');
  }
  if (tokens !== undefined) await readTokens(tokens, told);
  for (const module of modules) await readSettings(module, options, told);
}

async function readTokens(file: string, { service, logger, say }: ReadAgain): Promise<void> {
  try {
    const tokens = await loadTokens(file);
    (await service)?.replaceTokens(tokens);
    logger.info({ file, tokens: tokens.length }, 'the tokens were read again');
    say(`SIGHUP: ${file} was read again, and its ${tokens.length} tokens count from now on, no others.`);
    await warnOfExposed(file, logger);
  } catch (error) {
    const { message: reason } = error as Error;
    logger.error({ file, reason }, 'the tokens were not read again: those from before go on counting');
  }
}

async function readSettings(
  { name, settings }: Pick<CliModule<never>, 'name' | 'settings'>,
  options: ServeOptions,
  { service, logger, say }: ReadAgain,
): Promise<void> {
  const files = settings.secretFiles(options);
  try {
    const read = settings.read(options);
    (await service)?.replaceModuleSettings(name, read);
    logger.info({ files }, 'settings with secrets were read again');
    say(`SIGHUP: ${files.join(', ')} (${name}) was read again, and what is in it counts from now on, nothing else.`);
    for (const file of files) await warnOfExposed(file, logger);
  } catch (error) {
    const { message: reason } = error as Error;
    logger.error({ files, reason }, 'settings with secrets were not read again: those from before go on counting');
  }
}

/** Others may have got at it since the start. */
export async function warnOfExposed(file: string, logger: Logger): Promise<void> {
  const reason = await exposedSecret(file);
  if (reason !== null) logger.warn({ reason }, 'a secret is open to other users');
}
