import type { PlacementReason, PlacementRequestRefused, PlacementResource } from './messages.js';

/*
 * A refusal as code has it: each reason with what it is about. In the log all reasons share one record, with null for
 * what a reason does not say. Only here one is made of the other.
 */

/** What a reason is about besides the subject of the request. */
interface About {
  /** The one that is asked for, or that a consumer wants to allocate from. */
  'no-provider': { provider: string };
  'no-parent': UnderParent;
  'provider-exists': unknown;
  'provider-name-taken': unknown;
  /** Null: it was to be under no other any more. */
  'provider-may-not-move': { parent: string | null };
  'provider-would-loop': UnderParent;
  'provider-in-use': unknown;
  'provider-has-children': unknown;
  /** As it is, and as the caller said. */
  'provider-generation': { generation: number; stated: number };
  /** `provider`: from which a consumer wants to allocate it; null where no consumer does. */
  'no-class': { resourceClass: string; provider: string | null };
  'class-exists': { resourceClass: string };
  'class-is-standard': unknown;
  'class-in-use': unknown;
  'inventory-exists': OnInventory;
  'no-inventory': OnInventory;
  'inventory-in-use': OnInventory;
  'outside-constraints': OnInventory;
  'over-capacity': OnInventory;
  /** As it is, and as the caller said; null: no such consumer. */
  'consumer-generation': { generation: number | null; stated: number | null };
  'no-allocations': unknown;
  'no-trait': { traits: string[] };
  'trait-is-standard': unknown;
  'trait-in-use': unknown;
}

interface UnderParent {
  parent: string;
}

interface OnInventory {
  provider: string;
  resourceClass: string;
}

/** Why a request on `subject` is refused: for one of these reasons, by default any. */
export type Refusal<Reason extends PlacementReason = PlacementReason> = {
  [R in Reason]: { subject: PlacementResource; reason: R } & About[R];
}[Reason];

type Said = Omit<PlacementRequestRefused, 'type'>;
type Fields = Omit<Said, 'subject' | 'reason'>;

/** As the log has it. What it is about is its subject, where the reason does not say another. */
export function refusedEvent(refusal: Refusal): PlacementRequestRefused {
  const { subject, reason } = refusal;
  const fields: Fields = {
    provider: subject.kind === 'provider' ? subject.id : null,
    resourceClass: subject.kind === 'class' ? subject.id : null,
    generation: null,
    stated: null,
    traits: [],
  };
  return { type: 'placement.RequestRefused', subject, reason, ...fields, ...saidBy(refusal) };
}

function saidBy(refusal: Refusal): Partial<Fields> {
  switch (refusal.reason) {
    case 'no-parent':
    case 'provider-may-not-move':
    case 'provider-would-loop':
      return { provider: refusal.parent };
    case 'no-provider':
      return { provider: refusal.provider };
    case 'provider-generation':
    case 'consumer-generation':
      return { generation: refusal.generation, stated: refusal.stated };
    case 'no-class': {
      const { provider, resourceClass } = refusal;
      return provider === null ? { resourceClass } : { provider, resourceClass };
    }
    case 'class-exists':
      return { resourceClass: refusal.resourceClass };
    case 'inventory-exists':
    case 'no-inventory':
    case 'inventory-in-use':
    case 'outside-constraints':
    case 'over-capacity':
      return { provider: refusal.provider, resourceClass: refusal.resourceClass };
    case 'no-trait':
      return refusal.subject.kind === 'trait' ? {} : { traits: refusal.traits };
    case 'provider-exists':
    case 'provider-name-taken':
    case 'provider-in-use':
    case 'provider-has-children':
    case 'class-is-standard':
    case 'class-in-use':
    case 'no-allocations':
    case 'trait-is-standard':
    case 'trait-in-use':
      return {};
  }
}

/** What an event of the log says. Of a reason that only a later version knows, nothing but the reason. */
export function refusalIn(event: Said): Refusal {
  const { subject, reason } = event;
  const about = Object.hasOwn(readers, reason) ? readers[reason](event) : {};
  return Object.assign({ subject, reason }, about) as Refusal;
}

const readers: { readonly [R in PlacementReason]: (event: Said) => About[R] } = {
  'no-provider': ({ provider, subject }) => ({ provider: provider ?? subject.id }),
  'no-parent': underParent,
  'provider-exists': nothingElse,
  'provider-name-taken': nothingElse,
  'provider-may-not-move': ({ provider }) => ({ parent: provider }),
  'provider-would-loop': underParent,
  'provider-in-use': nothingElse,
  'provider-has-children': nothingElse,
  // Whoever refuses for it writes both.
  'provider-generation': ({ generation, stated }) => ({ generation: generation!, stated: stated! }),
  'no-class': ({ provider, resourceClass, subject }) => ({
    resourceClass: resourceClass ?? subject.id,
    provider: subject.kind === 'consumer' ? provider : null,
  }),
  'class-exists': ({ resourceClass, subject }) => ({ resourceClass: resourceClass ?? subject.id }),
  'class-is-standard': nothingElse,
  'class-in-use': nothingElse,
  'inventory-exists': onInventory,
  'no-inventory': onInventory,
  'inventory-in-use': onInventory,
  'outside-constraints': onInventory,
  'over-capacity': onInventory,
  'consumer-generation': ({ generation, stated }) => ({ generation, stated }),
  'no-allocations': nothingElse,
  'no-trait': ({ traits, subject }) => ({ traits: traits.length === 0 ? [subject.id] : traits }),
  'trait-is-standard': nothingElse,
  'trait-in-use': nothingElse,
};

function nothingElse(): object {
  return {};
}

function underParent({ provider, subject }: Said): UnderParent {
  return { parent: provider ?? subject.id };
}

function onInventory({ provider, resourceClass, subject }: Said): OnInventory {
  return { provider: provider ?? subject.id, resourceClass: resourceClass ?? subject.id };
}
