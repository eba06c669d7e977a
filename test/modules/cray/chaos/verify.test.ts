import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openCodec } from '@holdfast/cli/codec';
import { openLog } from '@holdfast/cli/log';
import { loadSecret } from '@holdfast/cli/secret';
import { type Event, type Givens, givensOf, shardSecret } from '@holdfast/events';
import type { ComponentProperties } from '@holdfast/events/cray/messages';
import { nodeRuntime, silentLogger } from '@holdfast/log';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Step, stepsOf } from '../../../chaos/history.js';
import { LeasePromises } from '../../../chaos/lease-promises.js';
import { Load } from '../../../chaos/load.js';
import { type Observation, type Read, Recorder, recorded, type Write } from '../../../chaos/observations.js';
import { readsAreLinearizable } from '../../../chaos/reads.js';
import { verify } from '../../../chaos/verify.js';
import { fastRuntime } from '../../../support/fast-runtime.js';
import { hsm, loadNodes, scratch, serviceFor, xnames } from '../../../support/service.js';
import { ComponentHistories } from './histories.js';
import { crayChaos } from './part.js';
import type { Seen } from './readings.js';

/** A minute's lease runs out within the run. */
const runtime = fastRuntime(9);
const runMs = 9_000;

interface History {
  steps: Step[];
  observations: Observation[];
}

/** What a real service left, and what real clients saw of it; then one thing is changed. */
describe('the verifier', () => {
  let sound: History;
  let givens: Givens;
  let removeDirectory: () => Promise<void>;

  beforeAll(async () => {
    const { directory, remove } = await scratch();
    removeDirectory = remove;
    const data = join(directory, 'data');
    const observations = join(directory, 'observations.ndjson');
    const [untouched, ...fleet] = xnames(13);
    const service = await serviceFor({ data }, runtime);
    await loadNodes(service.url, [untouched!, ...fleet]);
    await hsm(service.url, '/locks/service/reservations', { ComponentIDs: [untouched], ReservationDuration: 1 });
    const recorder = new Recorder(observations);
    const load = new Load(() => [service.url], [crayChaos(fleet)], recorder, { clients: 6, restMsMax: 150 });
    load.start();
    await sleep(runMs);
    await load.stop();
    await recorder.close();
    await service.close();
    expect(load.oddities).toEqual([]);
    const settings = { data, kafka: null };
    const log = await openLog(settings, nodeRuntime, silentLogger);
    const { codec } = await openCodec(settings, { log, logger: silentLogger, from: null });
    const steps = await all(stepsOf(log, codec, await log.head('commands')));
    await log.close();
    givens = givensOf(shardSecret(await loadSecret(data, null)));
    sound = { steps, observations: await all(recorded(observations)) };
  });
  afterAll(() => removeDirectory?.());

  const verified = ({ steps, observations }: History) => verify(each(steps), each(observations), givens);
  /** The sound history with one change. */
  const changed = async (change: (history: History) => void) => {
    const history = structuredClone(sound);
    change(history);
    return await verified(history);
  };

  test('a sound history passes, and holds what is to be checked', async () => {
    const found = await verified(sound);
    const { answers, acknowledged, repeats, leasesRenewed, leasesExpired, reads } = found;
    const counts = { answers, acknowledged, repeats, leasesRenewed, leasesExpired, ...reads };
    expect(Object.entries(counts).filter(([, count]) => count === 0)).toEqual([]);
  });

  const broken: [name: string, expected: RegExp, change: (history: History) => void][] = [
    [
      'an answered request that is not in the log',
      /answered, and is lost/,
      ({ observations }) => observations.push({ ...writesOf(observations)[9]!, id: 'nobody', acknowledged: null }),
    ],
    [
      'an acknowledged request that is not in the log',
      /acknowledged with 202, and is lost/,
      ({ observations }) => observations.push({ ...writesOf(observations)[9]!, id: 'nobody', acknowledged: 1 }),
    ],
    [
      'a decision that no client knows of',
      /no client knows of it/,
      ({ observations }) => observations.splice(observations.indexOf(writesOf(observations)[9]!), 1),
    ],
    [
      'a command that is not decided',
      /the log says \[\], the model/,
      ({ steps }) => {
        steps.find(({ command }) => command.header.keyed)!.group = null;
      },
    ],
    [
      'a command that is decided twice',
      /the log says .* the model .*Repeated/,
      ({ steps }) => {
        const at = steps.findIndex(({ command }) => command.header.keyed);
        steps.splice(at + 1, 0, structuredClone(steps[at]!));
      },
    ],
    [
      'an answer that is not what was decided',
      /was answered '200 .*, but the log says '200/,
      ({ observations }) => {
        const write = writesOf(observations).find(({ answer }) => answer.startsWith('200 +'))!;
        write.answer = write.answer.replace('+x', '+y');
      },
    ],
    [
      'an answer with another sequence',
      /but answered as/,
      ({ observations }) => {
        writesOf(observations)[9]!.sequence++;
      },
    ],
    [
      'answers out of order',
      /began after the answer to/,
      ({ observations }) => {
        const [first, ...rest] = writesOf(observations).sort((a, b) => a.sequence - b.sequence);
        const late = rest.at(-1)!;
        Object.assign(late, { invoked: first!.invoked - 2, acknowledged: null, answered: first!.invoked - 1 });
      },
    ],
    [
      'a refusal of a reused key that is not in the log',
      /the refusal of .* is not in the log/,
      ({ observations }) => observations.push({ kind: 'conflict', id: 'nobody', sequence: 1 }),
    ],
    [
      'a stale read',
      /shows no moment/,
      ({ observations }) => {
        // The one that shows most: a single component could by chance be so again.
        const early = readsOf(observations).slice(0, 20);
        const sizeOf = (read: Read) => Object.keys(rowsOf(read)).length;
        const [read] = early.sort((a, b) => sizeOf(b) - sizeOf(a));
        const last = lastTime(observations);
        Object.assign(read!, { invoked: last + 1, answered: last + 2 });
      },
    ],
    [
      'a read of what was not asked for yet',
      /shows no moment/,
      ({ observations }) => {
        const locked = readsOf(observations).filter((read) => Object.values(rowsOf(read)).includes('L-'));
        Object.assign(locked.at(-1)!, { invoked: 1, answered: 2 });
      },
    ],
    [
      'a check that calls a bad key good, or a good one bad',
      /shows no moment/,
      ({ observations }) => {
        const claims = observations.flatMap((each) => {
          const seen = each.kind === 'read' ? (each.seen as Seen) : null;
          return seen?.of === 'keys' ? seen.claims : [];
        });
        for (const each of claims) each[2] = !each[2];
      },
    ],
  ];
  test.each(broken)('finds %s', async (_, expected, change) => {
    await expect(changed(change)).rejects.toThrow(expected);
  });

  /** What the log alone says of leases, without the model. */
  const promisesOver = (change: (steps: Step[]) => void) => {
    const steps = structuredClone(sound.steps);
    change(steps);
    const promises = new LeasePromises();
    const writes = new Map(writesOf(sound.observations).map((write) => [write.id, write]));
    for (const { appendTime, group, command } of steps) {
      promises.take(appendTime, group, writes.get(command.header.id) ?? null);
    }
  };

  test('finds a lease that ends early', () => {
    promisesOver(() => {});
    const early = (steps: Step[]) => {
      const at = steps.findIndex(({ group }) => group?.events.some(({ type }) => type === 'cray.ReservationExpired'));
      // As if its time had come a minute before.
      for (const step of steps.slice(0, at + 1)) step.appendTime -= 60_000;
    };
    expect(() => promisesOver(early)).toThrow(/ended at .*, but its holder had it until/);
  });

  test('finds a lease that is shorter than what was asked for', () => {
    const shorter = (steps: Step[]) => {
      const events = steps.flatMap(({ group }) => group?.events ?? []);
      const renewed = events.find((event) => event.type === 'cray.ReservationRenewed');
      if (renewed?.type === 'cray.ReservationRenewed') renewed.expiresAt! -= 3_600_000;
    };
    expect(() => promisesOver(shorter)).toThrow(/was asked for until/);
  });

  test('finds two holders', () => {
    const unreleased = (steps: Step[]) => {
      for (const { group } of steps) {
        if (group !== null) group.events = group.events.filter(({ type }) => type !== 'cray.ReservationReleased');
      }
    };
    expect(() => promisesOver(unreleased)).toThrow(/two holders of/);
  });
});

