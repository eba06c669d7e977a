import { decodeEvent, type LogRecord, type LogTakes } from '@holdfast/log';
import { shardName } from '@holdfast/shard/shard-name';
import { ClockTrouble } from './clock-trouble.js';
import type { Cluster } from './cluster.js';
import { codec } from './messages.js';
import type { SimStorage } from './storage.js';
import type { SimProcess, World } from './world.js';

/** The longest of the leases that are asked for often, in milliseconds. */
const leaseMs = 10_000;

/** Everything that goes wrong besides appends and commits: crashes, pauses, clocks, disks, claims, until `end`. */
export class Trouble {
  constructor(
    private readonly world: World,
    private readonly storage: SimStorage,
    private readonly cluster: Cluster,
    private readonly end: number,
  ) {}

  /** Whether the run of this seed has an outage of ten lease lengths. */
  static hasOutage(seed: number): boolean {
    return seed % 8 === 4;
  }

  begin(): void {
    const { world } = this;
    this.#next();
    const within = () => world.random.int(0, this.end - world.now);
    if (Trouble.hasOutage(world.seed)) world.after(world.random.int(0, 20_000), () => this.#outage());
    for (let n = 0; n < 4 && world.seed % 20 === 3; n++) world.after(within(), () => this.#removeCommands());
    if (ClockTrouble.has(world.seed)) new ClockTrouble(world, this.storage, this.cluster, this.end).begin();
    if (world.seed % 16 === 6) world.after(within(), () => this.#fillToReserve());
    if (world.seed % 40 === 7) world.after(within(), () => this.#loseTail());
    if (world.seed % 40 === 17) world.after(within(), () => this.#replaceLog());
    // Late, as whoever notices nothing must not be saved by what comes after.
    if (world.seed % 40 === 27) world.after(this.end - 8_000 - world.now, () => this.#loseTailBehindSleeper());
  }

  /** The log is exchanged while nobody runs: by nothing, by what it was before, or by that of another site. */
  #replaceLog(): void {
    const { world, cluster, storage } = this;
    const { random } = world;
    const reads = cluster.databases.map(({ read }) => read);
    if (Math.min(...reads) === 0) {
      if (world.now < this.end - 2_000) world.after(500, () => this.#replaceLog());
      return;
    }
    for (const { process } of cluster.slots) process.crash();
    const { commands, events } = storage.streams;
    const kept = random.int(0, Math.min(...reads) - 1);
    switch (random.int(0, 2)) {
      case 0:
        world.fault('log gone at a restart');
        storage.replace({ commands: [], events: [] }, reads);
        break;
      case 1:
        world.fault('older copy of the log at a restart', 'storage', `events from ${kept} on are gone`);
        storage.replace({ commands: [...commands], events: events.slice(0, kept) }, reads);
        break;
      default:
        world.fault('another log at a restart');
        storage.replace({ commands: [...commands], events: events.map(ofAnother) }, reads);
    }
  }

  #next(): void {
    const { world } = this;
    world.after(world.random.int(100, 5_000), () => {
      if (world.now >= this.end) return;
      this.#something();
      this.#next();
    });
  }

  #something(): void {
    const { world, cluster } = this;
    const { random } = world;
    const slot = random.int(0, cluster.slots.length - 1);
    const { process } = cluster.slots[slot]!;
    const deeds: [weight: number, deed: () => void][] = [
      [5, () => this.#crash(process)],
      [8, () => process.crashAtAwait(random.int(1, random.pick([5, 30, 300])))],
      [4, () => this.#pause(process)],
      [4, () => this.#zombie()],
      [2, () => this.#wakeTogether()],
      [3, () => this.#stopCleanly(slot)],
      [2, () => this.#pauseAll()],
      [2, () => this.#fillDisk()],
      [2, () => this.#fillDatabase()],
      [2, () => this.#stepLogClock()],
      [2, () => this.#stepClock(process)],
      [2, () => this.#slow(process)],
      [2, () => this.#poison()],
    ];
    let luck = random.next() * deeds.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, deed] of deeds) {
      luck -= weight;
      if (luck >= 0) continue;
      deed();
      return;
    }
  }

  #crash(process: SimProcess): void {
    this.world.fault('crash', process.name);
    process.crash();
  }

  #pause(process: SimProcess): void {
    this.world.fault('pause', process.name);
    process.pauseFor(this.world.random.int(500, 12_000));
  }

  /** The owner sleeps until another has decided some commands, or long enough, and wakes as if it still owned. */
  #zombie(): void {
    const { world, cluster } = this;
    const { owner } = cluster;
    if (owner === undefined || owner.process.paused) return;
    owner.process.pause();
    const before = cluster.decided();
    const enough = before + world.random.int(1, 12);
    const wakeAt = world.now + 15_000;
    const look = () => {
      const decided = cluster.decided();
      if (decided < enough && world.now < wakeAt) return void world.after(20, look);
      if (decided >= enough) world.fault('zombie owner', owner.process.name, `after ${decided - before} groups`);
      owner.process.resume();
    };
    look();
  }

  /**
   * Everybody sleeps until some command has stood undecided for long; then all but the owner wake in the same moment.
   */
  #wakeTogether(): void {
    const { world, cluster } = this;
    world.fault('claimants woken together');
    for (const node of cluster.slots) node.process.pauseFor(node === cluster.owner ? 12_000 : 6_000);
    // Something must stand undecided, and no process lives to append it.
    this.storage.land('commands', [cluster.barrier()], 'world');
  }

  /** A clean stop, and its supervisor starts it again. */
  #stopCleanly(slot: number): void {
    const { world, cluster } = this;
    const node = cluster.slots[slot]!;
    world.fault('clean stop', node.process.name);
    node.ready = false;
    void node.parts?.processor.close();
    world.after(world.random.int(200, 1_000), () => node.process.crash());
  }

  #pauseAll(): void {
    const { world, cluster } = this;
    world.fault('outage of all');
    const ms = world.random.int(8_000, 20_000);
    for (const { process } of cluster.slots) process.pauseFor(ms);
  }

  /** Nobody can append for ten times as long as a lease lasts: whoever holds one must have it still. */
  #outage(): void {
    this.world.fault('outage of ten lease lengths');
    this.#refuse(10 * leaseMs);
  }

  #fillDisk(): void {
    const { world, cluster } = this;
    const ms = world.random.int(500, 8_000);
    world.fault('disk full', 'storage', `${ms} ms`);
    this.#refuse(ms);
    const directory = world.random.pick(cluster.directories);
    directory.full = true;
    world.after(4 * ms, () => {
      directory.full = false;
    });
  }

  /**
   * Another writer takes the space: first the reserve is left, then nothing, for up to ten lease lengths, also to who
   * starts.
   */
  #fillToReserve(): void {
    const { world, storage, cluster } = this;
    const { random } = world;
    const till = (takes: LogTakes, ms: number, then: () => void) => {
      if (storage.calm) return;
      storage.takes = takes;
      world.after(ms, then);
    };
    world.fault('disk at its reserve');
    till('urgent', random.int(0, 10_000), () => {
      world.fault('reserve used up');
      if (random.chance(0.5)) world.after(random.int(0, 2_000), () => random.pick(cluster.slots).process.crash());
      // Taken in the last moment, so that who decides it finds no room.
      storage.land('commands', [cluster.barrier()], 'world');
      till('nothing', random.pick([1_000, leaseMs, 10 * leaseMs]), () => till('all', 0, () => {}));
    });
  }

  /**
   * The retention of `commands` takes all of them, while nobody has read the last: a broker's clock jumped far ahead.
   */
  #removeCommands(): void {
    const { world, storage, cluster } = this;
    const { random } = world;
    if (cluster.decided() < 0) return void world.after(500, () => this.#removeCommands());
    for (const { process } of cluster.slots) {
      if (random.chance(0.5)) this.#slow(process);
      else process.crash();
    }
    world.after(random.int(0, 3_000), () => {
      if (!storage.calm) storage.removeCommands();
    });
  }

  #refuse(ms: number): void {
    this.storage.refusing++;
    this.world.after(ms, () => {
      this.storage.refusing = Math.max(0, this.storage.refusing - 1);
    });
  }

  #fillDatabase(): void {
    const database = this.world.random.pick(this.cluster.databases);
    database.full = true;
    this.world.after(this.world.random.int(200, 6_000), () => {
      database.full = false;
    });
  }

  /** An hour either way, some seconds, or what is just past the bound at which leases move. */
  #stepLogClock(): void {
    const { random } = this.world;
    const ms = random.pick([3_600_000, 15_000, 10_050, 9_950, 2_000]) * random.pick([-1, 1]);
    const kind = ms > 0 ? 'clock of the log stepped forward' : 'clock of the log stepped back';
    this.world.fault(kind, 'storage', `${ms} ms`);
    this.storage.stepClock(ms);
  }

  #stepClock(process: SimProcess): void {
    const ms = this.world.random.int(-3_600_000, 3_600_000);
    this.world.fault('clock of a process stepped', process.name, `${ms} ms`);
    process.clockOffMs += ms;
  }

  #slow(process: SimProcess): void {
    this.world.fault('slow reader', process.name);
    process.slowMs = this.world.random.int(500, 3_000);
    this.world.after(this.world.random.int(1_000, 8_000), () => {
      process.slowMs = 0;
    });
  }

