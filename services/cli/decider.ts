import { createShardDecider, type ShardDecider } from '@holdfast/core';
import { createCrayDecider, type KeyHashes } from '@holdfast/core/cray/index';
import { createPlacementDecider } from '@holdfast/core/placement/index';

/** The decider of a shard with every module of this version. Only to fold, no hashes of keys are needed: events hold them. */
export function createDecider(
  keyHashes: KeyHashes = () => ({ reservationKeyHash: '', deputyKeyHash: '' }),
): ShardDecider {
  return createShardDecider({ cray: createCrayDecider({ keyHashes }), placement: createPlacementDecider() });
}
