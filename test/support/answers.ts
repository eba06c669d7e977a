import { openCodec } from '@holdfast/cli/codec';
import { type LogSettings, openLog } from '@holdfast/cli/log';
import { type Group, GroupFeed, nodeRuntime, silentLogger } from '@holdfast/log';
import type { Answered } from './load.js';

export interface State {
  locked: boolean;
  reserved: boolean;
}

/**
 * Folds what was answered, in the order of the sequences, and gives the state of each component that it leads to.
 * Throws where an answer contradicts those before it: two holders, a release of nothing, a refusal without a reason.
 */
export function fold(answers: readonly Answered[]): Map<string, State> {
  const states = new Map<string, State & { key: string }>();
  for (const answer of [...answers].sort((a, b) => a.sequence - b.sequence)) {
    const before = states.get(answer.xname) ?? { locked: false, reserved: false, key: '' };
    const accepted = answer.status === 200;
    if (accepted !== allowed(answer, before)) {
      throw new Error(`${JSON.stringify(answer)} does not follow from ${JSON.stringify(before)}`);
    }
    states.set(answer.xname, accepted ? after(answer, before) : before);
  }
  return new Map([...states].map(([xname, { locked, reserved }]) => [xname, { locked, reserved }]));
}

function allowed({ operation, request }: Answered, { locked, reserved, key }: State & { key: string }): boolean {
  if (operation === 'lock' || operation === 'reserve') return !locked && !reserved;
  if (operation === 'unlock') return locked && !reserved;
  const [shown] = (request as { ReservationKeys: { Key: string }[] }).ReservationKeys;
  return reserved && shown!.Key === key;
}

function after({ operation, body }: Answered, before: State & { key: string }): State & { key: string } {
  if (operation === 'lock' || operation === 'unlock') return { ...before, locked: operation === 'lock' };
  if (operation === 'reserve') return { ...before, reserved: true, key: body.Success[0].ReservationKey };
  return operation === 'release' ? { ...before, reserved: false, key: '' } : before;
}

/** Requests whose answer stands before that of one which had ended when they began; none, where time is kept. */
export function outOfTime(answers: readonly Answered[]): Answered[] {
  const byEnd = [...answers].sort((a, b) => a.ended - b.ended);
  let [next, highest] = [0, 0];
  return [...answers]
    .sort((a, b) => a.began - b.began)
    .filter(({ began, sequence }) => {
      for (; next < byEnd.length && byEnd[next]!.ended < began; next++) {
        highest = Math.max(highest, byEnd[next]!.sequence);
      }
      return sequence <= highest;
    });
}

/** Sequences of the outcomes of all requests with a key, as a reader finds them that starts at the log's start. */
export async function decidedInLog(settings: LogSettings): Promise<number[]> {
  const log = await openLog(settings, nodeRuntime, silentLogger);
  const { codec } = await openCodec(settings, { log, logger: silentLogger, from: null });
  const feed = new GroupFeed({ log, codec });
  const sequences = new Map<string, number>();
  feed.subscribe({ group: (group) => note(group, sequences) });
  try {
    feed.start();
    await feed.caughtUpWith(await log.head('events'));
    return [...sequences.values()];
  } finally {
    await feed.close();
    await log.close();
  }
}

function note({ events, stamp, sequence }: Group, sequences: Map<string, number>): void {
  const outcome = events.at(-1)?.event;
  if (outcome?.type !== 'engine.RequestDecided' || !outcome.keyed) return;
  if (sequences.has(stamp.commandId)) throw new Error(`request ${stamp.commandId} was decided twice`);
  sequences.set(stamp.commandId, sequence);
}
