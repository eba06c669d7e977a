import type { HolderFilter } from '@holdfast/api/audit/module';
import { Command, Option } from 'commander';
import type { CliAudit } from '../module.js';
import { cliModules } from '../modules.js';

/* Options of `holders` and `at` that come from modules: of all of them, on one command. */

const [first] = cliModules;

export function moduleOf(wanted: string) {
  return cliModules.find(({ name }) => name === wanted)!;
}

type PastFilters = ReturnType<CliAudit['past']['filtersIn']>;

/**
 * Adds the options by which modules filter the past. Gives what was given of them, by parameter: of an option that
 * several have, what it is to the module that is asked about; those of others alone are for the server to refuse.
 */
export function addPastFilters(at: Command): (options: { module: string }) => PastFilters {
  const add = optionAdder(at);
  const keys = new Map<string, Set<string>>();
  for (const { name, audit } of cliModules) {
    const { options } = audit.past.withFilters(new Command());
    for (const option of options) {
      if (name !== first.name) option.description = `with --module ${name}: ${option.description}`;
      add(option, name);
    }
    keys.set(name, new Set(options.map((option) => option.attributeName())));
  }
  return (given) => {
    const asked = moduleOf(given.module);
    const [own, taken] = [keys.get(asked.name)!, Object.entries(given)];
    const ofOthers = cliModules.map(({ name, audit }) => {
      const theirs = taken.filter(([key]) => keys.get(name)!.has(key) && !own.has(key));
      return audit.past.filtersIn(Object.fromEntries(theirs));
    });
    const filters = asked.audit.past.filtersIn(Object.fromEntries(taken.filter(([key]) => own.has(key))));
    return Object.assign({}, ...ofOthers, filters);
  };
}

/**
 * Adds options of modules to a command. One that several have is there once, with what each says of it. Throws where it
 * is not taken in one way by all of them: whoever gives it would have to know whose it is.
 */
function optionAdder(command: Command): (option: Option, module: string) => void {
  const added = new Map<string, { option: Option; module: string }>();
  return (option, module) => {
    const known = added.get(option.long!);
    if (known === undefined) {
      command.addOption(option);
      added.set(option.long!, { option, module });
      return;
    }
    const [one, other] = [known.option, option].map(({ flags, parseArg }) => `${flags} ${parseArg !== undefined}`);
    if (one !== other) {
      throw new Error(`--module ${known.module} and --module ${module} have ${option.long} in two forms`);
    }
    known.option.description += `; ${option.description}`;
  };
}

export const filtersOf = ({ holders }: CliAudit) => [...holders.things, ...holders.ways];

/**
 * Adds the options of filters to a command. One that several modules have is there once, with what each says of it.
 * Throws where two modules have filters of one name by different options: it could not be told which is meant.
 */
export function filterAdder(command: Command): (filter: HolderFilter, when?: string) => void {
  const added = new Map<string, Option>();
  const byName = new Map<string, string>();
  return ({ name, option: { flags, description } }, when = '') => {
    const option = new Option(flags, when + description);
    const key = option.attributeName();
    if ((byName.get(name) ?? key) !== key) throw new Error(`two modules have a filter ${name}, by different options`);
    byName.set(name, key);
    const known = added.get(key);
    if (known !== undefined) known.description += `; ${option.description}`;
    else command.addOption(option);
    added.set(key, known ?? option);
  };
}

/**
 * What was given, by the names of filters: first those of the module that is asked about. Those of others are for the
 * server to refuse.
 */
export function filtersIn(given: object, asked: CliAudit): Readonly<Record<string, string>> {
  const filters: Record<string, string> = {};
  const taken = new Set<string>();
  for (const { name, option } of [asked, ...cliModules.map(({ audit }) => audit)].flatMap(filtersOf)) {
    const key = new Option(option.flags).attributeName();
    const value = (given as Readonly<Record<string, string | undefined>>)[key];
    if (value === undefined || taken.has(key)) continue;
    filters[name] = value;
    taken.add(key);
  }
  return filters;
}
