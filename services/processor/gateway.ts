import type { Codec } from '@holdfast/events';
import {
  type Group,
  GroupCommit,
  type GroupFeed,
  LogError,
  type Logger,
  type Runtime,
  type ShardLog,
} from '@holdfast/log';
import { engineHeader } from './command-log.js';
import { type Gateway, GatewayError, type Submission } from './gateway-port.js';
import { gatewayLimits } from './limits.js';

/**
 * Puts commands into the log and answers from it. SPEC rule 7.
 *
 * An answer is the group read back for the command's id and body. The body matters: after an ambiguous append the same
 * id may stand in the log with another body, and then the group of the one must not answer the other.
 */
export interface GatewayOptions {
  log: ShardLog;
  feed: GroupFeed;
  codec: Codec;
  runtime: Runtime;
  logger: Logger;
}

interface Waiter {
  digest: string;
  settle(result: Group | GatewayError): void;
}

export class ShardGateway implements Gateway {
  #waiters = new Map<string, Waiter[]>();
  #inFlight = 0;
  #commands: GroupCommit;
  #unsubscribe: () => void;
  #cancelTick: () => void = () => {};

  constructor(private readonly options: GatewayOptions) {
    this.#commands = new GroupCommit(options.log, 'commands');
    this.#unsubscribe = options.feed.subscribe({
      group: (group) => this.#onGroup(group),
      stopped: (error) => this.#failAll(new GatewayError('stopped', `the shard is stopped: ${error.message}`)),
    });
  }

  /** Begins to append a tick a second. SPEC rule 10. */
  start(): void {
    this.#cancelTick = this.options.runtime.after(gatewayLimits.tickMs, () => {
      this.#append(this.#tick(false)).catch((error: unknown) => {
        this.options.logger.warn({ error: String(error) }, 'a tick was not appended');
      });
      this.start();
    });
  }

  close(): void {
    this.#cancelTick();
    this.#unsubscribe();
    this.#failAll(new GatewayError('stopped', 'the service is stopping'));
  }

  get stopped(): Error | null {
    return this.options.feed.stopped;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  submit(request: Submission): Promise<Group> {
    return this.#decide(request, gatewayLimits.decideMs);
  }

  async enqueue(request: Submission): Promise<void> {
    this.#admit();
    await this.#append(request);
  }

  async barrier(): Promise<void> {
    await this.#decide(this.#tick(true), gatewayLimits.barrierMs);
  }

  head(): Promise<number> {
    const { feed, runtime } = this.options;
    return new Promise((resolve, reject) => {
      const away = (cause?: unknown) => reject(new GatewayError('unavailable', 'the log cannot be reached', { cause }));
      const cancel = runtime.after(gatewayLimits.headMs, away);
      feed.head().then(resolve, away).finally(cancel);
    });
  }

  async #decide(request: Submission, timeoutMs: number): Promise<Group> {
    this.#admit();
    this.#inFlight++;
    try {
      return await new Promise<Group>((resolve, reject) => {
        const { value, digest } = this.#encode(request);
        const cancel = this.options.runtime.after(timeoutMs, () =>
          waiter.settle(new GatewayError('undecided', `not decided within ${timeoutMs / 1_000} s`)),
        );
        const waiter: Waiter = {
          digest,
          settle: (result) => {
            cancel();
            this.#forget(request.id, waiter);
            if (result instanceof GatewayError) reject(result);
            else resolve(result);
          },
        };
        const others = this.#waiters.get(request.id);
        if (others === undefined) this.#waiters.set(request.id, [waiter]);
        else others.push(waiter);
        this.#commands.append([{ key: request.key, value }]).catch((error: unknown) => waiter.settle(asGateway(error)));
      });
    } finally {
      this.#inFlight--;
    }
  }

  #admit(): void {
    const { stopped } = this;
    if (stopped !== null) throw new GatewayError('stopped', `the shard is stopped: ${stopped.message}`);
    if (this.#inFlight >= gatewayLimits.inFlightMax) {
      throw new GatewayError('overloaded', `${gatewayLimits.inFlightMax} requests are waiting for their decision`);
    }
  }

  async #append(request: Submission): Promise<void> {
    const { value } = this.#encode(request);
    await this.#commands.append([{ key: request.key, value }]).catch((error: unknown) => {
      throw asGateway(error);
    });
  }

  #encode({ command, key: _, ...header }: Submission) {
    return this.options.codec.encodeCommand(command, header);
  }

  #tick(barrier: boolean): Submission {
    const header = engineHeader(this.options.runtime.uuid());
    return { ...header, command: { type: 'engine.Tick', barrier }, key: this.options.log.shard };
  }

  #onGroup(group: Group): void {
    const waiters = this.#waiters.get(group.stamp.commandId);
    if (waiters === undefined) return;
    const outcome = group.events.at(-1)?.event;
    if (outcome?.type !== 'engine.RequestDecided' && outcome?.type !== 'engine.Repeated') return;
    waiters.find(({ digest }) => digest === outcome.digest)?.settle(group);
  }

  #forget(id: string, waiter: Waiter): void {
    const left = (this.#waiters.get(id) ?? []).filter((other) => other !== waiter);
    if (left.length === 0) this.#waiters.delete(id);
    else this.#waiters.set(id, left);
  }

  #failAll(error: GatewayError): void {
    for (const waiter of [...this.#waiters.values()].flat()) waiter.settle(error);
  }
}

function asGateway(error: unknown): GatewayError {
  if (error instanceof LogError && error.code === 'too-large') {
    return new GatewayError('too-large', error.message, { cause: error });
  }
  return new GatewayError('append-failed', 'it is not known whether the log took the request', { cause: error });
}
