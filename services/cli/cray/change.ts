import type { Command } from 'commander';
import { ServerError } from '../client.js';
import { asChange, type ChangeOptions, change, clientOf, type Failed, noteFailures, say } from '../commands/server.js';
import { counted, paint, table } from '../tables.js';
import {
  asSelectedChange,
  changedSelection,
  noteNone,
  requireCollections,
  type SelectionOptions,
  selectionBody,
} from './selection.js';
import { type AskTokens, fenced, tokenCell } from './tokens.js';

interface ChangeAnswer {
  Success: { ComponentIDs: string[]; FencingToken?: (number | null)[] };
  Failure: Failed[];
}

const operations = [
  {
    name: 'lock',
    path: '/v1/locks/lock',
    done: 'locked',
    what: 'lock components',
  },
  { name: 'unlock', path: '/v1/locks/unlock', done: 'unlocked', what: 'lift the locks of components' },
  {
    name: 'disable',
    path: '/v1/locks/disable',
    done: 'disabled',
    what: 'disable reservations of components, ending those they have',
  },
  {
    name: 'repair',
    path: '/v1/locks/repair',
    done: 'repaired',
    what: 'allow reservations of disabled components again',
  },
  {
    name: 'remove',
    path: '/v1/locks/reservations/remove',
    done: 'freed',
    what: 'remove reservations without their keys',
  },
] as const;

/** `lock`, `unlock`, `disable`, `repair`, `remove`. */
export function addChanges(program: Command): void {
  for (const { name, path, done, what } of operations) {
    const command = asSelectedChange(asChange(program.command(name).description(what))).option(
      '--flexible',
      'do what can be done; else it is all or nothing',
    );
    if (name === 'remove')
      command.option('--reservation <id>', 'only this reservation; alone, wherever it is (holders shows it)');
    command.action(async (xnames: string[], options: RemoveOptions) => {
      const body = { ...selectionOf(xnames, options), ProcessingModel: modelOf(options) };
      const answer = (await changeSelected(options, path, body)) as ChangeAnswer;
      showChanged(answer, done, options);
      if (isNone(answer)) noteNone(options);
    });
  }
}

type RemoveOptions = ChangeOptions & SelectionOptions & { flexible?: boolean; reservation?: string };

/** A reservation that is named selects the components that have it. */
function selectionOf(xnames: string[], options: RemoveOptions): Record<string, unknown> {
  const { reservation } = options;
  if (reservation === undefined) return changedSelection(xnames, options);
  if (options.fleet) throw new ServerError('--fleet and --reservation exclude each other', 'invalid');
  return { ...selectionBody(xnames, options), ReservationID: reservation };
}

/** As `change`, but nothing is sent where a group or partition is named that does not exist, unless that is meant. */
export async function changeSelected(
  options: ChangeOptions & SelectionOptions,
  path: string,
  body: unknown,
  tokens: AskTokens | null = null,
): Promise<unknown> {
  const client = clientOf(options);
  // What is asked again gets the answer that it got, whatever was deleted since.
  if (!options.allowNone && options.idempotencyKey === undefined) await requireCollections(client, options);
  return change(options, path, body, client, fenced(tokens));
}

/** Nothing was addressed. */
export function isNone({ Success, Failure }: { Success: { ComponentIDs: string[] } | unknown[]; Failure: unknown[] }) {
  const done = Array.isArray(Success) ? Success : Success.ComponentIDs;
  return done.length + Failure.length === 0;
}

export function modelOf({ flexible }: { flexible?: boolean }): 'flexible' | 'rigid' {
  return flexible ? 'flexible' : 'rigid';
}

/** Counts, and lists of what was done and what was refused. */
export function showChanged(answer: ChangeAnswer, done: string, { json, all = false }: ChangeOptions): void {
  const { Success, Failure } = answer;
  noteFailures(Failure);
  if (json) {
    say(JSON.stringify(answer, null, 2));
    return;
  }
  const { ComponentIDs: ids, FencingToken: tokens } = Success;
  say(`${counted(ids.length, 'component')} ${done}`);
  const rows = ids.map((id, n) => (tokens === undefined ? [id] : [id, tokenCell(tokens[n])]));
  if (ids.length > 0) say(table(tokens === undefined ? ['COMPONENT'] : ['COMPONENT', 'TOKEN'], rows, all));
  showFailures(Failure, all);
}

export function showFailures(failures: readonly Failed[], all: boolean): void {
  if (failures.length === 0) return;
  say(paint('red', `${counted(failures.length, 'component')} refused`));
  say(
    table(
      ['COMPONENT', 'REASON'],
      failures.map(({ ID, Reason }) => [ID, Reason]),
      all,
    ),
  );
}
