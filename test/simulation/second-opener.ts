import { LogError, type LogRecord } from '@holdfast/log';
import { decodeFrame } from '@holdfast/log-lmdb/frame';
import { Ownership } from '@holdfast/log-lmdb/ownership';
import { shardName } from '@holdfast/shard/shard-name';
import { claim } from '../model/claim.js';
import { everyCommandExplained, readAll } from '../model/explain.js';
import { acceptedOnly, answersStand, checksOfModules } from './checks.js';
import { SimDatabase } from './database.js';
import { SimEmbeddedLog } from './embedded-log.js';
import { allOrNothing, chainHolds, oneHolder } from './ledger.js';
import { LmdbFile, LockFile, SimEnvironment } from './lmdb-file.js';
import { beginRun, codec, givens } from './messages.js';
import { type Node, startNode } from './node.js';
import { readsShowMoments, realTimeOrder } from './order.js';
import type { Outcome } from './run.js';
import { SimDirectory } from './snapshots.js';
import { CommandSource } from './source.js';
import { SimStorage } from './storage.js';
import { begin, Client, type Observation } from './workload.js';
import type { SimProcess, World } from './world.js';

/*
 * Two supervisors that keep a process each on one directory, by mounts that no lock of the kernel reaches across. The
 * one that serves is believed to be unavailable, as it stands still for longer than a start waits; the other opens the
 * log; the first wakes as if it still had it. What keeps it from writing then, and from answering, is that each commit
 * looks at the owner and the end of the log within the transaction, and at the file before and after.
 *
 * Of some seeds the two share LMDB's mutex, and the first stands still wherever it is, also within a commit. Of the
 * others its lock file was removed in between. Then a commit that is under way in both at once is what nothing can
 * tell: see rule 5. So the first does not stand still in the middle of one there, and does not wake just while the
 * other opens the log.
 */
const stormMs = 100_000;
const calmMs = 40_000;
const lastMs = 5_000;
/** As in hold.ts. */
const silenceMs = 12_000;
const claimMs = 3_000;

export function hasSecondOpener(seed: number): boolean {
  return seed % 40 === 33;
}

export async function playTwoOpeners(world: World): Promise<Outcome> {
  beginRun();
  const began = world.now;
  const pair = new Pair(world);
  const source = new CommandSource(world.random);
  const observed: Observation[] = [];
  const around = { world, storage: pair.storage, source, nodes: () => pair.slots, observed };
  await begin(around);
  const end = world.now + stormMs;
  for (let n = 0; n < 4; n++) new Client(`client-${n}`, around).act(end);
  pair.trouble(end);
  await world.run(stormMs);
  pair.calmDown();
  await world.run(calmMs);
  const serving = pair.slots.filter(({ ready, process }) => ready && !process.crashed);
  claim(serving.length === 1, `in the end ${serving.length} serve`);
  const answers = observed.length;
  const client = new Client('last', around);
  const last = { id: world.random.uuid(), command: client.any(), invoked: world.now };
  client.send(serving[0]!, last).catch(() => {});
  await world.run(lastMs);
  claim(observed.length > answers, 'in the end nothing is answered');
  const groups = pair.check(observed);
  return { seed: world.seed, groups, answers: observed.length, virtualMs: world.now - began, faults: world.faults };
}

class Pair {
  readonly storage: SimStorage;
  readonly slots: Node[] = [];
  readonly #all: Node[] = [];
  readonly #file: LmdbFile;
  /** One for both, or one for each. */
  readonly #databases: SimDatabase[];
  readonly #directories: SimDirectory[];
  /** Whether both have the same lock file of LMDB. */
  readonly #apart: boolean;
  #lockFile = new LockFile(0);
  /** What each record in the storage was decoded from. */
  readonly #frames = new WeakMap<LogRecord, Buffer>();
  readonly #environments = new Map<SimProcess, SimEnvironment>();
  /** Between its last look and what opens the log. */
  #opening = 0;

