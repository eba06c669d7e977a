import type {
  Allocation,
  AllocationsReplacementRequested,
  ConsumerRequest,
  Inventory,
  PlacementCommand,
  PlacementEvent,
  PlacementReason,
  PlacementRequestRefused,
  PlacementResource,
} from '@holdfast/events/placement/messages';
import type { Decision } from '../decider.js';
import { createPlacementDecider } from './decider.js';
import type { PlacementState } from './state.js';

/** Words for tests: given these events, when this command comes, then these events follow. */

export const decider = createPlacementDecider();

export function given(...events: PlacementEvent[]): PlacementState {
  return after(decider.initial, ...events);
}

export function after(state: PlacementState, ...events: PlacementEvent[]): PlacementState {
  return events.reduce((before, event) => decider.evolve(before, event, null), state);
}

/** The rules of any level hold. */
const newest = Number.MAX_SAFE_INTEGER;

export function when(state: PlacementState, command: PlacementCommand): Decision<PlacementEvent> {
  return decider.decide(command, state, { now: 0, commandId: 'command', commandPosition: 7, level: newest });
}

/** The state once all commands were decided, one after the other, each of which must be accepted. */
export function done(state: PlacementState, ...commands: PlacementCommand[]): PlacementState {
  return commands.reduce((before, command) => {
    const decision = when(before, command);
    if (decision.status === 'refused') throw new Error(`${command.type} was refused: ${decision.reason}`);
    return after(before, ...decision.events);
  }, state);
}

export function refusedFor(
  subject: PlacementResource,
  reason: PlacementReason,
  about: Partial<PlacementRequestRefused>,
  total = 1,
): Decision<PlacementEvent> {
  const nothing = { provider: null, resourceClass: null, generation: null, stated: null, traits: [] };
  const event: PlacementEvent = { type: 'placement.RequestRefused', subject, reason, ...nothing, ...about };
  return { events: [event], status: 'refused', total, reason };
}

export function inventory(resourceClass: string, total: number, fields: Partial<Inventory> = {}): Inventory {
  const nothingSpecial = { reserved: 0, minUnit: 1, maxUnit: 2_147_483_647, stepSize: 1, allocationRatio: 1 };
  return { resourceClass, total, ...nothingSpecial, ...fields };
}

export function provider(id: string, fields: { name?: string; parent?: string; generation?: number } = {}) {
  const all = { name: `name of ${id}`, parent: null, generation: 0, ...fields };
  return { type: 'placement.ProviderPut', provider: id, ...all } satisfies PlacementEvent;
}

export function inventories(id: string, generation: number, ...all: Inventory[]) {
  return { type: 'placement.InventoriesSet', provider: id, generation, inventories: all } satisfies PlacementEvent;
}

/** What is held of a provider, e.g. `of('p1', { VCPU: 2 })`. */
export function of(id: string, amounts: Record<string, number>): Allocation {
  const resources = Object.entries(amounts).map(([resourceClass, amount]) => ({ resourceClass, amount }));
  return { provider: id, resources };
}

/** What a consumer asks for, whatever its generation. */
export function ask(consumer: string, allocations: Allocation[], fields: Partial<ConsumerRequest> = {}) {
  const owner = { projectId: 'project', userId: 'user', consumerType: null, generation: null };
  return { consumer, ...owner, allocations, ...fields } satisfies ConsumerRequest;
}

export function replace(...consumers: ConsumerRequest[]): AllocationsReplacementRequested {
  return { type: 'placement.AllocationsReplacementRequested', consumers };
}

export function release(consumer: string): PlacementCommand {
  return { type: 'placement.AllocationsDeletionRequested', consumer };
}

/** Generations of all providers and consumers. */
export function generations(state: PlacementState): Record<string, number> {
  const all = [...state.providers.values(), ...state.consumers.values()];
  return Object.fromEntries(all.map(({ id, generation }) => [id, generation]));
}

export function usageOf(state: PlacementState, id: string): Record<string, number> {
  return Object.fromEntries(state.providers.get(id)?.usage ?? []);
}
