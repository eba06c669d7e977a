import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { type CallOptions, Client, type ClientOptions, type ServerAnswer, ServerError } from '../client.js';
import { exitCodeHelp, exitCodes } from '../exit-codes.js';
import { whyFile } from '../files.js';

/** What every command that talks to a server has. */
export interface ServerOptions {
  server: string;
  token?: string;
  cacert?: string;
}

/** What every command that changes something has. */
export interface ChangeOptions extends ServerOptions {
  actor?: string;
  reason?: string;
  idempotencyKey?: string;
  json?: boolean;
  all?: boolean;
}

/** Where `serve` listens unless told otherwise. */
export const defaultServer = 'http://127.0.0.1:28800';
/** Retries of a request, about 8 s in all where the server does not ask for more. */
const retries = 5;

export const say = (text: string) => process.stdout.write(`${text}\n`);
export const complain = (text: string) => process.stderr.write(`holdfast: ${text}\n`);

export function toServer(command: Command): Command {
  return command
    .addOption(new Option('--server <url>', 'where Holdfast is served').env('HOLDFAST_SERVER').default(defaultServer))
    .option('--token <token>', 'bearer token (better: HOLDFAST_TOKEN, which others cannot see)')
    .addOption(
      new Option(
        '--cacert <file>',
        'certificates that the server’s is signed with, instead of those of the system',
      ).env('HOLDFAST_CACERT'),
    )
    .addHelpText('after', exitCodeHelp);
}

export function asChange(command: Command): Command {
  return toServer(command)
    .option('--actor <name>', 'who asks, for the record, where there are no tokens (a token says it itself)')
    .option('--reason <text>', 'why, for the record')
    .option('--idempotency-key <uuid>', 'of a request that is sent again (default: a new one)')
    .option('--json', 'print the answer as JSON')
    .option('--all', 'print every row of a long list');
}

/** Throws ServerError `invalid` for what no request can be sent with. */
export function clientOf(options: ServerOptions, more: ClientOptions = {}): Client {
  const { server, cacert } = options;
  const ca = cacert === undefined ? {} : { ca: certificatesIn('--cacert', 'HOLDFAST_CACERT', cacert) };
  return new Client(server, tokenOf(options), { ...more, ...ca });
}

/** Null where there is none. */
function tokenOf({ token = process.env.HOLDFAST_TOKEN }: ServerOptions): string | null {
  return token || null;
}

/** Of a file that an option or a variable names. Throws ServerError `invalid`. */
export function certificatesIn(option: string, variable: string, file: string): string {
  const name = `${option} ${file} (${variable})`;
  const text = readFileNamed(name, file);
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new ServerError(`${name} holds no certificate: it must be PEM, with BEGIN CERTIFICATE`, 'invalid');
}

function readFileNamed(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ServerError(`${name} cannot be read: ${whyFile(error)}`, 'invalid');
  }
}

/** What of an answer is shown: a module may have to ask for more. */
export type BodyOf = (answer: ServerAnswer, client: Client) => unknown;

/** Sends a read, again where nobody answers. Throws ServerError. */
export async function read(options: ServerOptions, path: string, body: unknown, bodyOf: BodyOf): Promise<unknown> {
  const client = clientOf(options);
  return bodyOf(await client.whole('POST', path, body, { retries }), client);
}

/** As read, of what has a path of its own. */
export function get(options: ServerOptions, path: string): Promise<unknown> {
  return clientOf(options).done('GET', path, undefined, { retries });
}

/** Whether there is something that the caller may see. Throws ServerError where that is not said. */
export async function isThere(options: ServerOptions, path: string): Promise<boolean> {
  const client = clientOf(options);
  const { status } = await client.call('GET', path, undefined, { retries });
  if (status === 403 || status === 404) return false;
  // Asked once more for what its failure says.
  if (status >= 300) await client.done('GET', path, undefined, { retries });
  return true;
}

/** Sends a change under an idempotency key, so that a retry cannot do it twice. Throws ServerError. */
export async function change(
  options: ChangeOptions,
  path: string,
  body: unknown,
  client: Client = clientOf(options),
  bodyOf: BodyOf = ({ body: answered }) => answered,
): Promise<unknown> {
  const { idempotencyKey = randomUUID() } = options;
  const call: CallOptions = { retries, headers: { ...headersOf(options), 'idempotency-key': idempotencyKey } };
  try {
    const answer = await client.whole('POST', path, body, call);
    const replayed = options.idempotencyKey !== undefined && answer.headers.get('idempotent-replayed') === 'true';
    if (replayed) complain('this answer was given before, under this key: what it says may have ended since');
    return await bodyOf(answer, client);
  } catch (error) {
    if (!(error instanceof ServerError) || error.code !== 'unreachable') throw error;
    if (error.unsent)
      throw new ServerError(`${error.message}\nNothing was sent.`, 'unreachable', { cause: error, unsent: true });
    const advice = `It is not known whether this was done. To learn it, give the same command again with --idempotency-key ${idempotencyKey}`;
    throw new ServerError(`${error.message}\n${advice}`, 'unreachable', { cause: error });
  }
}

function headersOf({ actor, reason, ...options }: ChangeOptions): Record<string, string> {
  if (actor !== undefined && tokenOf(options) !== null) {
    const why = 'the token says who asks: leave out --actor, or the token (HOLDFAST_TOKEN, --token)';
    throw new ServerError(`--actor ${actor} beside a token: ${why}`, 'invalid');
  }
  return {
    ...(actor === undefined ? {} : { 'x-actor': headerText('--actor', actor) }),
    ...(reason === undefined ? {} : { 'x-reason': headerText('--reason', reason) }),
  };
}

/** A header's bytes are the text's in UTF-8, as curl sends them. Throws ServerError. */
function headerText(name: string, text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what no header may hold.
  if (/[\0-\x1f\x7f]/.test(text))
    throw new ServerError(`${name} must be one line without control characters`, 'invalid');
  return Buffer.from(text, 'utf8').toString('latin1');
}

export interface Failed {
  ID: string;
  Reason: string;
}

/** Sets the exit code of a request that was refused, wholly or in part. */
export function noteFailures(failures: readonly unknown[]): void {
  if (failures.length > 0) process.exitCode = exitCodes.refused;
}
