import { read } from '@holdfast/api/reads';
import { type Command, type CommandHeader, firstLevel, moduleOf, newestLevel } from '@holdfast/events';
import type { Group } from '@holdfast/log';
import { GatewayError } from '@holdfast/processor';
import type { Question } from '../model/model.js';
import { type AnyCommand, codec } from './messages.js';
import type { Caller } from './module.js';
import type { Node } from './node.js';
import { readsOf } from './reads.js';
import type { CommandSource } from './source.js';
import { type SimStorage, short } from './storage.js';
import type { World } from './world.js';

/** That a log may have. */
const levels = Array.from({ length: newestLevel - firstLevel + 1 }, (_, n) => firstLevel + n);

/** What a client did and saw. Times are in virtual milliseconds. */
export type Observation = Seen & { node: string; invoked: number; answered: number };
type Seen =
  /** `digests` are those of the body sent, by the level at which it was written. */
  { kind: 'write'; id: string; digests: string[]; group: Group } | ReadSeen;
interface ReadSeen {
  kind: 'read';
  eventual: boolean;
  /** The position of the log that the rows shown were at. */
  read: number;
  question: Question;
  answer: unknown;
  /** That it said that a lease in it was past its expiry. */
  pastExpiry: boolean;
  /**
   * What time it was to the process when it was asked, in milliseconds since 1970, and how many commands there were.
   */
  clock: number;
  commands: number;
  /** The process had read further before it was asked than the log went when it answered. */
  beyond: boolean;
}

/** How long a client waits, in milliseconds. */
const patienceMs = 8_000;

interface Request {
  id: string;
  command: AnyCommand;
  /** When it was first tried: that command may be the one that is decided. */
  invoked: number;
}

export interface Surroundings {
  world: World;
  storage: SimStorage;
  source: CommandSource;
  nodes(): Node[];
  observed: Observation[];
}

/** A client: asks whichever node answers, retries lost answers with the same id, remembers what it was given. */
export class Client {
  #lost: Request | null = null;
  readonly #caller: Caller;
  readonly #header: Omit<CommandHeader, 'id' | 'domain'>;

  constructor(
    readonly name: string,
    private readonly around: Surroundings,
  ) {
    const actor = { name, authenticated: true, address: '', userAgent: '' };
    const origin = { actor, reason: 'simulation', idempotencyKey: '', traceparent: '' };
    this.#header = { ...origin, keyed: true };
    this.#caller = around.source.caller();
  }

  /** Any operation that changes something. */
  any(): AnyCommand {
    return this.#caller.next();
  }

  /** Acts now and then until `end`. */
  act(end: number): void {
    const { world } = this.around;
    world.after(world.random.int(1, 400), () => {
      if (world.now >= end) return;
      this.#once().finally(() => this.act(end));
    });
  }

  /** Sends a request and notes its answer. Rejects when none came. */
  async send(node: Node, { id, command, invoked }: Request): Promise<Group> {
    const { world, observed } = this.around;
    const header = { ...this.#header, id, domain: `${moduleOf(command.type)}/default` };
    const digests = levels.map((level) => codec.encodeCommand(command as Command, header, level).digest);
    const group = await node.parts!.gateway.submit({
      ...header,
      command: command as Command,
      key: header.domain,
      urgent: false,
    });
    observed.push({ kind: 'write', node: node.process.name, id, digests, invoked, answered: world.now, group });
    world.tell(this.name, () => `answered by ${node.process.name}: ${short(id)} is sequence ${group.sequence}`);
    this.#learn(group);
    return group;
  }

  async #once(): Promise<void> {
    const { world, nodes } = this.around;
    const node = world.random.pick(nodes());
    if (!node.ready) return;
    const action = world.random.chance(0.25) ? this.#read(node) : this.#write(node);
    // A crashed node never answers: the client gives up waiting.
    await Promise.race([action, world.sleep(patienceMs)]);
  }

