import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { claim } from '../model/claim.js';
import { Random } from '../simulation/random.js';
import { cycle, type Effect } from './cycle.js';
import { within } from './deadline.js';
import { type FaultKind, untilShown } from './faults.js';
import { stepsOf } from './history.js';
import { send } from './http.js';
import { keep } from './keep.js';
import { Load } from './load.js';
import type { ChaosPart } from './module.js';
import { Recorder, recorded } from './observations.js';
import { chaosParts } from './parts.js';
import { Stage } from './stage.js';
import { type Verified, verify } from './verify.js';

export interface ChaosSettings {
  /** The faults of each cycle. */
  cycles: FaultKind[][];
  seed: number;
  processors: number;
  clients: number;
  /** From the beginning of one cycle to that of the next, at least. */
  cycleMsMin: number;
}

/** One cycle, as it went. */
export interface Cycled extends Effect {
  kinds: readonly FaultKind[];
  /** Answered so far. */
  requests: number;
}

export interface ChaosResult {
  cycles: Cycled[];
  requests: number;
  elapsedMs: number;
  verifyMs: number;
  verified: Verified;
}

const settleMsMax = 150_000;
/** At most as long as a client rests between two requests. */
const restMsMax = 250;
/** Before the first fault. */
const calmMs = 2_000;
const keepMsMax = 60_000;
/** For the last request of all. */
const lastMs = 60_000;

/** Thrown where a promise is broken; `kept` is the directory where the history is kept. */
export class BrokenPromise extends Error {
  constructor(
    cause: Error,
    readonly kept: string,
  ) {
    super(`${cause.message}\nThe history is kept in ${kept}`, { cause });
  }
}

/**
 * Runs a service, breaks it, and holds what clients saw against the log and the model. Rejects with BrokenPromise.
 * Whatever it starts is ended, and what it writes removed, unless a promise is broken.
 */
export async function chaos(
  { cycles, seed, processors, clients, cycleMsMin }: ChaosSettings,
  tell: (cycled: Cycled) => void,
  stopped: AbortSignal,
): Promise<ChaosResult> {
  const stage = await Stage.set(processors);
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-chaos-'));
  const recorder = new Recorder(join(directory, 'observations.ndjson'));
  const load = new Load(() => stage.cluster.urls(), chaosParts, recorder, { clients, restMsMax });
  const began = performance.now();
  const done: Cycled[] = [];
  const all = async (): Promise<ChaosResult> => {
    load.start();
    await sleep(calmMs);
    const scene = { stage, load, random: new Random(seed) };
    for (const kinds of cycles) {
      const next = performance.now() + cycleMsMin;
      const effect = await cycle(scene, kinds);
      done.push({ kinds, ...effect, requests: load.requests });
      tell(done.at(-1)!);
      await sleep(Math.max(next - performance.now(), 0));
    }
    await settle(stage, load);
    await recorder.close();
    const elapsedMs = performance.now() - began;
    const verified = await verifyAll(stage, recorder.path);
    const verifyMs = performance.now() - began - elapsedMs;
    return { cycles: done, requests: load.requests, elapsedMs, verified, verifyMs };
  };
  let broken = false;
  try {
    return await Promise.race([all(), abortion(stopped)]);
  } catch (error) {
    if (stopped.aborted) throw error;
    broken = true;
    load.halt();
    await recorder.close().catch(() => {});
    await within(keepMsMax, keep(stage, directory), 'the log was not kept').catch(() => {});
    throw new BrokenPromise(error as Error, directory);
  } finally {
    await stage.remove();
    if (!broken) await rm(directory, { recursive: true });
  }
}

/** Every request has its outcome, and every api shows what it led to. */
async function settle(stage: Stage, load: Load): Promise<void> {
  await within(settleMsMax, load.stop(), 'the outcomes of all requests were not known');
  const shown = Promise.all(stage.cluster.urls().map((url) => untilShown(load, url)));
  await within(settleMsMax, shown, 'the last statuses were not shown');
  claim(load.oddities.length === 0, load.oddities.slice(0, 5).join('\n'));
}

async function verifyAll(stage: Stage, observations: string): Promise<Verified> {
  const { log, codec, givens } = await stage.open();
  try {
    const end = await log.head('commands');
    // Once this is answered, everything before it is decided.
    const [{ nothing }] = chaosParts as [ChaosPart, ...ChaosPart[]];
    const last = await send('POST', `${stage.cluster.urls()[0]!}${nothing.path}`, nothing.body, {}, lastMs);
    claim(last?.status === 400, `the last request was answered ${last?.status} ${JSON.stringify(last?.body)}`);
    return await verify(stepsOf(log, codec, end), recorded(observations), givens);
  } finally {
    await log.close();
  }
}

function abortion(stopped: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(new Error('stopped'));
    if (stopped.aborted) stop();
    else stopped.addEventListener('abort', stop, { once: true });
  });
}
