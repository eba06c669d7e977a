import { bodyLimits } from '../body-limits.js';
import type { OperationLimits } from '../module.js';

/** The ones that the document repeats are compared with it by a test. */
export const placementLimits = {
  /** Consumers in one request, providers of one consumer, and classes of one provider. */
  consumersMax: 1_000,
  providersMax: 1_000,
  classesMax: 1_000,
  /** Amounts of resources in one request, over all of its consumers and providers. */
  amountsMax: 10_000,
  /** Characters of a provider's name. */
  nameLengthMax: 200,
  /** Characters of the id of a project or a user, and of the name of a class, a trait or a type of consumer. */
  idLengthMax: 255,
  /** Aggregates of a provider, and traits. */
  aggregatesMax: 1_000,
  traitsMax: 1_000,
  /** The largest whole number, of units as of generations. */
  integerMax: 2_147_483_647,
} as const;

const { amounts } = bodyLimits;
const all = () => null;

export const placementOperations: OperationLimits = {
  bodies: { manageAllocations: amounts, replaceAllocations: amounts, replaceInventories: amounts },
  fleetReads: { listResourceProviders: all, listProviderAllocations: all },
};
