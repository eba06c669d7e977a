import { type Command, Option } from 'commander';
import { ServerError } from '../client.js';
import {
  asChange,
  type ChangeOptions,
  change,
  clientOf,
  type Failed,
  noteFailures,
  read,
  type ServerOptions,
  say,
  toServer,
} from '../commands/server.js';
import { counted, table } from '../tables.js';
import { modelOf, showChanged, showFailures } from './change.js';
import { requireXname } from './import.js';
import { readKeysFile } from './keys-file.js';
import { minutes } from './reserve.js';
import { byDeputyKeys, byPosition, type FencedEntry, fenced, tokenCell } from './tokens.js';

interface KeyOptions {
  keysFile?: string;
  json?: boolean;
  all?: boolean;
  flexible?: boolean;
  admin?: boolean;
  minutes?: number;
}

type ShownKey = { ID: string; Key: string };

const keysArgument = ['[xname=key...]', 'components and their keys'] as const;
const fromFile = () => new Option('--keys-file <file>', 'keys that reserve wrote, instead of naming them');

/** `renew`, `release` and `check`: what is done with keys. */
export function addKeyCommands(program: Command): void {
  asChange(program.command('renew').description('renew reservations by their keys'))
    .argument(...keysArgument)
    .addOption(fromFile())
    .option('--minutes <number>', 'from now on (default: as long as before)', minutes)
    .option('--flexible', 'renew what can be renewed; else it is all or nothing')
    .action(async (pairs: string[], options: ChangeOptions & KeyOptions) => {
      const { keys } = await keysOf(pairs, options, 'ReservationKey');
      const duration = options.minutes === undefined ? {} : { ReservationDuration: options.minutes };
      const body = { ReservationKeys: keys, ...duration, ProcessingModel: modelOf(options) };
      const path = '/v1/locks/service/reservations/renew';
      showChanged(
        (await change(options, path, body, clientOf(options), fenced(byPosition))) as never,
        'renewed',
        options,
      );
    });
  asChange(program.command('release').description('release reservations by their keys'))
    .argument(...keysArgument)
    .addOption(fromFile())
    .option('--admin', 'the keys are of an administrator’s reservations (a keys file says so itself)')
    .option('--flexible', 'release what can be released; else it is all or nothing')
    .action(async (pairs: string[], options: ChangeOptions & KeyOptions) => {
      const { keys, admin } = await keysOf(pairs, options, 'ReservationKey');
      const path = admin ? '/v1/locks/reservations/release' : '/v1/locks/service/reservations/release';
      const body = { ReservationKeys: keys, ProcessingModel: modelOf(options) };
      showChanged((await change(options, path, body, clientOf(options), fenced())) as never, 'released', options);
    });
  toServer(program.command('check').description('check that reservations stand, by their deputy keys'))
    .argument(...keysArgument)
    .addOption(fromFile())
    .option('--json', 'print the answer as JSON')
    .option('--all', 'print every row of a long list')
    .action(check);
}

async function check(pairs: string[], options: ServerOptions & KeyOptions): Promise<void> {
  const { keys } = await keysOf(pairs, options, 'DeputyKey');
  const answer = (await read(
    options,
    '/v1/locks/service/reservations/check',
    { DeputyKeys: keys },
    fenced(byDeputyKeys),
  )) as {
    Success: ({ ID: string; ExpirationTime?: string } & FencedEntry)[];
    Failure: Failed[];
  };
  noteFailures(answer.Failure);
  if (options.json) {
    say(JSON.stringify(answer, null, 2));
    return;
  }
  say(`${counted(answer.Success.length, 'reservation')} valid`);
  const rows = answer.Success.map(({ ID, ExpirationTime, FencingToken }) => [
    ID,
    ExpirationTime ?? 'never',
    tokenCell(FencingToken),
  ]);
  if (rows.length > 0) say(table(['COMPONENT', 'EXPIRES', 'TOKEN'], rows, options.all ?? false));
  showFailures(answer.Failure, options.all ?? false);
}

/** The keys that were named, or those of a file. Throws ServerError, which shows no key. */
async function keysOf(
  pairs: string[],
  { keysFile, admin = false }: KeyOptions,
  kind: 'ReservationKey' | 'DeputyKey',
): Promise<{ keys: ShownKey[]; admin: boolean }> {
  if ((keysFile === undefined) === (pairs.length === 0)) {
    throw new ServerError('give either XNAME=KEY, as often as needed, or --keys-file FILE', 'invalid');
  }
  if (keysFile === undefined) return { keys: pairs.map(pair), admin };
  const file = await readKeysFile(keysFile);
  return { keys: file.reservations.map((one) => ({ ID: one.ID, Key: one[kind] })), admin: file.kind === 'admin' };
}

function pair(text: string, n: number): ShownKey {
  const at = text.indexOf('=');
  if (at <= 0) throw new ServerError(`argument ${n + 1} is not of the form XNAME=KEY`, 'invalid');
  requireXname(`argument ${n + 1}`, text.slice(0, at));
  return { ID: text.slice(0, at), Key: text.slice(at + 1) };
}