  /** Bytes that are no command: noise, nothing, or a command cut short. */
  #poison(): void {
    const { random } = this.world;
    const { commands } = this.storage.streams;
    if (commands.length === 0) return;
    const cut = random.pick(commands).value.slice(0, random.int(0, 30));
    const noise = Uint8Array.from({ length: random.int(0, 30) }, () => random.int(0, 255));
    this.world.fault('command undecodable');
    this.storage.land('commands', [{ key: shardName, value: random.chance(0.5) ? cut : noise }], 'stranger');
  }

  /** An unclean election: a broker that lacked the last events leads from now on. */
  #loseTail(): void {
    const lost = this.#losable(this.world.random.int(1, 40));
    if (lost <= 0) return;
    // One whose tail is slow may hear of it by its look-ups of the head alone.
    this.#slow(this.world.random.pick(this.cluster.slots).process);
    this.storage.loseEventsFrom(this.storage.streams.events.length - lost);
  }

  /**
   * How many events may be lost, at most `max`: without the last claim, whose number would be given again. See loss.ts.
   */
  #losable(max: number): number {
    const { events } = this.storage.streams;
    const claim = events.findLastIndex(
      (record) => decodeEvent(codec, shardName, record)?.event.type === 'engine.EpochStarted',
    );
    return Math.min(max, events.length - 1 - claim);
  }

  /**
   * The same while one process sleeps; late appends fill the place of what it had read, the others start anew, and one
   * of them claims. When it wakes, nothing but the sequences says that the new owner had read less.
   */
  #loseTailBehindSleeper(): void {
    const { world, cluster, storage } = this;
    const { events } = storage.streams;
    const sleeper = cluster.slots.find(
      ({ parts, process }) => parts?.feed.position === events.length && !process.crashed,
    );
    const lost = this.#losable(world.random.int(30, 80));
    // A control event names no command.
    const last = lost > 0 ? codec.decodeEvent(events[events.length - lost - 1]!.value).stamp.commandPosition : -1;
    if (sleeper === undefined || last < 0) {
      if (world.now < this.end - 6_000) world.after(50, () => this.#loseTailBehindSleeper());
      return;
    }
    sleeper.process.pause();
    storage.loseEventsFrom(events.length - lost);
    // Else they would be decided again at once, and the hashes would tell.
    storage.loseCommandsFrom(last + 1);
    storage.land('events', events.slice(0, lost), 'late');
    // What was kept was made from what is lost.
    for (const { files } of cluster.directories) files.clear();
    for (const { process } of cluster.slots.filter((node) => node !== sleeper)) process.crash();
    const look = () => {
      const { owner } = cluster;
      if (owner !== undefined && owner !== sleeper) sleeper.process.resume();
      else if (world.now < this.end - 100) world.after(50, look);
      else sleeper.process.crash();
    };
    look();
  }
}

/** The record that another site would have in its place: by other owners. */
function ofAnother(record: LogRecord): LogRecord {
  const { event, stamp } = codec.decodeEvent(record.value);
  return { ...record, value: codec.encodeEvent(event, { ...stamp, owner: `another ${stamp.owner}` }).value };
}
