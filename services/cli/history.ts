import type { Codec, Event } from '@holdfast/events';
import { shownDetail } from '@holdfast/events/shown';
import { GroupFeed, type ShardLog } from '@holdfast/log';
import { cliModules } from './modules.js';

/** What the log holds, a line an event, from its beginning to its head. For people: the words may change. */
export async function history(log: ShardLog, codec: Codec): Promise<string[]> {
  const feed = new GroupFeed({ log, codec });
  const lines: string[] = [];
  feed.subscribe({
    group: ({ events }) => {
      for (const { event, stamp } of events) {
        const at = new Date(stamp.time).toISOString().slice(11, 19);
        lines.push(`${String(stamp.sequence).padStart(5)}  ${at}  ${inWords(event)}`);
      }
    },
  });
  feed.start();
  await feed.readToHead();
  await feed.close();
  return lines;
}

/** `x0c0s0b0n0 ReservationCreated, until 12:00:00`, or `LockRequested accepted: 2 components`. */
function inWords(whole: Event): string {
  const event = { type: whole.type, ...shownDetail(whole.type, whole) } as Event;
  if (event.type === 'engine.RequestDecided') {
    const request = event.command.slice(event.command.indexOf('.') + 1);
    const noun = moduleOf(event.command)?.counts ?? 'thing';
    const about = event.total > 0 ? `: ${event.total} ${noun}${event.total === 1 ? '' : 's'}` : '';
    return `└ ${request} ${event.status}${about}${event.reason === null ? '' : ` (${event.reason})`}`;
  }
  return moduleOf(event.type)?.inWords(event) ?? event.type.slice(event.type.indexOf('.') + 1);
}

function moduleOf(type: string) {
  return cliModules.find(({ name }) => type.startsWith(`${name}.`));
}