  constructor(private readonly world: World) {
    this.storage = new SimStorage(world);
    this.#file = new LmdbFile(world, (tables) => {
      for (const name of ['commands', 'events'] as const) {
        const held = [...(tables.get(name)?.values() ?? [])] as Buffer[];
        const records = this.storage.streams[name];
        const kept = records.findIndex((_, at) => this.#frames.get(records[at]!) !== held[at]);
        records.length = kept < 0 ? records.length : kept;
        for (let at = records.length; at < held.length; at++) {
          const record = decodeFrame(held[at]!, at, name);
          this.#frames.set(record, held[at]!);
          records.push(record);
        }
      }
    });
    this.#apart = world.seed % 80 === 33;
    const database = new SimDatabase(world);
    this.#databases = [database, world.seed % 3 === 0 ? database : new SimDatabase(world)];
    this.#directories = [0, 1].map(() => new SimDirectory(world));
    for (const slot of [0, 1]) this.#start(slot);
    this.#supervise();
  }

  calmDown(): void {
    this.storage.calmDown();
    for (const database of this.#databases) database.calmDown();
    for (const { process } of this.slots) process.calmDown();
  }

  /** Now and then the one that serves stands still, mostly for longer than the other waits. */
  trouble(end: number): void {
    const { world } = this;
    const { random } = world;
    world.after(random.int(1_000, 6_000), () => {
      if (world.now >= end) return;
      const node = this.slots.find(({ ready, process }) => ready && !process.crashed && !process.paused);
      const environment = node && this.#environments.get(node.process);
      // Where they share it, mostly within a commit.
      const moment = environment?.still === (this.#apart || random.chance(0.1));
      if (node === undefined || environment === undefined || !moment) {
        world.after(random.int(1, 50), () => this.trouble(end));
        return;
      }
      node.process.pause();
      const wakes = world.now + random.pick([3_000, silenceMs + claimMs, 20_000, 30_000]) + random.int(0, 4_000);
      this.#wake(node, environment, wakes);
      world.after(wakes - world.now, () => this.trouble(end));
    });
  }

  #wake(node: Node, environment: SimEnvironment, at: number): void {
    const { world, slots } = this;
    world.after(at - world.now, () => {
      if (this.#apart && this.#opening > 0) return this.#wake(node, environment, world.now + 1);
      const other = slots.find(({ process }) => process !== node.process && this.#environments.has(process));
      if (other !== undefined && !node.process.crashed) {
        const { name } = node.process;
        world.fault('former owner woke on a log that another has', name);
        if (this.#apart) world.fault('former owner woke, without a mutex between the two', name);
        if (!environment.still) world.fault('former owner woke in the middle of a commit', name);
      }
      node.process.resume();
    });
  }

  #start(slot: number): void {
    const { world, storage } = this;
    const node = startNode({
      name: `process-${slot}.${this.#all.length}`,
      slot,
      world,
      storage,
      database: this.#databases[slot]!,
      directory: this.#directories[slot]!,
      open: (process) => this.#open(process),
      onCrash: () => {
        this.#environments.get(node.process)?.died();
        this.#environments.delete(node.process);
        world.after(world.random.int(10, 3_000), () => this.#start(slot));
      },
    });
    this.slots[slot] = node;
    this.#all.push(node);
  }

  /** As Hold.take and openLmdbLog do. */
  async #open(process: SimProcess): Promise<SimEmbeddedLog> {
    const wait = (ms: number) => new Promise<void>((resolve) => process.runtime.after(ms, resolve));
    const file = this.#file;
    const { transaction } = file.newest;
    if (transaction > 0) await wait(silenceMs);
    const mine = process.runtime.uuid();
    file.claim = mine;
    await wait(claimMs);
    if (file.claim !== mine || file.newest.transaction !== transaction) throw new LogError('in-use', 'another writes');
    if (this.#apart) this.#lockFile = new LockFile(transaction);
    const environment = new SimEnvironment(file, this.#lockFile, process);
    const opened: SimEmbeddedLog[] = [];
    const ownership = new Ownership(
      'log.mdb',
      () => file.heads(),
      () => {
        for (const log of opened) log.wake();
      },
    );
    this.#opening++;
    try {
      // LMDB would hold up the whole process.
      while (this.#lockFile.holder !== null) await wait(1);
      opened.push(new SimEmbeddedLog(environment, ownership, process));
    } finally {
      this.#opening--;
    }
    this.#environments.set(process, environment);
    return opened[0]!;
  }

  /** Who is stopped ends, and is started again. */
  #supervise(): void {
    this.world.after(100, () => {
      for (const { failure, process } of [...this.slots]) {
        if (failure === null || process.crashed || process.paused) continue;
        claim(failure instanceof LogError && failure.code === 'in-use', `${process.name} stopped: ${failure.stack}`);
        if (this.#environments.has(process)) this.world.fault('second opener stopped the other', process.name);
        process.crash();
      }
      this.#supervise();
    });
  }

  check(observed: readonly Observation[]): number {
    const { commands, events } = this.storage.streams;
    const groups = readAll(shardName, events, codec);
    for (const node of this.#all) acceptedOnly(node, groups);
    chainHolds(groups);
    oneHolder(groups);
    checksOfModules(groups, observed);
    const decided = groups.at(-1)?.stamp.commandPosition ?? -1;
    const old = commands.filter(({ position }) => position <= decided);
    allOrNothing(old, groups);
    const moments = everyCommandExplained(old, groups, codec, givens);
    answersStand(observed, groups);
    realTimeOrder(observed);
    readsShowMoments(observed, moments);
    // Who answers once after another never does so before it again.
    const writers = observed.filter(({ kind }) => kind === 'write').sort((a, b) => a.answered - b.answered);
    const turns = writers.map(({ node }) => node).filter((node, n, all) => node !== all[n - 1]);
    claim(new Set(turns).size === turns.length, `two answered in turns: ${turns.join(', ')}`);
    return groups.length;
  }
}
