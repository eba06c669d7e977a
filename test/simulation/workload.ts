import type { Command, CommandHeader, ComponentProperties, KeyClaim, Selection } from '@holdfast/events';
import type { Group } from '@holdfast/log';
import type { StatusAnswer } from '@holdfast/projections';
import { keyHashes, type Node } from './cluster.js';
import type { World } from './world.js';

/** All but the id. */
const header: Omit<CommandHeader, 'id'> = {
  domain: 'cray/default',
  actor: { name: 'client', authenticated: true, address: '', userAgent: '' },
  keyed: true,
  reason: 'simulation',
  idempotencyKey: '',
  traceparent: '',
};
const roles = ['Compute', 'Management'];
export const fleet = Array.from({ length: 6 }, (_, n) => `x0c0s${n}b0n0`);

/** What a client did and saw. Times are in virtual milliseconds; an answer of null means that it never came. */
export type Observation =
  | { kind: 'write'; id: string; invoked: number; answered: number; group: Group }
  | { kind: 'read'; invoked: number; answered: number; read: number; status: StatusAnswer };

/** A client: asks whichever node answers, retries lost answers with the same id, remembers the keys it was given. */
export class Client {
  #claims: KeyClaim[] = [];
  #lost: { id: string; command: Command; invoked: number } | null = null;

  constructor(
    private readonly world: World,
    private readonly nodes: () => Node[],
    private readonly observed: Observation[],
  ) {}

  /** Acts now and then until `end`. */
  act(end: number): void {
    this.world.after(this.world.random.int(1, 400), () => {
      if (this.world.now >= end) return;
      this.#once().finally(() => this.act(end));
    });
  }

  async #once(): Promise<void> {
    const node = this.world.random.pick(this.nodes());
    if (node === undefined || !node.ready) return;
    const action = this.world.random.chance(0.2) ? this.#read(node) : this.#write(node);
    // A crashed node never answers: the client gives up waiting.
    await Promise.race([action, new Promise<void>((resolve) => this.world.after(8_000, resolve))]);
  }

  async #read(node: Node): Promise<void> {
    const invoked = this.world.now;
    try {
      await node.readModel.waitFor(await node.gateway.head());
      const status = await node.readModel.status({ ids: [], criteria: [] });
      const { read } = node.readModel;
      this.observed.push({ kind: 'read', invoked, answered: this.world.now, read, status });
    } catch {
      // Behind, which is an answer too: nothing was claimed.
    }
  }

  async #write(node: Node): Promise<void> {
    const { random } = this.world;
    const again = this.#lost !== null && random.chance(0.7) ? this.#lost : null;
    // The first try counts as the beginning: its command may be the one that is decided.
    const { id, command, invoked } = again ?? {
      id: random.uuid(),
      command: this.#command(),
      invoked: this.world.now,
    };
    const conflicting = again !== null && random.chance(0.1) ? this.#command() : command;
    this.#lost = { id, command, invoked };
    try {
      const group = await node.gateway.submit({
        ...header,
        command: conflicting,
        id,
        key: 'cray/default',
        urgent: false,
      });
      this.observed.push({ kind: 'write', id, invoked, answered: this.world.now, group });
      this.#learn(group);
      if (!random.chance(0.05)) this.#lost = null;
      else this.world.fault('retry of an answered request');
    } catch {
      this.world.fault('answer lost by a client');
    }
  }

  #learn(group: Group): void {
    for (const { event } of group.events) {
      if (event.type !== 'cray.ReservationCreated') continue;
      this.#claims.push({ xname: event.xname, keyHash: event.reservationKeyHash });
    }
    if (this.#claims.length > 6) this.#claims.splice(0, 2);
  }

  #command(): Command {
    const { random } = this.world;
    const rigid = random.chance(0.5);
    const durationMs = random.pick([60_000, 2_000, 7_500, 1_000, null]);
    const selection = this.#selection();
    switch (random.int(0, 9)) {
      case 0:
        return { type: 'cray.LockRequested', selection, rigid };
      case 1:
        return { type: 'cray.UnlockRequested', selection, rigid };
      case 2:
        return { type: 'cray.DisableRequested', selection, rigid };
      case 3:
        return { type: 'cray.RepairRequested', selection, rigid };
      case 4:
        return { type: 'cray.RemovalRequested', selection, rigid };
      case 5:
        return { type: 'cray.RenewalRequested', keys: this.#keys(), rigid, durationMs };
      case 6:
        return { type: 'cray.ReleaseRequested', keys: this.#keys(), rigid };
      case 7:
        return {
          type: 'cray.ReservationRequested',
          selection,
          rigid,
          kind: 'admin',
          durationMs: null,
          requires: 'locked',
        };
      default: {
        const requires = random.pick(['locked', 'unlocked', 'unlocked'] as const);
        return { type: 'cray.ReservationRequested', selection, rigid, kind: 'service', durationMs, requires };
      }
    }
  }

  #selection(): Selection {
    const { random } = this.world;
    const criteria: Selection['criteria'] = [];
    if (random.chance(0.2)) criteria.push({ field: 'Role', values: [random.pick(roles).toLowerCase()] });
    if (random.chance(0.1)) criteria.push({ field: 'Locked', values: [String(random.chance(0.5))] });
    if (criteria.length > 0 && random.chance(0.5)) return { ids: [], criteria };
    const ids = [...fleet, 'x9c9s9b0n9'].filter(() => random.chance(0.25));
    return { ids: ids.length > 0 ? ids : [random.pick(fleet)], criteria };
  }

  #keys(): KeyClaim[] {
    const { random } = this.world;
    const mine = this.#claims.filter(() => random.chance(0.6));
    if (random.chance(0.2) || mine.length === 0) {
      const xname = random.pick(fleet);
      mine.push({ xname, keyHash: keyHashes('none', xname).reservationKeyHash });
    }
    return mine;
  }
}

/** The request that fills the inventory. */
export function inventory(): Command {
  const properties: ComponentProperties = {
    type: 'Node',
    state: 'Ready',
    flag: 'OK',
    enabled: true,
    softwareStatus: '',
    role: '',
    subRole: '',
    nid: null,
    subtype: '',
    netType: 'Sling',
    arch: 'X86',
    class: 'River',
  };
  return {
    type: 'cray.ComponentsPutRequested',
    components: fleet.map((xname, n) => ({ xname, properties: { ...properties, nid: n, role: roles[n % 2]! } })),
  };
}

export { header };
