import { check } from './checks.js';
import { type Node, startNode } from './cluster.js';
import { SimStorage } from './sim-log.js';
import { Client, header, inventory, type Observation } from './workload.js';
import { World } from './world.js';

export interface Outcome {
  seed: number;
  /** Groups in the log at the end. */
  groups: number;
  /** Answers that clients saw. */
  answers: number;
  /** Virtual milliseconds. */
  virtualMs: number;
  faults: Map<string, number>;
}

const stormMs = 60_000;
const calmMs = 30_000;

/** One schedule. Throws Violation when a promise is broken. */
export async function simulate(seed: number): Promise<Outcome> {
  const world = new World(seed);
  const storage = new SimStorage(world);
  const all: Node[] = [];
  const slots: Node[] = [];
  const restart = (slot: number) => {
    slots[slot] = startNode(`node-${slot}.${all.length}`, world, storage, slots[slot] ?? null);
    all.push(slots[slot]!);
  };
  for (let slot = 0; slot < 3; slot++) restart(slot);
  await fillInventory(world, slots);

  const observed: Observation[] = [];
  const end = world.now + stormMs;
  for (let n = 0; n < 4; n++) new Client(world, () => slots, observed).act(end);
  trouble(world, slots, restart, end);
  await world.run(stormMs);

  storage.calm = true;
  slots.forEach((node, slot) => {
    if (node.process.crashed) restart(slot);
  });
  await world.run(calmMs);
  const groups = await check(storage, all, observed);
  return { seed, groups, answers: observed.length, virtualMs: stormMs + calmMs, faults: world.faults };
}

/** Submits the inventory until one node has answered. */
async function fillInventory(world: World, slots: Node[]): Promise<void> {
  let done = false;
  const id = world.random.uuid();
  const submission = { ...header, command: inventory(), id, key: 'cray/default', urgent: false };
  for (let tries = 0; !done && tries < 100; tries++) {
    const node = slots.find(({ ready, process }) => ready && !process.crashed);
    node?.gateway.submit(submission).then(
      () => {
        done = true;
      },
      () => {},
    );
    await world.run(1_000);
  }
}

/** Crashes, restarts and pauses, now and then, until `end`. */
function trouble(world: World, slots: Node[], restart: (slot: number) => void, end: number): void {
  const { random } = world;
  world.after(random.int(100, 6_000), () => {
    if (world.now >= end) return;
    const slot = random.int(0, slots.length - 1);
    const node = slots[slot]!;
    const luck = random.next();
    if (luck < 0.4) {
      world.fault('crash');
      node.process.crash();
      world.after(random.int(10, 3_000), () => restart(slot));
    } else if (luck < 0.7) {
      world.fault('pause');
      node.process.pause(random.int(500, 15_000));
    } else if (luck < 0.85) {
      world.fault('clean stop');
      node.ready = false;
      void node.processor.close();
      world.after(random.int(200, 1_000), () => {
        node.process.crash();
        restart(slot);
      });
    } else {
      world.fault('outage of all');
      const ms = random.int(8_000, 25_000);
      for (const each of slots) each.process.pause(ms);
    }
    trouble(world, slots, restart, end);
  });
}
