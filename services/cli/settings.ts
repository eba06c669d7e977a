import { isIP } from 'node:net';
import { InvalidArgumentError, Option } from 'commander';
import type { ServiceSettings } from './service.js';
import { loadTokens } from './tokens.js';

/** Options of `serve` as given; each may also come from the environment variable that `--help` names. */
export interface ServeOptions {
  port: number;
  host: string;
  data: string;
  postgres?: string;
  tokens?: string;
  secretFile?: string;
  insecure?: boolean;
  role?: string[];
  subrole?: string[];
}

/** A setting that cannot be served with. The message says what to change. */
export class SettingsError extends Error {}

export const serveOptions: Option[] = [
  new Option('-p, --port <number>', 'port to listen on').default(28_800).env('HOLDFAST_PORT').argParser(port),
  new Option('--host <address>', 'address to listen on').default('127.0.0.1').env('HOLDFAST_HOST'),
  new Option('--data <directory>', 'where the log is kept; "memory" keeps nothing')
    .default('data')
    .env('HOLDFAST_DATA'),
  new Option('--postgres <url>', 'Postgres server for the read model, instead of the embedded one').env('DATABASE_URL'),
  new Option('--tokens <file>', 'JSON list of {"token","name","roles"} that callers must present').env(
    'HOLDFAST_TOKENS',
  ),
  new Option(
    '--secret-file <file>',
    'secret of the reservation keys, base64 (default: made in the data directory)',
  ).env('HOLDFAST_SECRET_FILE'),
  new Option('--insecure', 'listen beyond loopback without tokens').env('HOLDFAST_INSECURE'),
  new Option('--role <name...>', 'further values of Role').env('HOLDFAST_ROLES'),
  new Option('--subrole <name...>', 'further values of SubRole').env('HOLDFAST_SUBROLES'),
];

/** Checks the options against one another. Throws SettingsError. */
export async function serviceSettings(options: ServeOptions): Promise<ServiceSettings> {
  const { host, tokens: tokensFile, insecure = false } = options;
  const tokens = tokensFile === undefined ? [] : await loadTokens(tokensFile);
  if (!isLoopback(host) && tokens.length === 0 && !insecure) {
    throw new SettingsError(
      `--host ${host} can be reached by others: give --tokens FILE so that callers must say who they are, or --insecure to serve anybody`,
    );
  }
  return {
    port: options.port,
    host,
    data: options.data === 'memory' ? null : options.data,
    postgres: options.postgres ?? null,
    secretFile: options.secretFile ?? null,
    api: { tokens, roles: listed(options.role), subRoles: listed(options.subrole) },
  };
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** An environment variable gives one text, with commas. */
function listed(values: string[] | string | undefined): string[] {
  return (typeof values === 'string' ? values.split(',') : (values ?? [])).map((value) => value.trim());
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535) {
    throw new InvalidArgumentError('must be a whole number from 0 to 65535');
  }
  return value;
}
