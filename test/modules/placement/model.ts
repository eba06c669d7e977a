import type {
  Allocation,
  Amount,
  Inventory,
  PlacementCommand,
  PlacementEvent,
  PlacementReason,
  PlacementRequestRefused,
} from '@holdfast/events/placement/messages';
import { standardClasses } from '@holdfast/events/placement/standard-classes';
import type { Asked, Decided, Rules } from '../../model/module.js';
import { decideMarks } from './marks.js';
import { type Consumer, PlacementView } from './view.js';

/*
 * The rules of counted resources, told a second time: who holds what is a list, and every sum is made anew from it.
 */

type CommandOf<Name extends string> = Extract<PlacementCommand, { type: `placement.${Name}` }>;
type About = Partial<Pick<PlacementRequestRefused, 'provider' | 'resourceClass' | 'generation' | 'stated'>>;
type Refuse = (id: string, reason: PlacementReason, about?: About) => Decided;
/** So many units of a class of a provider, for a consumer. */
type Holding = Amount & { consumer: string; provider: string };

export class PlacementRules implements Rules {
  readonly #view = new PlacementView();

  decide(command: PlacementCommand, { level }: Asked): Decided {
    switch (command.type) {
      case 'placement.ProviderCreationRequested':
      case 'placement.ProviderUpdateRequested':
      case 'placement.ProviderDeletionRequested':
        return this.#onProvider(command);
      case 'placement.InventoriesReplacementRequested':
      case 'placement.InventoryCreationRequested':
      case 'placement.InventoryUpdateRequested':
      case 'placement.InventoryDeletionRequested':
        return this.#onInventories(command);
      case 'placement.ResourceClassCreationRequested':
      case 'placement.ResourceClassRenamingRequested':
      case 'placement.ResourceClassDeletionRequested':
        return this.#onClass(command);
      case 'placement.AllocationsReplacementRequested':
        return this.#allocate(command);
      case 'placement.AllocationsDeletionRequested': {
        const held = this.#view.consumers.get(command.consumer);
        if (held === undefined) return refusing('consumer', 1)(command.consumer, 'no-allocations');
        return done(this.#release(held, new Set()));
      }
      case 'placement.AggregatesReplacementRequested':
      case 'placement.TraitsReplacementRequested':
      case 'placement.TraitCreationRequested':
      case 'placement.TraitDeletionRequested':
        return decideMarks(this.#view, command, level);
    }
  }

  apply(event: PlacementEvent): void {
    switch (event.type) {
      case 'placement.ProviderPut': {
        const { type: _, ...provider } = event;
        this.#view.providers.set(event.provider, {
          inventories: [],
          aggregates: [],
          traits: [],
          ...this.#view.providers.get(event.provider),
          ...provider,
        });
        break;
      }
      case 'placement.ProviderDeleted':
        this.#view.providers.delete(event.provider);
        break;
      case 'placement.InventoriesSet':
      case 'placement.ProviderAllocated': {
        const { type: _, ...changed } = event;
        const { generation } = changed;
        const inventories = 'inventories' in changed ? { inventories: changed.inventories } : {};
        const before = this.#view.providers.get(event.provider)!;
        this.#view.providers.set(event.provider, { ...before, generation, ...inventories });
        break;
      }
      case 'placement.ConsumerPut': {
        const { type: _, ...consumer } = event;
        this.#view.consumers.set(event.consumer, consumer);
        break;
      }
      case 'placement.ConsumerDeleted':
        this.#view.consumers.delete(event.consumer);
        break;
      case 'placement.ResourceClassRenamed':
        this.#view.classes.add(event.newName);
        this.#view.classes.delete(event.name);
        break;
      case 'placement.ResourceClassCreated':
        this.#view.classes.add(event.name);
        break;
      case 'placement.ResourceClassDeleted':
        this.#view.classes.delete(event.name);
        break;
      case 'placement.AggregatesSet':
      case 'placement.TraitsSet': {
        const { type: _, ...marked } = event;
        this.#view.providers.set(event.provider, { ...this.#view.providers.get(event.provider)!, ...marked });
        break;
      }
      case 'placement.TraitCreated':
        this.#view.traits.add(event.name);
        break;
      case 'placement.TraitDeleted':
        this.#view.traits.delete(event.name);
        break;
      case 'placement.RequestRefused':
        break;
    }
  }

