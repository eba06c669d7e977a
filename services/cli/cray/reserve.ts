import { type Command, InvalidArgumentError } from 'commander';
import { ServerError } from '../client.js';
import { asChange, type ChangeOptions, type Failed, noteFailures, say } from '../commands/server.js';
import { counted, table } from '../tables.js';
import { changeSelected, isNone, modelOf, showFailures } from './change.js';
import { beginKeysFile, type ReservedKeys } from './keys-file.js';
import { asSelectedChange, changedSelection, noteNone, type SelectionOptions } from './selection.js';
import { byDeputyKeys, type FencedEntry, tokenCell } from './tokens.js';

interface ReserveOptions extends ChangeOptions {
  minutes?: number;
  admin?: boolean;
  flexible?: boolean;
  keysFile?: string;
}

interface ReserveAnswer {
  Success: (ReservedKeys & FencedEntry)[];
  Failure: Failed[];
}

/** `reserve`. */
export function addReserve(program: Command): void {
  asSelectedChange(asChange(program.command('reserve').description('reserve components, and print the keys')))
    .option('--minutes <number>', 'how long, unless renewed (default: until it is released)', minutes)
    .option('--admin', 'an administrator’s reservation, which never ends by itself')
    .option('--flexible', 'reserve what can be reserved; else it is all or nothing')
    .option('--keys-file <file>', 'write the keys to this new file, for its owner only, instead of printing them')
    .action((xnames: string[], options: ReserveOptions & SelectionOptions) => reserve(xnames, options));
}

async function reserve(xnames: string[], options: ReserveOptions & SelectionOptions): Promise<void> {
  const { admin = false, keysFile, json, all = false } = options;
  if (admin && options.minutes !== undefined)
    throw new ServerError('--minutes and --admin exclude each other', 'invalid');
  const duration = options.minutes === undefined ? {} : { ReservationDuration: options.minutes };
  const body = { ...changedSelection(xnames, options), ...duration, ProcessingModel: modelOf(options) };
  const write = keysFile === undefined ? null : await beginKeysFile(keysFile);
  let answer: ReserveAnswer;
  try {
    const path = admin ? '/v1/locks/reservations' : '/v1/locks/service/reservations';
    answer = (await changeSelected(options, path, body, byDeputyKeys)) as ReserveAnswer;
  } catch (error) {
    await write?.(null);
    throw error;
  }
  const { Success, Failure } = answer;
  await write?.(Success.length === 0 ? null : { kind: admin ? 'admin' : 'service', reservations: Success });
  noteFailures(Failure);
  if (isNone(answer)) noteNone(options);
  const shown = write === null ? Success : Success.map(({ ReservationKey: _, DeputyKey: __, ...rest }) => rest);
  if (json) {
    say(JSON.stringify({ ...answer, Success: shown }, null, 2));
    return;
  }
  say(`${counted(Success.length, 'component')} reserved`);
  if (Success.length > 0) say(write === null ? keysTable(Success) : writtenTable(Success, all));
  if (Success.length > 0 && write !== null) say(`The keys are in ${keysFile}.`);
  showFailures(Failure, all);
}

/** Never cut: nobody can ask for a key again. */
function keysTable(keys: ReserveAnswer['Success']): string {
  const rows = keys.map((one) => [
    one.ID,
    one.ReservationKey,
    one.DeputyKey,
    one.ExpirationTime ?? 'never',
    tokenCell(one.FencingToken),
  ]);
  return table(['COMPONENT', 'RESERVATION KEY', 'DEPUTY KEY', 'EXPIRES', 'TOKEN'], rows, true);
}

function writtenTable(keys: ReserveAnswer['Success'], all: boolean): string {
  return table(
    ['COMPONENT', 'EXPIRES', 'TOKEN'],
    keys.map((one) => [one.ID, one.ExpirationTime ?? 'never', tokenCell(one.FencingToken)]),
    all,
  );
}

export function minutes(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('must be a whole number of minutes, 1 or more');
  return value;
}
