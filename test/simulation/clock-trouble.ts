import type { Cluster } from './cluster.js';
import { Random } from './random.js';
import type { SimStorage } from './storage.js';
import type { World } from './world.js';

/**
 * What goes wrong with clocks in some runs: that of the log steps, by 50 ms to an hour, either way, once or often,
 * drifts, or is now that of one leader and now that of another; machines are suspended, and their monotonic clocks with
 * them. By chance of its own, so that the schedules of other seeds stay what they are.
 */
export class ClockTrouble {
  readonly #random: Random;

  constructor(
    private readonly world: World,
    private readonly storage: SimStorage,
    private readonly cluster: Cluster,
    private readonly end: number,
  ) {
    this.#random = new Random(world.seed + 0xc10c);
  }

  static has(seed: number): boolean {
    return seed % 5 >= 2 && seed % 2 === 1;
  }

  begin(): void {
    this.#next();
  }

  #next(): void {
    const { world } = this;
    world.after(
      this.#random.int(200, 6_000),
      () => {
        if (world.now >= this.end || this.storage.calm) return;
        this.#something();
        this.#next();
      },
      this.#random.next(),
    );
  }

  #something(): void {
    const random = this.#random;
    switch (random.int(0, 5)) {
      case 0: {
        const ms = random.pick([50, 100, 300, 450, 499, 500, 501, 700, 950]) * random.pick([-1, 1]);
        this.#fault('clock of the log stepped by less than a second', `${ms} ms`);
        this.storage.stepClock(ms);
        break;
      }
      case 1:
        this.#stepOften();
        break;
      case 2:
        this.#drift();
        break;
      case 3:
        this.#leadersApart();
        break;
      case 4:
        this.#lateTick();
        break;
      default: {
        const { process } = random.pick(this.cluster.slots);
        this.#fault('ticker suspended with its clock', process.name);
        process.suspendFor(random.int(500, 9_000));
      }
    }
  }

  /** Each looks like time that passed. */
  #stepOften(): void {
    const random = this.#random;
    const ms = random.pick([50, 400, 900, 3_000, 9_000, 9_500, 3_600_000]) * random.pick([-1, 1, 1]);
    this.#fault('clock of the log stepped again and again', `${ms} ms`);
    this.#repeat(random.int(2, 6), random.int(300, 2_500), () => this.storage.stepClock(ms));
  }

  #drift(): void {
    const ms = this.#random.pick([-40, -10, 10, 40]);
    this.#fault('clock of the log drifted', `${ms} ms each 200 ms`);
    this.#repeat(this.#random.int(10, 40), 200, () => this.storage.stepClock(ms, { drift: true }));
  }

  #leadersApart(): void {
    const random = this.#random;
    let ms = random.pick([80, 600, 2_000, 8_000, 12_000]) * random.pick([-1, 1]);
    this.#fault('leaders of the log with clocks apart', `${ms} ms`);
    this.#repeat(random.int(2, 5), random.int(300, 4_000), () => {
      this.storage.stepClock(ms);
      ms = -ms;
    });
  }

  /**
   * The first append of a process that was just started takes long, and nobody else ticks; then the log's clock steps
   * by less.
   */
  #lateTick(): void {
    const { storage, world } = this;
    const random = this.#random;
    const slot = random.int(0, this.cluster.slots.length - 1);
    const ms = random.int(4_000, 9_000);
    for (const [n, { process }] of [...this.cluster.slots].entries()) {
      if (n === slot) process.crash();
      else process.pauseFor(ms + 7_000);
    }
    storage.lateAppend = {
      ...{ by: `node-${slot}.`, ms },
      landed: () => {
        if (storage.calm) return;
        this.#fault('tick that lay about, then a step', `${ms} ms`);
        world.after(random.int(50, 2_000), () => storage.stepClock(ms - 500), random.next());
      },
    };
  }

  #repeat(times: number, everyMs: number, deed: () => void): void {
    if (times === 0 || this.storage.calm) return;
    deed();
    this.world.after(everyMs, () => this.#repeat(times - 1, everyMs, deed), this.#random.next());
  }

  #fault(...[kind, more]: [Parameters<World['fault']>[0], string]): void {
    this.world.fault(kind, 'storage', more);
  }
}
