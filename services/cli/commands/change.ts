import type { Command } from 'commander';
import { counted, paint, table } from '../tables.js';
import {
  asSelectedChange,
  changedSelection,
  noteNone,
  requireCollections,
  type SelectionOptions,
} from './selection.js';
import { asChange, type ChangeOptions, change, clientOf, type Failed, noteFailures, say } from './server.js';

interface Changed {
  Success: { ComponentIDs: string[] };
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
    command.action(async (xnames: string[], options: ChangeOptions & SelectionOptions & { flexible?: boolean }) => {
      const body = { ...changedSelection(xnames, options), ProcessingModel: modelOf(options) };
      const answer = (await changeSelected(options, path, body)) as Changed;
      showChanged(answer, done, options);
      if (isNone(answer)) noteNone(options);
    });
  }
}

/** As `change`, but nothing is sent where a group or partition is named that does not exist, unless that is meant. */
export async function changeSelected(
  options: ChangeOptions & SelectionOptions,
  path: string,
  body: unknown,
): Promise<unknown> {
  const client = clientOf(options);
  // What is asked again gets the answer that it got, whatever was deleted since.
  if (!options.allowNone && options.idempotencyKey === undefined) await requireCollections(client, options);
  return change(options, path, body, client);
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
export function showChanged(answer: Changed, done: string, { json, all = false }: ChangeOptions): void {
  const { Success, Failure } = answer;
  noteFailures(Failure);
  if (json) {
    say(JSON.stringify(answer, null, 2));
    return;
  }
  const ids = Success.ComponentIDs;
  say(`${counted(ids.length, 'component')} ${done}`);
  if (ids.length > 0)
    say(
      table(
        ['COMPONENT'],
        ids.map((id) => [id]),
        all,
      ),
    );
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