  async #read(node: Node): Promise<void> {
    const { world, storage, observed } = this.around;
    const question = this.around.source.question();
    const eventual = world.random.chance(0.2);
    const asked = { node: node.process.name, invoked: world.now, eventual, question };
    const [before, commands] = [node.process.runtime.now(), storage.streams.commands.length];
    const { position } = node.parts!.feed;
    try {
      const seen = await ask(node, eventual, question);
      // Its clock may have stepped meanwhile.
      const clock = Math.min(before, node.process.runtime.now());
      const beyond = position > storage.streams.events.length;
      observed.push({ kind: 'read', ...asked, clock, commands, beyond, answered: world.now, ...seen });
      world.tell(this.name, () => `reads ${question.query.of} of ${node.process.name} at position ${seen.read}`);
    } catch (error) {
      // Behind or away, which is an answer too: nothing was claimed.
      world.tell(this.name, () => `no read of ${node.process.name}: ${(error as Error).message}`);
    }
  }

  async #write(node: Node): Promise<void> {
    const { world } = this.around;
    const { random } = world;
    const again = random.chance(0.7) ? this.#lost : null;
    const request = again ?? { id: random.uuid(), command: this.#command(), invoked: world.now };
    this.#lost = request;
    // Another body under an id that was used: a conflict, whichever comes first.
    const conflicts = again !== null && random.chance(0.1);
    if (conflicts) world.fault('retry with another body', this.name, short(request.id));
    try {
      await this.send(node, conflicts ? { ...request, command: this.any() } : request);
      if (!random.chance(0.05)) this.#lost = null;
      else world.fault('retry of an answered request', this.name, short(request.id));
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'too-large') this.#lost = null;
      else world.fault('answer lost by a client', this.name, `${short(request.id)}: ${(error as Error).message}`);
      if (this.around.storage.refusing > 0 || this.around.storage.takes !== 'all') await world.sleep(1_000);
    }
  }

  #command(): AnyCommand {
    const { source, world } = this.around;
    const { random } = world;
    if (random.chance(0.01)) {
      const command = source.failing() as Extract<AnyCommand, { type: 'fault.FailureRequested' }>;
      world.fault(command.unwritable ? 'command whose events cannot be written' : 'command on which deciding throws');
      return command;
    }
    return random.chance(0.005) ? source.tooLarge() : this.any();
  }

  #learn(group: Group): void {
    for (const { event } of group.events) {
      this.#caller.learn(event, (time, command) => this.#sendAbout(time, command));
    }
  }

  /** Sends a command so that it reaches the log at about a time of its clock. */
  #sendAbout(time: number, command: Command): void {
    const { world, storage, nodes } = this.around;
    world.after(time - storage.now + world.random.int(-22, 16), () => {
      const node = world.random.pick(nodes());
      if (!node.ready || storage.calm) return;
      this.send(node, { id: world.random.uuid(), command, invoked: world.now }).catch(() => {});
    });
  }
}

/** Asks as the routes do, and says which moment was shown. */
async function ask(
  node: Node,
  eventual: boolean,
  { module, query }: Question,
): Promise<{ read: number; answer: unknown; pastExpiry: boolean }> {
  let pastExpiry = false;
  const say = () => {
    pastExpiry = true;
  };
  const { gateway, readModel } = node.parts!;
  const reads = readsOf(module);
  const found = await read(
    { gateway, readModel, runtime: node.process.runtime },
    { eventual, fleetRead: null },
    () => readModel.ask((present) => reads.ask(present, query)),
    (found) => reads.expiryIn(found, query),
    say,
  );
  return { read: readModel.momentOf(found), answer: reads.shown(found, query), pastExpiry };
}

/** Submits what there is at first until one node has answered it all. */
export async function begin(around: Surroundings): Promise<void> {
  const { world, source, nodes } = around;
  const client = new Client('importer', around);
  const undone = new Set(
    source.beginning().map((command) => ({ id: world.random.uuid(), command, invoked: world.now })),
  );
  for (let tries = 0; undone.size > 0 && tries < 100; tries++) {
    const node = nodes().find(({ ready, process }) => ready && !process.crashed);
    for (const request of node === undefined ? [] : undone) {
      client.send(node!, request).then(
        () => undone.delete(request),
        () => {},
      );
    }
    await world.run(1_000);
  }
}