  /** Nothing of it ends by itself. */
  moved(): PlacementEvent[] {
    return [];
  }

  shift(): void {}

  ended(): PlacementEvent[] {
    return [];
  }

  view(): PlacementView {
    return this.#view.copy();
  }

  #onProvider(command: CommandOf<`Provider${'Creation' | 'Update' | 'Deletion'}Requested`>): Decided {
    const { provider: id } = command;
    const refuse = (reason: PlacementReason, about: About = { provider: id }) =>
      refusing('provider', 1)(id, reason, about);
    const known = this.#view.providers.get(id);
    if (command.type === 'placement.ProviderDeletionRequested') {
      if (known === undefined) return refuse('no-provider');
      const children = [...this.#view.providers.values()].filter(({ parent }) => parent === id);
      if (children.length > 0) return refuse('provider-has-children');
      if (this.#holdings().some(({ provider }) => provider === id)) return refuse('provider-in-use');
      return done([{ type: 'placement.ProviderDeleted', provider: id }]);
    }
    const creates = command.type === 'placement.ProviderCreationRequested';
    if (!creates && known === undefined) return refuse('no-provider');
    const parent = creates ? command.parent : command.parent === null ? known!.parent : command.parent.provider;
    const wrong = { provider: parent };
    if (creates && parent === id) return refuse('provider-would-loop', wrong);
    if (parent !== null && !this.#view.providers.has(parent)) return refuse('no-parent', wrong);
    if (creates && known !== undefined) return refuse('provider-exists');
    if (!creates && parent !== known!.parent) {
      if (known!.parent !== null && !command.mayMove) return refuse('provider-may-not-move', wrong);
      if (this.#view.ancestry(parent).includes(id)) return refuse('provider-would-loop', wrong);
    }
    const namesakes = [...this.#view.providers.values()].filter(
      ({ provider, name }) => name === command.name && provider !== id,
    );
    if (namesakes.length > 0) return refuse('provider-name-taken');
    const generation = known?.generation ?? 0;
    return done([{ type: 'placement.ProviderPut', provider: id, name: command.name, parent, generation }]);
  }

  #onInventories(
    command: CommandOf<'InventoriesReplacementRequested' | `Inventory${'Creation' | 'Update' | 'Deletion'}Requested`>,
  ) {
    const { provider: id } = command;
    const refuse = (reason: PlacementReason, about: About = {}) =>
      refusing('provider', 1)(id, reason, { provider: id, ...about });
    const known = this.#view.providers.get(id);
    if (known === undefined) return refuse('no-provider');
    const { generation, inventories: before } = known;
    if ('generation' in command && command.generation !== generation) {
      return refuse('provider-generation', { generation, stated: command.generation });
    }
    const named = 'inventories' in command ? command.inventories : 'inventory' in command ? [command.inventory] : [];
    const classes = 'resourceClass' in command ? [command.resourceClass] : named.map((each) => each.resourceClass);
    const unknown = classes.find((each) => each !== null && !this.#view.classes.has(each));
    if (unknown != null) return refuse('no-class', { resourceClass: unknown });
    const had = (name: string | null | undefined) => before.some(({ resourceClass }) => resourceClass === name);
    let after: Inventory[];
    switch (command.type) {
      case 'placement.InventoriesReplacementRequested':
        after = named;
        break;
      case 'placement.InventoryCreationRequested':
        if (had(classes[0])) return refuse('inventory-exists', { resourceClass: classes[0]! });
        after = [...before, ...named];
        break;
      case 'placement.InventoryUpdateRequested':
        if (!had(classes[0])) return refuse('no-inventory', { resourceClass: classes[0]! });
        after = before.map((each) => (each.resourceClass === classes[0] ? named[0]! : each));
        break;
      case 'placement.InventoryDeletionRequested':
        if (classes[0] !== null && !had(classes[0])) return refuse('no-inventory', { resourceClass: classes[0]! });
        after = before.filter(({ resourceClass }) => classes[0] !== null && resourceClass !== classes[0]);
    }
    const used = this.#holdings().filter(({ provider }) => provider === id);
    const lost = before.filter(
      ({ resourceClass: name }) =>
        used.some((each) => each.resourceClass === name) && !after.some((each) => each.resourceClass === name),
    );
    if (lost.length > 0) {
      const each = lost.map(({ resourceClass }) => refuse('inventory-in-use', { resourceClass }));
      return { ...each[0]!, events: each.flatMap(({ events }) => events) };
    }
    return done([{ type: 'placement.InventoriesSet', provider: id, generation: generation + 1, inventories: after }]);
  }

  #onClass(command: CommandOf<`ResourceClass${'Creation' | 'Renaming' | 'Deletion'}Requested`>): Decided {
    const { name } = command;
    const refuse = refusing('class', 1);
    const [there, standard] = [this.#view.classes.has(name), (standardClasses as readonly string[]).includes(name)];
    if (command.type === 'placement.ResourceClassCreationRequested') {
      if (!there) return done([{ type: 'placement.ResourceClassCreated', name }]);
      return command.mayExist ? done([]) : refuse(name, 'class-exists', { resourceClass: name });
    }
    if (!there) return refuse(name, 'no-class', { resourceClass: name });
    if (standard) return refuse(name, 'class-is-standard', { resourceClass: name });
    if (command.type === 'placement.ResourceClassDeletionRequested') {
      const offered = [...this.#view.providers.values()].flatMap(({ inventories }) => inventories);
      if (offered.some((each) => each.resourceClass === name))
        return refuse(name, 'class-in-use', { resourceClass: name });
      return done([{ type: 'placement.ResourceClassDeleted', name }]);
    }
    const { newName } = command;
    if (newName === name) return done([]);
    if (this.#view.classes.has(newName)) return refuse(name, 'class-exists', { resourceClass: newName });
    return done(this.#rename(name, newName));
  }

  /** Whatever names the class is told again, with the new name and nothing else new. */
  #rename(name: string, newName: string): PlacementEvent[] {
    const renamed = <T>(value: T): T =>
      JSON.parse(JSON.stringify(value, (key, part) => (key === 'resourceClass' && part === name ? newName : part)));
    const names = (value: unknown) => JSON.stringify(value) !== JSON.stringify(renamed(value));
    const events: PlacementEvent[] = [{ type: 'placement.ResourceClassRenamed', name, newName }];
    for (const { provider, generation, inventories } of sorted(this.#view.providers)) {
      if (!names(inventories)) continue;
      events.push({ type: 'placement.InventoriesSet', provider, generation, inventories: renamed(inventories) });
    }
    for (const held of sorted(this.#view.consumers)) {
      const { consumer, allocations } = held;
      const touched = allocations.filter(names);
      events.push(...renamed(touched).map((each) => this.#allocated(consumer, each, new Set())));
      if (touched.length > 0)
        events.push({ type: 'placement.ConsumerPut', ...held, allocations: renamed(allocations) });
    }
    return events;
  }

  #allocate({ consumers }: CommandOf<'AllocationsReplacementRequested'>): Decided {
    const refuse = refusing('consumer', consumers.length);
    for (const { consumer, generation: claimed } of consumers) {
      const generation = this.#view.consumers.get(consumer)?.generation ?? null;
      if (claimed !== null && claimed.expected !== generation) {
        return refuse(consumer, 'consumer-generation', { generation, stated: claimed.expected });
      }
    }
    const asked = consumers.flatMap(holdingsOf);
    const stranger = asked.find(({ provider }) => !this.#view.providers.has(provider));
    if (stranger !== undefined) return refuse(stranger.consumer, 'no-provider', { provider: stranger.provider });
    const named = consumers.map(({ consumer }) => consumer);
    for (const why of [this.#unknownClass, this.#withoutAny, this.#withoutRoom]) {
      const found = why.call(this, asked, named);
      if (found === null) continue;
      const { provider, resourceClass } = found;
      return refuse(found.consumer, found.reason, { provider, resourceClass });
    }
    const raised = new Set(
      consumers.flatMap(({ consumer, allocations }) => {
        const emptied = this.#view.consumers.get(consumer)?.allocations ?? [];
        return (allocations.length > 0 ? allocations : emptied).map(({ provider }) => provider);
      }),
    );
    return done(
      consumers.flatMap((request) => this.#replace(request, raised)),
      consumers.length,
    );
  }

  #replace(
    request: CommandOf<'AllocationsReplacementRequested'>['consumers'][number],
    raised: Set<string>,
  ): PlacementEvent[] {
    const { consumer, projectId, userId, allocations } = request;
    const held = this.#view.consumers.get(consumer);
    if (allocations.length === 0) return held === undefined ? [] : this.#release(held, raised);
    const left = (held?.allocations ?? []).filter(
      (old) => !allocations.some(({ provider }) => provider === old.provider),
    );
    const all = [...allocations, ...left.map(({ provider }) => ({ provider, resources: [] }))];
    const generation = (held?.generation ?? 0) + 1;
    const consumerType = request.consumerType ?? held?.consumerType ?? null;
    const put = { consumer, generation, projectId, userId, consumerType, allocations };
    return [...all.map((each) => this.#allocated(consumer, each, raised)), { type: 'placement.ConsumerPut', ...put }];
  }

  #release({ consumer, allocations }: Consumer, raised: Set<string>): PlacementEvent[] {
    const given = allocations.map(({ provider }) => this.#allocated(consumer, { provider, resources: [] }, raised));
    return [...given, { type: 'placement.ConsumerDeleted', consumer }];
  }

  #allocated(consumer: string, { provider, resources }: Allocation, raised: Set<string>): PlacementEvent {
    const generation = this.#view.providers.get(provider)!.generation + (raised.has(provider) ? 1 : 0);
    return { type: 'placement.ProviderAllocated', provider, generation, consumer, resources };
  }

  #unknownClass(asked: Holding[]): Short | null {
    const found = asked.find(({ resourceClass }) => !this.#view.classes.has(resourceClass));
    return found === undefined ? null : { ...found, reason: 'no-class' };
  }

  /** A provider that has nothing of all that anybody asks for. */
  #withoutAny(asked: Holding[]): Short | null {
    const classes = asked.map(({ resourceClass }) => resourceClass);
    const found = asked.find(
      ({ provider }) =>
        !this.#view.providers.get(provider)!.inventories.some((each) => classes.includes(each.resourceClass)),
    );
    return found === undefined ? null : { ...found, reason: 'no-inventory' };
  }

  #withoutRoom(asked: Holding[], named: string[]): Short | null {
    const all = this.#holdings();
    for (const [n, each] of asked.entries()) {
      const { provider, resourceClass, amount } = each;
      const sum = (some: Holding[]) =>
        some.reduce(
          (sum, one) => (one.provider === provider && one.resourceClass === resourceClass ? sum + one.amount : sum),
          0,
        );
      const inventory = this.#view.providers
        .get(provider)!
        .inventories.find((one) => one.resourceClass === resourceClass);
      if (inventory === undefined) return { ...each, reason: 'no-inventory' };
      const { total, reserved, allocationRatio, minUnit, maxUnit, stepSize } = inventory;
      if (amount < minUnit || amount > maxUnit || amount % stepSize > 0)
        return { ...each, reason: 'outside-constraints' };
      const after = sum(all.filter(({ consumer }) => !named.includes(consumer))) + sum(asked.slice(0, n + 1));
      if (after > (total - reserved) * allocationRatio && after > sum(all)) return { ...each, reason: 'over-capacity' };
    }
    return null;
  }

  #holdings(): Holding[] {
    return [...this.#view.consumers.values()].flatMap(holdingsOf);
  }
}

type Short = Holding & { reason: PlacementReason };

function holdingsOf({ consumer, allocations }: Pick<Consumer, 'consumer' | 'allocations'>): Holding[] {
  return allocations.flatMap(({ provider, resources }) => resources.map((each) => ({ ...each, consumer, provider })));
}

/** By id. */
function sorted<T>(all: Map<string, T>): T[] {
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

function done(events: PlacementEvent[], total = 1): Decided {
  return { events, refused: false, total, reason: null };
}

function refusing(kind: 'provider' | 'consumer' | 'class', total: number): Refuse {
  return (id, reason, about = {}) => {
    const nothing = { provider: null, resourceClass: null, generation: null, stated: null, traits: [] };
    const event = { type: 'placement.RequestRefused', subject: { kind, id }, reason, ...nothing, ...about } as const;
    return { events: [event], refused: true, total, reason };
  };
}
