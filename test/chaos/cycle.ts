import { setTimeout as sleep } from 'node:timers/promises';
import { claim } from '../model/claim.js';
import { within } from './deadline.js';
import { type FaultKind, faults, type Scene, untilShown } from './faults.js';

/** Answers to requests that began after a fault: enough to see that all is well again. */
const enough = 60;
/** Within this time after everything is there again. */
const wellMsMax = 30_000;
/** Faults of one cycle begin within this time. */
const spreadMs = 2_000;
/** Of a killed owner, where nothing else fails. */
const ownerKilledMsMax = 10_000;

/** What a cycle did to the service. In milliseconds. */
export interface Effect {
  /** The longest time without an answer to a change. */
  gapMs: number;
  /** How long the broker was unavailable. */
  brokerUnavailableMs: number;
}

/** One or several faults at once. */
export async function cycle(scene: Scene, kinds: readonly FaultKind[]): Promise<Effect> {
  const { stage, load, random } = scene;
  load.mark();
  const before = stage.brokerUnavailableMs;
  await Promise.all(
    kinds.map(async (kind, n) => {
      if (n > 0) await sleep(random.int(0, spreadMs));
      await faults[kind](scene);
    }),
  );
  const all = kinds.join(', ');
  await within(wellMsMax, load.answered(enough), `after ${all}: requests were not answered`);
  const gapMs = load.longestGapMs;
  const shown = Promise.all(stage.cluster.urls().map((url) => untilShown(load, url)));
  await within(wellMsMax, shown, `after ${all}: an api did not show the status`);
  claim(load.oddities.length === 0, `after ${all}: ${load.oddities.slice(0, 5).join('\n')}`);
  claim(stage.lost.length === 0, `after ${all}: ${stage.lost.join('\n')}`);
  if (all === 'owner killed') {
    claim(gapMs < ownerKilledMsMax, `after ${all}: no request was answered for ${(gapMs / 1_000).toFixed(1)} s`);
  }
  return { gapMs, brokerUnavailableMs: stage.brokerUnavailableMs - before };
}
