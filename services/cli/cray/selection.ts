import type { Command } from 'commander';
import { type Client, ServerError } from '../client.js';
import { complain } from '../commands/server.js';
import { exitCodes } from '../exit-codes.js';
import { requireXname } from './import.js';

/** Filters by value, and those that are true or false: option and field of the body. */
const filters = {
  type: 'Type',
  state: 'State',
  flag: 'Flag',
  role: 'Role',
  subrole: 'SubRole',
  nid: 'NID',
  softwareStatus: 'SoftwareStatus',
  subtype: 'Subtype',
  arch: 'Arch',
  class: 'Class',
  group: 'Group',
  partition: 'Partition',
} as const;
const truths = { enabled: 'Enabled', locked: 'Locked', reserved: 'Reserved', disabled: 'ReservationDisabled' } as const;

type FilterName = keyof typeof filters | keyof typeof truths;
export type SelectionOptions = { [name in FilterName]?: string[] | boolean } & { fleet?: boolean; allowNone?: boolean };

/** `XNAME...`, and what it is. */
export const xnamesArgument = ['[xname...]', 'components; one with ! before it is left out'] as const;

/** The argument, and the filters, of which a component must fit each one. */
export function withSelection(command: Command): Command {
  return withFilters(command.argument(...xnamesArgument));
}

export function withFilters(command: Command): Command {
  const collect = (value: string, values: string[] = []) => [...values, value];
  for (const [name, field] of Object.entries(filters)) {
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    command.option(
      `--${flag} <value>`,
      `components by ${field}; may be repeated, and ! before a value negates it`,
      collect,
    );
  }
  for (const [name, field] of Object.entries(truths)) {
    command.option(`--${name}`, `components by ${field}`).option(`--no-${name}`, 'and the others');
  }
  return command;
}

/** Gives a command that changes what is selected the options that say so. */
export function asSelectedChange(command: Command): Command {
  return withSelection(command)
    .option('--fleet', 'every component')
    .option('--allow-none', 'end with 0 where no component fits, which else ends with 1');
}

/** As the body has it; empty where nothing is selected, which means all. Throws ServerError where an xname is none. */
export function selectionBody(xnames: readonly string[], options: SelectionOptions): Record<string, unknown> {
  // The server says that one is wrong, and not which.
  for (const xname of xnames) requireXname('argument', xname.replace(/^!/, ''));
  const body: Record<string, unknown> = xnames.length > 0 ? { ComponentIDs: xnames } : {};
  for (const [name, field] of Object.entries({ ...filters, ...truths })) {
    const values = options[name as FilterName];
    if (values !== undefined) body[field] = typeof values === 'boolean' ? [String(values)] : values;
  }
  return body;
}

/** As selectionBody, but throws ServerError where neither a selection nor `--fleet` was given, or both. */
export function changedSelection(xnames: readonly string[], options: SelectionOptions): Record<string, unknown> {
  const body = selectionBody(xnames, options);
  const selects = Object.keys(body).length > 0;
  if (selects && options.fleet) {
    throw new ServerError('--fleet means every component: leave it out, or what else selects', 'invalid');
  }
  if (selects || options.fleet) return body;
  throw new ServerError(
    'nothing is selected: name components, give a filter, or --fleet for every component',
    'invalid',
  );
}

/** Kinds of collections that a filter may name, and where the inventory lists them. */
const collections = [
  { kind: 'group', path: '/hsm/v2/groups', nameOf: ({ label }: { label?: string }) => label },
  { kind: 'partition', path: '/hsm/v2/partitions', nameOf: ({ name }: { name?: string }) => name },
] as const;

/**
 * Throws ServerError that names a group or partition which does not exist: nothing fits it, and with `!` before it
 * everything does. Asks the inventory only where a filter names one; an inventory that does not answer, or to others
 * only, says nothing.
 */
export async function requireCollections(client: Client, options: Pick<SelectionOptions, 'group' | 'partition'>) {
  for (const { kind, path, nameOf } of collections) {
    const names = ([options[kind] ?? []].flat() as string[]).map((name) => name.replace(/^!/, ''));
    if (names.length === 0) continue;
    const { status, body } = await client.call('GET', path, undefined, { retries: 5 });
    if (status !== 200 || !Array.isArray(body)) continue;
    const known = new Set((body as { label?: string; name?: string }[]).map((one) => nameOf(one)?.toLowerCase()));
    const unknown = names.find((name) => !known.has(name.toLowerCase()));
    if (unknown !== undefined) throw new ServerError(`there is no ${kind} ${unknown}`, 'refused');
  }
}

/** Says that nothing was selected, and that scripts must not go on as if it were done; unless they mean it. */
export function noteNone({ allowNone, fleet }: SelectionOptions): void {
  const why = fleet ? ': the inventory has none (holdfast import FILE)' : '';
  complain(`no component fits${why}`);
  if (!allowNone) process.exitCode = exitCodes.refused;
}
