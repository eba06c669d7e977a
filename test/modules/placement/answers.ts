import type { Present } from '@holdfast/projections';

/** All that the read model has. */
export async function placementAnswers({ placement }: Present): Promise<unknown[][]> {
  const providers = await placement.providers({});
  const inventories = await Promise.all(providers.map(({ uuid }) => placement.inventories(uuid)));
  const { custom } = await placement.traits({ associated: false });
  return [providers, inventories, await placement.resourceClasses(), custom];
}

/** By these something goes. */
export const placementEnding = [
  'placement.ProviderDeleted',
  'placement.ConsumerDeleted',
  'placement.ResourceClassDeleted',
  'placement.TraitDeleted',
] as const;
