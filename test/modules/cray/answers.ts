import type { Present } from '@holdfast/projections';

/** All that the read model has. */
export async function crayAnswers({ cray }: Present): Promise<unknown[][]> {
  const { components } = await cray.status({ ids: [], criteria: [] });
  const collections = [...(await cray.collections('group')), ...(await cray.collections('partition'))];
  return [components, await cray.components(null), collections];
}

/** By these something goes. */
export const crayEnding = [
  'cray.ComponentDeleted',
  'cray.CollectionDeleted',
  'cray.ReservationExpired',
  'cray.ReservationReleased',
  'cray.ReservationRemoved',
] as const;
