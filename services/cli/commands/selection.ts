import type { Command } from 'commander';
import { ServerError } from '../client.js';

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
export type SelectionOptions = { [name in FilterName]?: string[] | boolean } & { fleet?: boolean };

/** `XNAME...` and the filters, of which a component must fit each one. */
export function withSelection(command: Command): Command {
  command.argument('[xname...]', 'components; one with ! before it is left out');
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

/** As the body has it; empty where nothing is selected, which means all. */
export function selectionBody(xnames: readonly string[], options: SelectionOptions): Record<string, unknown> {
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
    throw new ServerError('--fleet means every component: leave out it, or what else selects', 'invalid');
  }
  if (selects || options.fleet) return body;
  throw new ServerError(
    'nothing is selected: name components, give a filter, or --fleet for every component',
    'invalid',
  );
}
