import { createShardDecider, type Modules, type ShardDecider } from '@holdfast/core';
import { createCrayDecider, type KeyHashes } from '@holdfast/core/cray/index';
import { createPlacementDecider } from '@holdfast/core/placement/index';

/** Every module of this version. */
function modulesOf(keyHashes: KeyHashes) {
  return { cray: createCrayDecider({ keyHashes }), placement: createPlacementDecider() } satisfies Modules;
}

type AllModules = ReturnType<typeof modulesOf>;
export type ModuleName = keyof AllModules;
export type StateOf<Name extends ModuleName> = AllModules[Name]['initial'];

/** The decider of a shard with every module. Only to fold, no hashes of keys are needed: events hold them. */
export function createDecider(
  keyHashes: KeyHashes = () => ({ reservationKeyHash: '', deputyKeyHash: '' }),
): ShardDecider {
  return createShardDecider(modulesOf(keyHashes));
}
