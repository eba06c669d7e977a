import type { Allocation, Amount, Inventory } from '@holdfast/events/placement/messages';
import type { HeldBy, HolderPages, PageLimit, PastMoment } from '../audit-port.js';

/**
 * What the read model answers of the `placement` module: rows of the status projection group, so `ReadModel.waitFor`
 * waits for them. Every call reads one moment. `changedAt` is the log time, in milliseconds since 1970, of the last
 * change to that thing.
 */
export interface PlacementModel {
  /** In the order in which they were created. */
  providers(query: ProvidersQuery): Promise<ProviderRow[]>;
  /** Null: there is no such provider. */
  inventories(provider: string): Promise<InventoriesRow | null>;
  /** The custom ones, in the order in which they were created. */
  resourceClasses(): Promise<ResourceClassRow[]>;
  /** Null: there is no such consumer, so it holds nothing. */
  consumer(uuid: string): Promise<ConsumerRow | null>;
  /** Null: there is no such provider. */
  providerAllocations(provider: string): Promise<ProviderAllocationsRow | null>;
  /** Null: there is no such provider. Classes of its inventories, 0 where nothing is allocated. */
  providerUsages(provider: string): Promise<{ generation: number; usages: Amount[] } | null>;
  usages(query: UsagesQuery): Promise<ProjectUsages[]>;
  /** Null: there is no such provider. */
  aggregates(provider: string): Promise<AggregatesRow | null>;
  /** Null: there is no such provider. */
  providerTraits(provider: string): Promise<ProviderTraitsRow | null>;
  /** The custom traits; where `associated`, also which traits providers have. */
  traits(query: { associated: boolean }): Promise<TraitsRow>;
}

export interface ProvidersQuery {
  uuid?: string;
  name?: string;
  /** The whole tree of this provider. */
  inTree?: string;
  /** Only providers on which so much of each can be allocated at once: within capacity left, units and step. */
  resources?: readonly Amount[];
  /** Only providers that are in at least one aggregate of each list, and in none of these. */
  memberOf?: readonly (readonly string[])[];
  notMemberOf?: readonly string[];
  /** Only providers that have at least one trait of each list, and none of these. */
  required?: readonly (readonly string[])[];
  forbidden?: readonly string[];
}

export interface ProviderRow {
  uuid: string;
  name: string;
  generation: number;
  parent: string | null;
  /** Itself where it has no parent. */
  root: string;
  changedAt: number;
}

export interface InventoriesRow {
  generation: number;
  inventories: (Inventory & { changedAt: number })[];
}

export interface ResourceClassRow {
  name: string;
  changedAt: number;
}

export interface ConsumerRow {
  uuid: string;
  generation: number;
  projectId: string;
  userId: string;
  consumerType: string | null;
  changedAt: number;
  allocations: { provider: string; generation: number; resources: Amount[] }[];
}

export interface ProviderAllocationsRow {
  generation: number;
  consumers: (Omit<ConsumerRow, 'allocations'> & { resources: Amount[] })[];
}

export interface UsagesQuery {
  projectId: string;
  userId?: string;
  /** Null: consumers without a type. Absent: all. */
  consumerType?: string | null;
}

/** Of all the consumers of one type in a project. */
export interface ProjectUsages {
  consumerType: string | null;
  consumers: number;
  usages: Amount[];
}

export interface AggregatesRow {
  generation: number;
  aggregates: string[];
}

export interface ProviderTraitsRow {
  generation: number;
  traits: string[];
  /** When they were set last; null: never. */
  changedAt: number | null;
}

export interface TraitsRow {
  /** In the order in which they were created. */
  custom: { name: string; changedAt: number }[];
  /** In any order; null where it was not asked for. */
  associated: string[] | null;
}

/** What it answers of what has been: see AuditModel. */
export interface PlacementAudit {
  /** Providers and consumers as they were. A moment before the first event is empty. */
  past(query: PlacementAtQuery, moment: PastMoment): Promise<PastPlacement>;
  /** What is allocated now, in the order of the consumers' ids. */
  holders(query: AllocationHoldersQuery): Promise<AllocationHolderPage>;
}

export interface PlacementAtQuery {
  /** Of providers and consumers, each once. Empty: all. */
  ids: readonly string[];
}

/** Of ids that were asked for in their order, else in the order of ids. */
export interface PastPlacement {
  /** Sequence of the last outcome that counts; 0: none. */
  sequence: number;
  /** Its log time, milliseconds since 1970; null: none. */
  time: number | null;
  providers: PastProvider[];
  consumers: PastConsumer[];
  /** Ids that were asked for, and were neither then. */
  notFound: string[];
}

export interface PastProvider {
  uuid: string;
  name: string;
  parent: string | null;
  generation: number;
  inventories: Inventory[];
  /** Of the classes of its inventories. */
  usages: Amount[];
  aggregates: string[];
  traits: string[];
}

export interface PastConsumer {
  uuid: string;
  generation: number;
  projectId: string;
  userId: string;
  consumerType: string | null;
  allocations: Allocation[];
}

export interface AllocationHoldersQuery extends PageLimit {
  /** Only consumers that have anything of this provider. */
  provider?: string;
  /** Only those that have of this class; where a provider is given, of that one's. */
  resourceClass?: string;
  projectId?: string;
  /** Only what this actor set; see Span. */
  actor?: string;
  /** Only what is as it is since this moment or longer. Milliseconds since 1970. */
  sinceMax?: number;
  /** Only after this consumer: `next` of the page before. */
  after?: string;
}

export type AllocationHolderPage = HolderPages<AllocationHolder>;

/** A consumer with what it has, since when it is as it is, and the request that set it. */
export interface AllocationHolder extends HeldBy {
  consumer: string;
  projectId: string;
  userId: string;
  consumerType: string | null;
  allocations: Allocation[];
}
