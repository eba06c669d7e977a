import { Violation } from '../model/claim.js';
import { check, type Run } from './checks.js';
import { Cluster } from './cluster.js';
import type { Fault } from './faults.js';
import { raiseLevels } from './forms.js';
import { checkAfterLoss } from './loss.js';
import { beginRun } from './messages.js';
import { checkAfterExchange } from './replaced.js';
import { hasSecondOpener, playTwoOpeners } from './second-opener.js';
import { CommandSource } from './source.js';
import { SimStorage } from './storage.js';
import { Trouble } from './trouble.js';
import { begin, Client, type Surroundings } from './workload.js';
import { World } from './world.js';

export interface Outcome {
  seed: number;
  /** Groups in the log at the end. */
  groups: number;
  /** Answers that clients saw. */
  answers: number;
  /** Virtual milliseconds. */
  virtualMs: number;
  faults: Map<Fault, number>;
}

const stormMs = 32_000;
/** A long outage is followed by some more storm. */
const outageMs = 110_000;
const calmMs = 22_000;
/** When, after the faults stopped, and within which time a new request must be answered. */
const probe = { afterMs: 14_000, answeredMs: 6_500 };

/**
 * Of some seeds, behind that on brokers, one of two processes on one directory; the schedules before are what they are
 * without it.
 */
function plays(seed: number): ((world: World) => Promise<Outcome>)[] {
  return hasSecondOpener(seed) ? [play, playTwoOpeners] : [play];
}

/** One schedule. Throws Violation when a promise is broken. */
export async function simulate(seed: number): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  for (const one of plays(seed)) outcomes.push(await one(new World(seed)));
  return outcomes.reduce(together);
}

/** The same schedule again, for its history: the lines around the violation, and the file with all of them. */
export async function retell(seed: number): Promise<{ lines: string[]; file: string } | null> {
  for (const one of plays(seed)) {
    const world = new World(seed, true);
    try {
      await one(world);
    } catch (error) {
      const trace = world.trace!;
      return { lines: trace.around(error instanceof Violation ? error.about : {}), file: trace.save(seed) };
    }
  }
  return null;
}

function together(a: Outcome, b: Outcome): Outcome {
  const faults = new Map(a.faults);
  for (const [kind, count] of b.faults) faults.set(kind, (faults.get(kind) ?? 0) + count);
  const [groups, answers, virtualMs] = [a.groups + b.groups, a.answers + b.answers, a.virtualMs + b.virtualMs];
  return { seed: a.seed, groups, answers, virtualMs, faults };
}

async function play(world: World): Promise<Outcome> {
  beginRun();
  const began = world.now;
  const storage = new SimStorage(world);
  const cluster = new Cluster(world, storage);
  const source = new CommandSource(world.random);
  const run: Run = { world, storage, cluster, observed: [], unanswered: [] };
  const around: Surroundings = { world, storage, source, nodes: () => cluster.slots, observed: run.observed };
  await begin(around);

  const ms = Trouble.hasOutage(world.seed) ? outageMs : stormMs;
  const end = world.now + ms;
  for (let n = 0; n < 4; n++) new Client(`client-${n}`, around).act(end);
  raiseLevels(around, end);
  new Trouble(world, storage, cluster, end).begin();
  await world.run(ms);

  cluster.calmDown();
  if (world.random.chance(0.3)) {
    if (storage.loss === null && storage.replaced === null) cluster.loseOwner();
    else cluster.restartAll();
  }
  askEachNode(run, around);
  await world.run(calmMs);
  const groups = await checkAll(run);
  return { seed: world.seed, groups, answers: run.observed.length, virtualMs: world.now - began, faults: world.faults };
}

function checkAll(run: Run): Promise<number> | number {
  const { loss, replaced } = run.storage;
  if (replaced !== null) return checkAfterExchange(run, replaced);
  return loss === null ? check(run) : checkAfterLoss(run, loss);
}

/** Notes which requests are not answered in time, long after the last fault. */
function askEachNode({ unanswered }: Run, around: Surroundings): void {
  const { world, nodes } = around;
  const client = new Client('last', around);
  world.after(probe.afterMs, () => {
    for (const node of nodes().filter(({ parts, process }) => parts !== null && !process.crashed)) {
      const { name } = node.process;
      const request = { id: world.random.uuid(), command: client.any(), invoked: world.now };
      let answered = false;
      client.send(node, request).then(
        () => {
          answered = true;
        },
        () => {},
      );
      world.after(probe.answeredMs, () => {
        if (!answered) unanswered.push(`${request.id} at ${name}, ${node.parts?.processor.role}`);
      });
    }
  });
}