describe('reads while a request over two components is decided', () => {
  const [a, b] = ['x0c0s0b0n0', 'x0c0s1b0n0'];
  const histories = new ComponentHistories();
  const component = { disabled: false, reservation: null };
  const put = (xname: string): Event => ({ type: 'cray.ComponentPut', xname, properties: {} as ComponentProperties });
  const is = (locked: boolean) => () => ({ ...component, locked });
  histories.takeWith(2, [put(a!), put(b!)], is(false));
  histories.takeWith(
    5,
    [a, b].map((xname): Event => ({ type: 'cray.ComponentLocked', xname: xname! })),
    is(true),
  );
  const lock = { kind: 'write', id: '', invoked: 10, acknowledged: null, answered: 90, sequence: 5 } as Write;
  const read = (invoked: number, rows: Record<string, string>, lockedOnly = false): Read => {
    const seen: Seen = { of: 'status', rows, lockedOnly };
    return { kind: 'read', module: 'cray', invoked, answered: invoked + 5, seen };
  };
  const check = (...reads: Read[]) => readsAreLinearizable(reads, [lock], histories);
  const [before, after] = [
    { [a!]: '--', [b!]: '--' },
    { [a!]: 'L-', [b!]: 'L-' },
  ];

  test('may show it or not, but not half of it', () => {
    check(read(20, before), read(30, after));
    expect(() => check(read(20, { ...before, [a!]: 'L-' }))).toThrow(/shows no moment/);
  });

  test('do not show it and then not', () => {
    expect(() => check(read(20, after), read(30, before))).toThrow(/shows no moment/);
  });

  test('show what is locked, and nothing else', () => {
    check(read(20, after, true));
    expect(() => check(read(20, { [a!]: 'L-' }, true))).toThrow(/shows no moment/);
  });
});

function writesOf(observations: Observation[]): Write[] {
  return observations.filter((each): each is Write => each.kind === 'write');
}

/** Of statuses. */
function readsOf(observations: Observation[]): Read[] {
  return observations.filter((each): each is Read => each.kind === 'read' && each.seen.of === 'status');
}

function rowsOf({ seen }: Read): Record<string, string> {
  return (seen as Extract<Seen, { of: 'status' }>).rows;
}

function lastTime(observations: Observation[]): number {
  return Math.max(...writesOf(observations).map(({ answered }) => answered));
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
