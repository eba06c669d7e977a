/**
 * Commands and events on what a provider is marked with: aggregates, which are UUIDs that mean something to others, and
 * traits, which have names. Both are sets; changes of traits, and from 1.19 on those of aggregates, are made against
 * the provider's generation.
 */

/** All aggregates of a provider at once. */
export interface AggregatesReplacementRequested {
  type: 'placement.AggregatesReplacementRequested';
  provider: string;
  /** The provider's, as the caller has seen it, which then rises; null: neither looked at nor raised. */
  generation: number | null;
  /** Each once. */
  aggregates: string[];
}
/** All traits of a provider at once. */
export interface TraitsReplacementRequested {
  type: 'placement.TraitsReplacementRequested';
  provider: string;
  /** As the caller has seen it; null: not looked at. It rises where the traits change. */
  generation: number | null;
  /** Each once. */
  traits: string[];
}
/** Accepted, without an event, where there is such a trait already. */
export interface TraitCreationRequested {
  type: 'placement.TraitCreationRequested';
  name: string;
}
export interface TraitDeletionRequested {
  type: 'placement.TraitDeletionRequested';
  name: string;
}

export type TraitCommand =
  | AggregatesReplacementRequested
  | TraitsReplacementRequested
  | TraitCreationRequested
  | TraitDeletionRequested;

/** The aggregates of a provider, all of them, also where none changed. */
export interface AggregatesSet {
  type: 'placement.AggregatesSet';
  provider: string;
  generation: number;
  aggregates: string[];
}
/** The traits of a provider, all of them, also where none changed. */
export interface TraitsSet {
  type: 'placement.TraitsSet';
  provider: string;
  generation: number;
  traits: string[];
}
export interface TraitCreated {
  type: 'placement.TraitCreated';
  name: string;
}
export interface TraitDeleted {
  type: 'placement.TraitDeleted';
  name: string;
}

export type TraitEvent = AggregatesSet | TraitsSet | TraitCreated | TraitDeleted;

/** Why a request for these may be refused, besides what is refused of any provider. */
export type TraitReason = 'no-trait' | 'trait-is-standard' | 'trait-in-use';
