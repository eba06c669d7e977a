import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceRole } from '@holdfast/cli/service';
import { claim } from '../model/claim.js';
import type { Random } from '../simulation/random.js';
import { within } from './deadline.js';
import { send } from './http.js';
import type { Load } from './load.js';
import { chaosParts } from './parts.js';
import type { Stage, Which } from './stage.js';

/** What a fault works on. */
export interface Scene {
  stage: Stage;
  load: Load;
  random: Random;
}

/** From the moment that something fails to the moment that all processes are there again. */
type Fault = (scene: Scene) => Promise<void>;

/** Longer than a standby waits before it claims, and than an append may take: who wakes after that is a zombie. */
const suspendedMs = [7_000, 10_000] as const;
const killedMs = [0, 1_500] as const;
const unavailableMs = [500, 3_000] as const;
/** Without PostgreSQL, changes must be answered within this time, and statuses once it is back. */
const servedMsMax = 15_000;
/** As many answers tell that requests are served. */
const enough = 30;

/** Ended, and started again before long. */
function ended(role: ServiceRole, how: 'kill' | 'stop', which?: Which): Fault {
  return async ({ stage, random }) => {
    await stage[how](await stage.find(role, which));
    await sleep(random.int(...killedMs));
    await stage.start(role);
  };
}

function suspended(role: ServiceRole, which?: Which): Fault {
  return async ({ stage, random }) => stage.suspend(await stage.find(role, which), random.int(...suspendedMs));
}

/** The broker or the registry killed. */
function killed(name: 'kafka' | 'registry'): Fault {
  return ({ stage, random }) =>
    stage.kafkaOutage(name, async () => {
      await stage.kafka.kill(name);
      await sleep(random.int(...unavailableMs));
      await stage.kafka.start();
    });
}

const brokerSuspended: Fault = ({ stage, random }) =>
  stage.kafkaOutage('kafka', async () => {
    await stage.kafka.pause();
    await sleep(random.int(...suspendedMs));
    await stage.kafka.resume();
  });

const postgresStopped: Fault = ({ stage, load, random }) =>
  stage.outage(async () => {
    load.readModel = false;
    await stage.postgres.stop();
    await sleep(random.int(...unavailableMs));
    await stage.postgres.start();
    load.readModel = true;
  });

/** Changes go on, reads say that they cannot be answered now, and by themselves show everything once it is back. */
const postgresKilled: Fault = ({ stage, load, random }) =>
  stage.outage(async () => {
    load.readModel = false;
    await stage.postgres.kill();
    await within(servedMsMax, load.answered(enough), 'without PostgreSQL, changes were not answered');
    for (const url of stage.cluster.urls()) await expectNoStatus(url);
    await sleep(random.int(...unavailableMs));
    await stage.postgres.start();
    const shown = Promise.all(stage.cluster.urls().map((url) => untilShown(load, url)));
    await within(servedMsMax, shown, 'PostgreSQL was back, and a status was not shown');
    load.readModel = true;
  });

async function expectNoStatus(url: string): Promise<void> {
  for (const { whole } of chaosParts) {
    const reply = await send('POST', `${url}${whole.path}`, whole.body, {}, servedMsMax);
    const wait = Number(reply?.headers.get('retry-after'));
    const told = `without PostgreSQL, a status was answered ${reply?.status}, Retry-After ${wait}`;
    claim(reply?.status === 503 && wait > 0, told);
  }
}

export async function untilShown(load: Load, url: string): Promise<void> {
  while (!(await load.readAll(url))) await sleep(100);
}

export const faults = {
  'owner killed': ended('processor', 'kill', 'owner'),
  'owner stopped': ended('processor', 'stop', 'owner'),
  'owner suspended': suspended('processor', 'owner'),
  'standby killed': ended('processor', 'kill', 'standby'),
  'standby suspended': suspended('processor', 'standby'),
  'api killed': ended('api', 'kill'),
  'api stopped': ended('api', 'stop'),
  'api suspended': suspended('api'),
  'projector killed': ended('projector', 'kill'),
  'projector stopped': ended('projector', 'stop'),
  'projector suspended': suspended('projector'),
  'broker killed': killed('kafka'),
  'broker suspended': brokerSuspended,
  'registry killed': killed('registry'),
  'postgres killed': postgresKilled,
  'postgres stopped': postgresStopped,
} satisfies Record<string, Fault>;

export type FaultKind = keyof typeof faults;
export const faultKinds = Object.keys(faults) as FaultKind[];
/** These say what must hold while nothing else fails. */
export const loneKinds: ReadonlySet<FaultKind> = new Set(['postgres killed']);
