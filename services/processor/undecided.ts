import { type EncodedCommand, isOutcome } from '@holdfast/events';
import type { Group, Runtime } from '@holdfast/log';
import { GatewayError } from './gateway-port.js';
import { processorLimits } from './limits.js';

interface Waiter {
  digest: string;
  /** When the command was given to the log, in milliseconds since 1970. */
  since: number;
  /** The log took the command. */
  appended: boolean;
  settle(result: Group | GatewayError): void;
}

export interface AwaitedAs {
  timeoutMs: number;
  /** Whether it counts as a request: a tick does not. */
  isRequest: boolean;
}

/** The commands of this process that are not decided, and who waits for each. */
export class Undecided {
  /** By the command's id, which stands in the log once for each time that it was sent. */
  #waiters = new Map<string, Waiter[]>();
  /** In the order in which they came. */
  #requests = new Set<Waiter>();
  #large = new Set<Waiter>();
  /** When a large one, of whichever process, was last under way. */
  #largeAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly runtime: Pick<Runtime, 'now' | 'after'>) {}

  /** How many requests there are. */
  get requests(): number {
    return this.#requests.size;
  }

  /**
   * For how long the oldest request has waited, in milliseconds; 0 where there is none. The time in which a large one
   * was decided does not count: who waits for that does not see a shard that cannot keep up.
   */
  get oldestMs(): number {
    if (this.#large.size > 0) return 0;
    for (const { since } of this.#requests) {
      return Math.max(0, this.runtime.now() - Math.max(since, this.#largeAt));
    }
    return 0;
  }

  /** A large one, of whichever process, is under way. */
  noteLarge(): void {
    this.#largeAt = this.runtime.now();
  }

  /**
   * The group that decides the command of this id, which is given to the log now. Rejects with GatewayError: with that
   * of `appended`, or where it was not decided in time.
   */
  group(
    id: string,
    { value, digest }: EncodedCommand,
    appended: Promise<void>,
    { timeoutMs, isRequest }: AwaitedAs,
  ): Promise<Group> {
    const { runtime } = this;
    const isLarge = value.byteLength > processorLimits.commandBytesAtOnce;
    return new Promise((resolve, reject) => {
      const cancel = runtime.after(timeoutMs, () =>
        waiter.settle(new GatewayError('undecided', `not decided within ${timeoutMs / 1_000} s`)),
      );
      const waiter: Waiter = {
        digest,
        since: runtime.now(),
        appended: false,
        settle: (result) => {
          cancel();
          if (isLarge) this.noteLarge();
          this.#forget(id, waiter);
          if (result instanceof GatewayError) reject(result);
          else resolve(result);
        },
      };
      if (isRequest) this.#requests.add(waiter);
      if (isLarge) this.#large.add(waiter);
      const others = this.#waiters.get(id);
      if (others === undefined) this.#waiters.set(id, [waiter]);
      else others.push(waiter);
      appended.then(
        () => {
          waiter.appended = true;
        },
        (error: GatewayError) => waiter.settle(error),
      );
    });
  }

  /** A group was read back. It answers one who waits for its command, with the same body. */
  settle(group: Group): void {
    const waiters = this.#waiters.get(group.stamp.commandId);
    if (waiters === undefined) return;
    const outcome = group.events.at(-1)?.event;
    if (outcome === undefined || !isOutcome(outcome)) return;
    waiters.find(({ digest }) => digest === outcome.digest)?.settle(group);
  }

  /** All that wait are told; `appended`: those alone whose command the log took. */
  fail(error: GatewayError, which: 'all' | 'appended' = 'all'): void {
    for (const waiter of [...this.#waiters.values()].flat()) {
      if (which === 'all' || waiter.appended) waiter.settle(error);
    }
  }

  #forget(id: string, waiter: Waiter): void {
    this.#requests.delete(waiter);
    this.#large.delete(waiter);
    const left = (this.#waiters.get(id) ?? []).filter((other) => other !== waiter);
    if (left.length === 0) this.#waiters.delete(id);
    else this.#waiters.set(id, left);
  }
}
