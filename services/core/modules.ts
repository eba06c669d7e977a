import type { Givens } from '@holdfast/events';
import { crayModule } from './cray/module.js';
import { domainOf } from './domains.js';
import type { CoreModule } from './module.js';
import { placementModule } from './placement/module.js';
import { createShardDecider, type ShardDecider } from './shard.js';
import type { Modules, ShardState } from './shard-state.js';

/** Every module of this version: a line each. */
export const coreModules = [crayModule, placementModule] as const;

type Each = (typeof coreModules)[number];
type ModuleName = Each['name'];
type StateOf<Name extends ModuleName> = ReturnType<Extract<Each, { name: Name }>['decider']>['initial'];

// biome-ignore lint/suspicious/noExplicitAny: each is given what its own message set makes for it, and its own state.
const all: readonly CoreModule<any, any, any, any>[] = coreModules;

/** What a new shard with every module is opened with. SPEC rule 1. */
export const domains: readonly string[] = all.map(({ name }) => domainOf(name));

/** The deciders of all modules. Throws where one is given nothing, not even null. */
export function modulesWith(givens: Givens): Modules {
  const made = all.map(({ name, since, decider }) => {
    if (!Object.hasOwn(givens, name)) throw new Error(`the module ${name} has no messages`);
    return [name, { ...decider(givens[name]), since }] as const;
  });
  return Object.fromEntries(made);
}

/** The decider of a shard with every module. */
export function createDecider(givens: Givens): ShardDecider {
  return createShardDecider(modulesWith(givens));
}

/** What a shard holds of a module: where it is one of many, of a type that only the module knows. */
export function stateOf<Name extends string>({ states }: Pick<ShardState, 'states'>, name: Name): StateIn<Name> {
  return states[domainOf(name)] as StateIn<Name>;
}
type StateIn<Name extends string> = Name extends ModuleName ? StateOf<Name> : unknown;

/** How many holds there are of each module. */
export function leasesOf(state: Pick<ShardState, 'states'>): [module: string, count: number][] {
  return all.map(({ name, leases }) => [name, leases(stateOf(state, name))]);
}
