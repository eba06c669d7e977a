import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decidedInLog, fold, outOfTime } from '../support/answers.js';
import { Swarm } from '../support/swarm.js';
import { clientOf } from './client.js';
import { fleetOf, replaceInventory } from './inventory.js';
import { percentile } from './measure.js';
import { memoryOf, type Served, serve } from './served.js';

export interface OverloadSettings {
  clients: number;
  /** Requests that the service is to admit at once, and reads. */
  inFlightMax: number;
  readsMax: number;
  holders: number;
  renewEveryMs: number;
  elapsedMs: number;
  /** Further options of `holdfast serve`, and of Node. */
  serve?: readonly string[];
  node?: readonly string[];
}

export interface OverloadReport {
  swarm: Swarm;
  /** What is wrong with an answer; empty where all hold. */
  wrong: string[];
  /** Components of the holders that the service showed as reserved at the end. */
  stillHeld: number;
  /** Of the service's process, at most, in MB: before the swarm came, and in all. */
  idleMb: number;
  residentMb: number;
  /** Of the service's process, at most, as it measured it. */
  eventLoopLagMs: number;
  /** The longest time that a look at /metrics took. */
  scrapeMs: number;
}

/**
 * Serves with small limits, lets a swarm loose upon it, and holds every answer against the others and against the log.
 */
export async function overload(settings: OverloadSettings): Promise<OverloadReport> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-overload-'));
  const { inFlightMax, readsMax } = settings;
  const limits = ['--in-flight-max', `${inFlightMax}`, '--shard-in-flight-max', `${inFlightMax}`];
  const data = join(directory, 'data');
  try {
    const options = [...limits, '--reads-max', `${readsMax}`, ...(settings.serve ?? [])];
    const served = await serve(data, options, settings.node ?? []);
    const measured = await letLoose(served, settings).finally(() => served.stop());
    const inLog = await decidedInLog({ data, kafka: null });
    return { ...measured, wrong: wrongAnswers(measured.swarm, inLog) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function letLoose(served: Served, settings: OverloadSettings): Promise<Omit<OverloadReport, 'wrong'>> {
  const { clients, holders, renewEveryMs, elapsedMs } = settings;
  const { url, pid } = served;
  const all = fleetOf(holders + 400);
  const [held, fleet] = [all.slice(0, holders), all.slice(holders)];
  const client = clientOf(url, undefined);
  await replaceInventory(client, all, false);
  const idle = memoryOf(pid);
  const idleMb = idle.most ?? idle.now;
  const swarm = new Swarm({ url, fleet, clients, held, renewEveryMs });
  await swarm.start();
  const seen = { eventLoopLagMs: 0, scrapeMs: 0, idleMb, residentMb: 0 };
  for (const end = Date.now() + elapsedMs; Date.now() < end; await sleep(1_000)) {
    const began = performance.now();
    const metrics = await (await fetch(`${url}/metrics`)).text();
    seen.scrapeMs = Math.max(seen.scrapeMs, performance.now() - began);
    const lag = Number(/^nodejs_eventloop_lag_max_seconds (\S+)/m.exec(metrics)?.[1]);
    seen.eventLoopLagMs = Math.max(seen.eventLoopLagMs, lag * 1_000);
    const { now, most } = memoryOf(pid);
    seen.residentMb = Math.max(seen.residentMb, most ?? now);
  }
  await swarm.stop();
  const { Components } = await client.call('POST', '/hsm/v2/locks/status', { ComponentIDs: held }, 200);
  client.close();
  return { swarm, stillHeld: Components.filter(({ Reserved }: { Reserved: boolean }) => Reserved).length, ...seen };
}

/** What was answered must be what the log holds, in an order that explains each answer. */
function wrongAnswers({ answers, oddities }: Swarm, inLog: readonly number[]): string[] {
  const wrong = [...oddities, ...outOfTime(answers).map((answer) => `out of time: ${JSON.stringify(answer)}`)];
  try {
    fold(answers);
  } catch (error) {
    wrong.push((error as Error).message);
  }
  const answered = new Set(answers.map(({ sequence }) => sequence));
  if (answered.size !== answers.length) wrong.push('two requests were answered with one sequence');
  const unanswered = inLog.filter((sequence) => !answered.has(sequence));
  if (unanswered.length > 0) wrong.push(`decided and never answered: ${unanswered.length}`);
  if (inLog.length !== answers.length) wrong.push(`${answers.length} answers, and ${inLog.length} outcomes in the log`);
  return wrong;
}

/** The report in words. */
export function reportLines({ swarm, wrong, stillHeld, ...seen }: OverloadReport): string[] {
  const ms = (sample: number[]) => {
    const [p50, p99, most] = [0.5, 0.99, 1].map((share) => percentile({ ms: sample }, share).toFixed(1));
    return `${sample.length} times, p50 ${p50} ms, p99 ${p99} ms, at most ${most} ms`;
  };
  const { requests, renewals, reads } = swarm.refused;
  const refused = [...requests].map(([status, count]) => `${count} x ${status}`).join(', ');
  return [
    `admitted at the first try: ${ms(swarm.ms.admitted)}`,
    `refused:                   ${ms(swarm.ms.refused)} (${refused || 'none'})`,
    `renewals by holders:       ${ms(swarm.ms.renewed)}; refused ${renewals}, longest unrenewed ${swarm.longestUnrenewedMs} ms`,
    `decided ${swarm.answers.length}; reads answered ${swarm.reads}, refused ${reads}; reservations still held ${stillHeld}`,
    `service: at most ${seen.residentMb.toFixed(0)} MB (${seen.idleMb.toFixed(0)} before), event loop lag at most ${seen.eventLoopLagMs.toFixed(0)} ms, /metrics at most ${seen.scrapeMs.toFixed(0)} ms`,
    `wrong answers: ${wrong.length}${wrong.length === 0 ? '' : `\n${wrong.slice(0, 10).join('\n')}`}`,
  ];
}
